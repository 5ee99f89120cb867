"""One stamp card of a draft as a form."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.errors import ProgramChanged
from programs.models import StampCard as StampCardRow
from programs.publishing import Draft
from programs.rules import Goods, Per, StampCard
from programs.stamp_checks import FEWEST_STAMPS, MOST_MONTHS, MOST_STAMPS, check_stamp_cards
from tenants.errors import DomainError
from tenants.forms import ServiceForm, WholeNumberField
from tenants.models import longest

NEW_CARD = StampCard(name="", reward="", needed=10, at_once=5, expiry_months=12)


class StampCardForm(ServiceForm):
    """It says which version it was opened on, so that it means the card that it shows."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"), max_length=longest(StampCardRow, "name"), help_text=_("Such as: coffee card.")
    )
    needed = WholeNumberField(label=_("Stamps on a full card"), min_value=FEWEST_STAMPS, max_value=MOST_STAMPS)
    reward = forms.CharField(
        label=_("A full card brings"),
        max_length=longest(StampCardRow, "reward"),
        help_text=_("Such as: 1 free coffee."),
    )
    per = forms.ChoiceField(
        label=_("What brings a stamp"),
        choices=((Per.ITEM.value, _("Each of the goods")), (Per.VISIT.value, _("A visit, whatever is bought"))),
        widget=forms.RadioSelect,
    )
    categories = forms.CharField(
        label=_("Only these categories"),
        required=False,
        max_length=400,
        help_text=_("As the till calls them, separated by commas. Empty: everything."),
    )
    skus = forms.CharField(
        label=_("Only these item numbers"), required=False, max_length=400, help_text=_("Separated by commas.")
    )
    at_once = WholeNumberField(
        label=_("Most stamps at once"),
        min_value=1,
        max_value=MOST_STAMPS,
        help_text=_("With one purchase, or with one tap at the till."),
    )
    expiry_months = WholeNumberField(
        label=_("Months that a stamp is valid"),
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        help_text=_("Then until the end of the month. Empty: stamps do not expire."),
    )

    def __init__(self, typed: QueryDict | None, *, draft: Draft, card: StampCard | None, at: int) -> None:
        card = card or NEW_CARD
        self.start, self._code, self._at = draft, card.code, at
        self.is_outdated = False
        shown: dict[str, Any] = {
            "version": draft.version,
            "name": card.name,
            "needed": card.needed,
            "reward": card.reward,
            "per": card.per.value,
            "categories": ", ".join(card.goods.categories),
            "skus": ", ".join(card.goods.skus),
            "at_once": card.at_once,
            "expiry_months": card.expiry_months,
        }
        super().__init__(typed, initial=shown)

    def draft(self) -> Draft:
        """With the card in its place. Raises Invalid at its field."""
        cards = [*self.start.stamp_cards]
        cards[self._at : self._at + 1] = [self._card()]
        check_stamp_cards(cards)
        return replace(self.start, version=self.cleaned_data["version"], stamp_cards=cards)

    def _card(self) -> StampCard:
        values = self.cleaned_data
        return StampCard(
            code=self._code,
            name=values["name"],
            goods=Goods(skus=_words(values["skus"]), categories=_words(values["categories"])),
            per=Per(values["per"]),
            needed=values["needed"],
            reward=values["reward"],
            expiry_months=values["expiry_months"],
            at_once=values["at_once"],
        )

    def refuse(self, refusal: DomainError) -> None:
        """The programme names the card by its place; here there is only one."""
        refusal.field = refusal.field and refusal.field.removeprefix(f"stamp-{self._at}-")
        super().refuse(refusal)
        if isinstance(refusal, ProgramChanged):
            self.is_outdated = True
            self.show_instead("version", str(self.start.version))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
