"""The programme as a form: fields for the rule and the words, and a row of fields for each tier and one for another."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.models import Program
from programs.publishing import MOST_POINTS, MOST_POINTS_PER_UNIT, MOST_TIERS, Draft, TierDraft
from tenants.forms import DecimalPlacesField, ServiceForm, WholeNumberField
from tenants.models import longest

TIER_FIELDS = ("name", "threshold", "factor", "discount")


class ProgrammeForm(ServiceForm):
    name = forms.CharField(label=_("Name of the programme"), max_length=longest(Program, "name"))
    description = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands on the programme page, above the rules."),
    )
    points_per_unit = WholeNumberField(min_value=1, max_value=MOST_POINTS_PER_UNIT)
    points_name = forms.CharField(label=_("Many"), required=False, max_length=longest(Program, "points_name"))
    points_name_one = forms.CharField(label=_("One"), required=False, max_length=longest(Program, "points_name_one"))

    def __init__(self, typed: QueryDict | None, *, draft: Draft) -> None:
        initial = {name: getattr(draft, name) for name in self.base_fields}
        for number, tier in enumerate(draft.tiers):
            initial |= _values(number, tier)
        super().__init__(typed, initial=initial)
        self._start = draft
        self._ids: list[int | None] = [tier.id for tier in draft.tiers]
        if len(self._ids) < MOST_TIERS:
            self._ids.append(None)
        for number, tier_id in enumerate(self._ids):
            self._add_tier(number, is_new=tier_id is None)

    def tier_rows(self) -> list[dict[str, Any]]:
        """The fields of each tier for the template."""
        return [
            {"is_new": tier_id is None, "is_lowest": number == 0}
            | {name: self[f"tier-{number}-{name}"] for name in TIER_FIELDS}
            for number, tier_id in enumerate(self._ids)
        ]

    def draft(self) -> Draft:
        """What the valid form asks for; a tier without a name is left out, and what is not asked stays."""
        values = {name: self.cleaned_data[name] for name in self.base_fields}
        tiers = [tier for number in range(len(self._ids)) if (tier := self._tier(number))]
        return replace(self._start, **values, tiers=tiers)

    def shown_draft(self) -> Draft | None:
        """What the form shows, for the preview; None while it makes no sense."""
        if not self.is_bound:
            return self._start
        return self.draft() if self.is_valid() else None

    def _tier(self, number: int) -> TierDraft | None:
        name = self.cleaned_data[f"tier-{number}-name"]
        if not name:
            return None
        factor = self.cleaned_data[f"tier-{number}-factor"]
        return TierDraft(
            id=self._ids[number],
            name=name,
            threshold=self.cleaned_data[f"tier-{number}-threshold"] or 0,
            factor_percent=int((factor if factor is not None else 1) * 100),
            discount_percent=self.cleaned_data[f"tier-{number}-discount"] or 0,
        )

    def _add_tier(self, number: int, *, is_new: bool) -> None:
        prefix = f"tier-{number}"
        self.fields[f"{prefix}-name"] = forms.CharField(label=_("Name"), max_length=40, required=number == 0)
        self.fields[f"{prefix}-threshold"] = WholeNumberField(
            label=_("From"), required=not is_new and number > 0, min_value=0, max_value=MOST_POINTS
        )
        self.fields[f"{prefix}-factor"] = DecimalPlacesField(
            label=_("Multiplier"),
            required=False,
            min_value=Decimal("0.01"),
            max_value=Decimal(10),
            decimal_places=2,
        )
        self.fields[f"{prefix}-discount"] = WholeNumberField(
            label=_("Discount in %"), required=False, min_value=0, max_value=100
        )


def _values(number: int, tier: TierDraft) -> dict[str, Any]:
    return {
        f"tier-{number}-name": tier.name,
        f"tier-{number}-threshold": tier.threshold,
        f"tier-{number}-factor": Decimal(tier.factor_percent) / 100,
        f"tier-{number}-discount": tier.discount_percent,
    }
