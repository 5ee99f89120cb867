"""One offer as a form: what it gives, when and for what it holds, and how much it gives at the most."""

import secrets
from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.errors import ProgramChanged
from programs.models import EarningRule
from programs.publishing import Draft
from programs.rule_checks import MOST_FACTOR_PERCENT, MOST_POINTS, check_rules
from programs.rules import Channel, Conditions, Goods, Kind, Limits, Rule
from programs.wording import CHANNELS, WEEKDAYS
from team.models import Store
from tenants.errors import DomainError, Invalid
from tenants.forms import AmountField, DecimalPlacesField, ServiceForm, WholeNumberField, WordsField
from tenants.models import longest

KINDS: Final = (
    (Kind.MULTIPLIER.value, _("More points: a multiplier")),
    (Kind.BONUS.value, _("Extra points, a fixed number")),
    (Kind.PER_ITEM.value, _("Points for each item of certain goods")),
)
FIRST, NTH, EVERY, REACHES = "first", "nth", "every", "reaches"
WHICH: Final = (
    ("", _("Every purchase")),
    (FIRST, _("The first purchase")),
    (NTH, _("Purchase no. …")),
    (EVERY, _("Every …th purchase")),
    (REACHES, _("Once, when all purchases together reach …")),
)
LIMITS: Final = ("per_day", "per_month", "per_customer", "budget")
# Where the service names a part that has another name here.
FIELDS: Final = {"goods": "categories", "from": "from_time", "spend_reaches": "reaches", "visit": "number"}
# What an offer may begin with, so that few fields are left to fill in.
PRESETS: Final[dict[str, dict[str, Any]]] = {
    "happy-hour": {
        "kind": Kind.MULTIPLIER.value,
        "name": _("Happy hour"),
        "factor": Decimal(2),
        "weekdays": ["0", "1", "2", "3", "4"],
        "from_time": time(14),
        "until_time": time(16),
    },
    "double-week": {"kind": Kind.MULTIPLIER.value, "name": _("Double week"), "factor": Decimal(2)},
    "first-purchase": {"kind": Kind.BONUS.value, "name": _("First purchase"), "which": FIRST, "points": 100},
    "tenth-purchase": {"kind": Kind.BONUS.value, "name": _("Every tenth purchase"), "which": EVERY, "number": 10},
    "milestone": {"kind": Kind.BONUS.value, "name": _("Milestone"), "which": REACHES},
}


class TimeText(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class DayText(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RuleForm(ServiceForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What it brings"), choices=KINDS, widget=forms.RadioSelect)
    name = forms.CharField(label=_("What customers read"), required=False, max_length=longest(EarningRule, "name"))
    factor = DecimalPlacesField(
        label=_("Multiplier"),
        required=False,
        min_value=Decimal("1.01"),
        max_value=Decimal(MOST_FACTOR_PERCENT // 100),
        decimal_places=2,
    )
    points = WholeNumberField(label=_("Points"), required=False, min_value=1, max_value=MOST_POINTS)
    weekdays = forms.MultipleChoiceField(
        label=_("Weekdays"),
        required=False,
        choices=[(str(day), name) for day, name in enumerate(WEEKDAYS)],
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = TimeText(label=_("From (time)"), required=False)
    until_time = TimeText(label=_("Until (time)"), required=False)
    from_on = DayText(label=_("First day"), required=False)
    until_on = DayText(label=_("Last day"), required=False)
    which = forms.ChoiceField(label=_("Which purchase"), required=False, choices=WHICH)
    number = WholeNumberField(label=_("Number"), required=False, min_value=1, max_value=1_000)
    reaches = AmountField(label=_("Amount reached"), required=False)
    min_total = AmountField(label=_("From a purchase of"), required=False)
    categories = WordsField(
        label=_("Categories of goods"), required=False, help_text=_("As the till calls them, with commas between them.")
    )
    skus = WordsField(label=_("Or article numbers"), required=False)
    stores = forms.MultipleChoiceField(label=_("Stores"), required=False, widget=forms.CheckboxSelectMultiple)
    channels = forms.MultipleChoiceField(
        label=_("Way of the purchase"),
        required=False,
        choices=[(way, CHANNELS[way]) for way in (Channel.CHECKOUT.value, Channel.API.value)],
        widget=forms.CheckboxSelectMultiple,
    )
    tiers = forms.MultipleChoiceField(label=_("Tiers"), required=False, widget=forms.CheckboxSelectMultiple)
    birthday_within = WholeNumberField(
        label=_("Days around the birthday"),
        required=False,
        min_value=0,
        max_value=31,
        help_text=_("0 is the day itself."),
    )
    per_day = WholeNumberField(label=_("A day"), required=False, min_value=1, max_value=MOST_POINTS)
    per_month = WholeNumberField(label=_("A month"), required=False, min_value=1, max_value=MOST_POINTS)
    per_customer = WholeNumberField(label=_("In all"), required=False, min_value=1, max_value=MOST_POINTS)
    budget = WholeNumberField(
        label=_("For all customers together"), required=False, min_value=1, max_value=MOST_POINTS * 1_000
    )

    def __init__(self, typed: QueryDict | None, *, draft: Draft, rule: Rule | None, preset: str = "") -> None:
        self.rule = rule
        self.start = draft
        initial = _values(rule) if rule else PRESETS.get(preset, {"kind": Kind.MULTIPLIER.value})
        super().__init__(typed, initial={"version": draft.version, **initial})
        self._choose("stores", [(str(pk), name) for pk, name in _stores(rule)])
        self._choose("tiers", [(str(tier.id), tier.name) for tier in draft.tiers if tier.id])
        if rule and rule.kind.value not in dict(KINDS):
            del self.fields["kind"]

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        kind = given.get("kind") or (self.rule.kind if self.rule else "")
        self._require("factor" if kind == Kind.MULTIPLIER else "points")
        if kind == Kind.PER_ITEM and not (given.get("categories") or given.get("skus")):
            self.add_error("categories", _("Name a category or an article number."))
        if given.get("which") in (NTH, EVERY):
            self._require("number")
        if given.get("which") == REACHES:
            self._require("reaches")
        if self.errors:
            return given
        try:
            check_rules([self._rule()])
        except Invalid as refusal:
            self.refuse(refusal)
        return given

    def draft(self) -> Draft:
        """The draft with this offer, on or off as it was."""
        rule = self._rule()
        start = replace(self.start, version=self.cleaned_data["version"])
        if any(known.code == rule.code for known in start.resting):
            return replace(start, resting=[rule if known.code == rule.code else known for known in start.resting])
        if self.rule is None:
            return replace(start, rules=[*start.rules, rule])
        return replace(start, rules=[rule if known.code == rule.code else known for known in start.rules])

    def refuse(self, refusal: DomainError) -> None:
        part = (refusal.field or "").rpartition("-")[2]
        refusal.field = FIELDS.get(part, part)
        super().refuse(refusal)
        if isinstance(refusal, ProgramChanged):
            self.show_instead("version", str(self.start.version))

    def _rule(self) -> Rule:
        given = self.cleaned_data
        kind = Kind(given["kind"]) if given.get("kind") else (self.rule.kind if self.rule else Kind.BONUS)
        rule = self.rule or Rule(code=f"offer-{secrets.token_hex(4)}", kind=kind)
        return replace(
            rule,
            kind=kind,
            name=given["name"],
            points=0 if kind == Kind.MULTIPLIER else given["points"],
            factor_percent=int(given["factor"] * 100) if kind == Kind.MULTIPLIER else 100,
            conditions=self._conditions(rule.conditions),
            limits=Limits(**{name: given[name] for name in LIMITS}),
        )

    def _conditions(self, known: Conditions) -> Conditions:
        given, which = self.cleaned_data, self.cleaned_data["which"]
        return replace(
            known,
            goods=Goods(categories=tuple(given["categories"]), skus=tuple(given["skus"])),
            min_total=given["min_total"] or 0,
            weekdays=tuple(map(int, given["weekdays"])),
            from_minute=_minute(given["from_time"]),
            until_minute=_minute(given["until_time"]),
            from_on=given["from_on"],
            until_on=given["until_on"],
            stores=tuple(map(int, given["stores"])),
            channels=tuple(given["channels"]),
            tiers=tuple(map(int, given["tiers"])),
            visit={FIRST: 1, NTH: given["number"], EVERY: given["number"]}.get(which),
            every=which == EVERY,
            spend_reaches=given["reaches"] if which == REACHES else None,
            birthday_within=given["birthday_within"],
        )

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _require(self, name: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, self.fields[name].error_messages["required"])


def _stores(rule: Rule | None) -> list[tuple[int, str]]:
    """Those that are open, and those that the rule names already."""
    named = set(rule.conditions.stores) if rule else set()
    rows = Store.objects.order_by("pk").values_list("pk", "name", "closed_at")
    return [(pk, name) for pk, name, closed_at in rows if closed_at is None or pk in named]


def _minute(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def _time(minute: int | None) -> time | None:
    return None if minute is None else time(minute // 60 % 24, minute % 60)


def _values(rule: Rule) -> dict[str, Any]:
    wanted = rule.conditions
    if wanted.visit is not None:
        which = EVERY if wanted.every else (FIRST if wanted.visit == 1 else NTH)
    else:
        which = REACHES if wanted.spend_reaches else ""
    return {
        "kind": rule.kind.value,
        "name": rule.name,
        "points": rule.points or None,
        "factor": Decimal(rule.factor_percent) / 100 if rule.kind == Kind.MULTIPLIER else None,
        "weekdays": list(map(str, wanted.weekdays)),
        "from_time": _time(wanted.from_minute),
        "until_time": _time(wanted.until_minute),
        "from_on": wanted.from_on,
        "until_on": wanted.until_on,
        "which": which,
        "number": wanted.visit if which in (NTH, EVERY) else None,
        "reaches": wanted.spend_reaches,
        "min_total": wanted.min_total or None,
        "categories": list(wanted.goods.categories),
        "skus": list(wanted.goods.skus),
        "stores": list(map(str, wanted.stores)),
        "channels": list(wanted.channels),
        "tiers": list(map(str, wanted.tiers)),
        "birthday_within": wanted.birthday_within,
        **{name: getattr(rule.limits, name) for name in LIMITS},
    }
