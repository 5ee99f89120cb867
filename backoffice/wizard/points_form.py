"""The second step: how points are collected, what they are called, how long they last, and what else brings some."""

from dataclasses import replace
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.wizard.step_form import StepForm
from programs.models import ProgramVersion
from programs.publishing import MOST_POINTS_PER_UNIT, Draft
from programs.rule_checks import MOST_POINTS
from programs.rules import Conditions, ExpiryEnd, Goods, Kind, Occasion, Rule
from programs.setup import BIRTHDAY, WELCOME
from tenants.forms import WholeNumberField, WordsField
from tenants.models import longest

VISIT, GOODS = "visit", "goods"
AMOUNT: Final = "amount"
EXTRAS: Final = {
    WELCOME: Occasion.SIGN_UP,
    BIRTHDAY: Occasion.BIRTHDAY,
    "anniversary": Occasion.ANNIVERSARY,
    "profile": Occasion.PROFILE,
    "review": Occasion.REVIEW,
}
# The rules that have fields of their own here; all others are offers.
OWN_CODES: Final = frozenset({VISIT, GOODS, *EXTRAS})
LEAST_MONTHS, MOST_MONTHS = 12, 120
MOST_DAYS: Final = 365
_MONTHS = _("Points are valid: enter a number of months from 12 to 120.")
OWN_WORD: Final = "own"
# What points are usually called: many and one; the usual word is the empty one.
WORDS: Final[dict[str, tuple[Any, Any]]] = {
    "points": ("", ""),
    "stars": (_("Stars"), _("Star")),
    "hearts": (_("Hearts"), _("Heart")),
}


class PointsForm(StepForm):
    way = forms.ChoiceField(
        label=_("Rule"),
        choices=((AMOUNT, _("By turnover")), (VISIT, _("By visit")), (GOODS, _("By product"))),
        widget=forms.RadioSelect,
    )
    points_per_unit = WholeNumberField(required=False, min_value=1, max_value=MOST_POINTS_PER_UNIT)
    points_per_visit = WholeNumberField(
        label=_("Points for each visit"), required=False, min_value=1, max_value=MOST_POINTS
    )
    points_per_item = WholeNumberField(
        label=_("Points for each item"), required=False, min_value=1, max_value=MOST_POINTS
    )
    categories = WordsField(
        label=_("Categories of goods"), required=False, help_text=_("As the till calls them, with commas between them.")
    )
    skus = WordsField(label=_("Or article numbers"), required=False)
    expiry_months = WholeNumberField(
        label=_("Points are valid"),
        required=False,
        min_value=LEAST_MONTHS,
        max_value=MOST_MONTHS,
        error_messages={"min_value": _MONTHS, "max_value": _MONTHS, "invalid": _MONTHS},
    )
    expiry_end = forms.ChoiceField(
        label=_("And then"),
        choices=(
            (ExpiryEnd.YEAR.value, _("until the end of the year")),
            (ExpiryEnd.MONTH.value, _("until the end of the month")),
        ),
    )
    pending_days = WholeNumberField(label=_("Points available after"), required=False, min_value=0, max_value=MOST_DAYS)
    word = forms.ChoiceField(
        label=_("What the points are called"),
        choices=(
            ("points", _("Points")),
            *((name, many) for name, (many, _one) in WORDS.items() if many),
            (OWN_WORD, _("Your own name …")),
        ),
        widget=forms.RadioSelect,
    )
    points_name = forms.CharField(
        label=_("Many of them"), required=False, max_length=longest(ProgramVersion, "points_name")
    )
    points_name_one = forms.CharField(
        label=_("One of them"), required=False, max_length=longest(ProgramVersion, "points_name_one")
    )
    excluded = WordsField(
        label=_("No points for"),
        required=False,
        help_text=_(
            "Categories as the till calls them, with commas between them. Where the till sends no lines, leave them"
            " out of the amount."
        ),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for code in EXTRAS:
            self.fields[code] = forms.BooleanField(required=False)
            self.fields[f"{code}_points"] = WholeNumberField(
                label=_("Points"), required=False, min_value=1, max_value=MOST_POINTS
            )

    def shown(self, start: Draft) -> dict[str, Any]:
        values = {
            "points_per_unit": start.points_per_unit or None,
            "expiry_months": start.expiry_months,
            "expiry_end": start.expiry_end.value,
            "pending_days": start.pending_days,
            "points_name": start.points_name,
            "points_name_one": start.points_name_one,
            "word": _word_of(start),
            "excluded": list(start.excluded),
        }
        return super().shown(start) | values | _rules_shown(start)

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        needed = {AMOUNT: "points_per_unit", VISIT: "points_per_visit", GOODS: "points_per_item"}
        self._require(needed.get(given.get("way", "")))
        if given.get("way") == GOODS and not (given.get("categories") or given.get("skus")):
            self.add_error("categories", _("Name a category or an article number."))
        for code in EXTRAS:
            if given.get(code):
                self._require(f"{code}_points")
        if given.get("word") == OWN_WORD:
            for name in ("points_name", "points_name_one"):
                self._require(name)
        return given

    def fill(self, draft: Draft) -> Draft:
        way = self.kept("way")
        many, one = self._words()
        rules = [*self._main_rule(way), *self._extras(), *(rule for rule in draft.rules if rule.code not in OWN_CODES)]
        return replace(
            draft,
            points_per_unit=(self.kept("points_per_unit") or self.start.points_per_unit) if way == AMOUNT else 0,
            rules=rules,
            points_name=many,
            points_name_one=one,
            expiry_months=self.kept("expiry_months"),
            expiry_end=ExpiryEnd(self.kept("expiry_end")),
            pending_days=self.kept("pending_days") or 0,
            excluded=self.kept("excluded"),
        )

    def extras(self) -> list[dict[str, Any]]:
        """A switch with its points each, for the template."""
        hints = {
            WELCOME: (_("Welcome bonus"), _("At joining, once.")),
            BIRTHDAY: (_("Birthday bonus"), _("Every year, where the birthday is known.")),
            "anniversary": (_("Anniversary"), _("Every year on the day of joining.")),
            "profile": (_("Complete profile"), _("Once, when name, e-mail address and birthday are known.")),
            "review": (
                _("Review given"),
                _("Once, noted by the team on the customer's page. The review has to say that it is rewarded."),
            ),
        }
        return [
            {"title": title, "hint": hint, "switch": self[code], "points": self[f"{code}_points"]}
            for code, (title, hint) in hints.items()
        ]

    def _require(self, name: str | None) -> None:
        if name and not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, self.fields[name].error_messages["required"])

    def _words(self) -> tuple[str, str]:
        word = self.kept("word")
        if word != OWN_WORD:
            usual = WORDS.get(word, ("", ""))
            return str(usual[0]), str(usual[1])
        many, one = self.kept("points_name"), self.kept("points_name_one")
        return many or self.start.points_name, one or self.start.points_name_one

    def _main_rule(self, way: str) -> list[Rule]:
        if way == VISIT and (points := self.kept("points_per_visit")):
            return [replace(self._known(VISIT) or Rule(code=VISIT, kind=Kind.PER_VISIT), points=points)]
        if way == GOODS and (points := self.kept("points_per_item")):
            rule = self._known(GOODS) or Rule(code=GOODS, kind=Kind.PER_ITEM)
            goods = Goods(categories=tuple(self.kept("categories") or ()), skus=tuple(self.kept("skus") or ()))
            return [replace(rule, points=points, conditions=replace(rule.conditions, goods=goods))]
        return []

    def _extras(self) -> list[Rule]:
        return [
            replace(self._known(code) or Rule(code=code, kind=Kind.BONUS, occasion=occasion), points=points)
            for code, occasion in EXTRAS.items()
            if self.kept(code) and (points := self.kept(f"{code}_points"))
        ]

    def _known(self, code: str) -> Rule | None:
        return next((rule for rule in self.start.rules if rule.code == code), None)


def _rules_shown(draft: Draft) -> dict[str, Any]:
    values: dict[str, Any] = {"way": AMOUNT}
    for rule in draft.rules:
        if rule.code == VISIT:
            values |= {"way": VISIT, "points_per_visit": rule.points}
        elif rule.code == GOODS:
            goods: Conditions = rule.conditions
            values |= {"way": GOODS, "points_per_item": rule.points}
            values |= {"categories": list(goods.goods.categories), "skus": list(goods.goods.skus)}
        elif rule.code in EXTRAS:
            values |= {rule.code: True, f"{rule.code}_points": rule.points}
    return values


def _word_of(draft: Draft) -> str:
    names = (draft.points_name, draft.points_name_one)
    return next((word for word, called in WORDS.items() if tuple(map(str, called)) == names), OWN_WORD)
