"""The programme as a form: fields for the rule and the words, and a row of fields for each tier and one for another.

It says which version it was opened on and which tier each row is, so that it means the programme that it shows.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import BigIntegerField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.errors import ProgramChanged
from programs.models import Program, ProgramVersion
from programs.publishing import MOST_POINTS, MOST_POINTS_PER_UNIT, MOST_TIERS, Draft, TierDraft
from tenants.errors import DomainError
from tenants.forms import DecimalPlacesField, ServiceForm, WholeNumberField
from tenants.models import longest

TIER_FIELDS = ("id", "name", "threshold", "factor", "discount")


class ProgrammeForm(ServiceForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name of the programme"), max_length=longest(Program, "name"))
    description = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands on the programme page, above the rules."),
    )
    points_per_unit = WholeNumberField(min_value=1, max_value=MOST_POINTS_PER_UNIT)
    points_name = forms.CharField(label=_("Many"), required=False, max_length=longest(ProgramVersion, "points_name"))
    points_name_one = forms.CharField(label=_("One"), required=False, max_length=longest(ProgramVersion, "points_name_one"))

    def __init__(self, typed: QueryDict | None, *, draft: Draft) -> None:
        initial = {name: getattr(draft, name) for name in self.base_fields}
        for number, tier in enumerate(draft.tiers):
            initial |= _values(number, tier)
        super().__init__(typed, initial=initial)
        self.is_outdated = False
        self._start = draft
        self._are_new = _rows_shown(draft) if typed is None else _rows_typed(typed)
        for number, is_new in enumerate(self._are_new):
            self._add_tier(number, is_new=is_new)

    def tier_rows(self) -> list[dict[str, Any]]:
        """The fields of each tier for the template."""
        return [
            {"is_new": is_new, "is_lowest": number == 0} | {name: self[f"tier-{number}-{name}"] for name in TIER_FIELDS}
            for number, is_new in enumerate(self._are_new)
        ]

    def draft(self) -> Draft:
        """What the valid form asks for; a tier without a name is left out, and what is not asked stays."""
        values = {name: self.cleaned_data[name] for name in self.base_fields}
        tiers = [tier for number in range(len(self._are_new)) if (tier := self._tier(number))]
        return replace(self._start, **values, tiers=tiers)

    def shown_draft(self) -> Draft | None:
        """What the form shows, for the preview; None while it makes no sense."""
        if not self.is_bound:
            return self._start
        return self.draft() if self.is_valid() or self.is_outdated else None

    def refuse(self, refusal: DomainError) -> None:
        """Whoever has been told of the newer version may publish over it, if the form says what its tiers are."""
        super().refuse(refusal)
        if isinstance(refusal, ProgramChanged) and self.cleaned_data["version"]:
            self.is_outdated = True
            self.data = dict(self.data.items()) | {"version": str(self._start.version)}

    def _tier(self, number: int) -> TierDraft | None:
        name = self.cleaned_data[f"tier-{number}-name"]
        if not name:
            return None
        factor = self.cleaned_data[f"tier-{number}-factor"]
        return TierDraft(
            id=self.cleaned_data[f"tier-{number}-id"],
            name=name,
            threshold=self.cleaned_data[f"tier-{number}-threshold"] or 0,
            factor_percent=int((factor if factor is not None else 1) * 100),
            discount_percent=self.cleaned_data[f"tier-{number}-discount"] or 0,
        )

    def _add_tier(self, number: int, *, is_new: bool) -> None:
        prefix = f"tier-{number}"
        self.fields[f"{prefix}-id"] = forms.IntegerField(
            required=False, widget=forms.HiddenInput, min_value=1, max_value=BigIntegerField.MAX_BIGINT
        )
        self.fields[f"{prefix}-name"] = forms.CharField(label=_("Name"), max_length=40, required=number == 0)
        self.fields[f"{prefix}-threshold"] = WholeNumberField(
            label=_("From"), required=not is_new and number > 0, min_value=0, max_value=MOST_POINTS
        )
        if number == 0:
            self.fields[f"{prefix}-threshold"].widget = forms.HiddenInput()
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


def _rows_shown(draft: Draft) -> list[bool]:
    """Whether each row is a new tier: those of the draft, and one for another where there may be more."""
    return ([False] * len(draft.tiers) + [True])[:MOST_TIERS]


def _rows_typed(typed: QueryDict) -> list[bool]:
    """The rows that were sent, whatever the programme is by now; the lowest tier always."""
    sent = [number for number in range(MOST_TIERS) if f"tier-{number}-name" in typed]
    return [not typed.get(f"tier-{number}-id") for number in range(max(sent, default=0) + 1)]


def _values(number: int, tier: TierDraft) -> dict[str, Any]:
    return {
        f"tier-{number}-id": tier.id,
        f"tier-{number}-name": tier.name,
        f"tier-{number}-threshold": tier.threshold,
        f"tier-{number}-factor": Decimal(tier.factor_percent) / 100,
        f"tier-{number}-discount": tier.discount_percent,
    }
