"""The third step: a row of fields for each tier and one for another; it says which tier each row is."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import BigIntegerField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.wizard.step_form import StepForm
from programs.models import TierTerms
from programs.publishing import MOST_POINTS, MOST_TIERS, Draft, TierDraft
from programs.qualifying import MOST_GRACE_DAYS, Basis, Window
from tenants.forms import DecimalPlacesField, WholeNumberField
from tenants.models import longest
from tenants.money import minor_units
from tenants.scope import current_tenant

TIER_FIELDS = ("id", "name", "threshold", "factor", "discount", "benefits")
# What a new tier begins with in the fields that nobody has filled in.
NEW = TierDraft(None, "", 0, 100, 0)


class TiersForm(StepForm):
    tier_basis = forms.ChoiceField(
        label=_("A tier is reached by"),
        choices=(
            (Basis.POINTS.value, _("points collected")),
            (Basis.SPEND.value, _("turnover")),
            (Basis.VISITS.value, _("number of purchases")),
        ),
    )
    tier_window = forms.ChoiceField(
        label=_("What counts"),
        choices=(
            (Window.LIFETIME.value, _("everything since joining")),
            (Window.YEAR.value, _("the calendar year")),
            (Window.ROLLING.value, _("the last twelve months")),
        ),
    )
    grace_days = WholeNumberField(
        label=_("Grace"),
        required=False,
        min_value=0,
        max_value=MOST_GRACE_DAYS,
        help_text=_("So long a tier stays that is no longer reached."),
    )
    one_step_down = forms.BooleanField(label=_("Then down by one tier at the most"), required=False)

    def __init__(self, typed: QueryDict | None, *, start: Draft) -> None:
        super().__init__(typed, start=start)
        self._are_new = _rows_shown(start) if typed is None else _rows_typed(typed)
        for number, is_new in enumerate(self._are_new):
            self._add_tier(number, is_new=is_new)

    def shown(self, start: Draft) -> dict[str, Any]:
        values = super().shown(start) | {
            "tier_basis": start.tier_basis.value,
            "tier_window": start.tier_window.value,
            "grace_days": start.grace_days,
            "one_step_down": start.one_step_down,
        }
        for number, tier in enumerate(start.tiers):
            values |= _values(number, tier, unit=_unit(start.tier_basis))
        return values

    def rows(self) -> list[dict[str, Any]]:
        """The fields of each tier for the template."""
        return [
            {"number": number, "is_new": is_new, "is_lowest": number == 0}
            | {name: self[f"tier-{number}-{name}"] for name in TIER_FIELDS}
            for number, is_new in enumerate(self._are_new)
        ]

    def fill(self, draft: Draft) -> Draft:
        return replace(
            draft,
            tiers=[tier for number in range(len(self._are_new)) if (tier := self._tier(number))],
            tier_basis=Basis(self.kept("tier_basis")),
            tier_window=Window(self.kept("tier_window")),
            grace_days=self.kept("grace_days") or 0,
            one_step_down=bool(self.kept("one_step_down")),
        )

    def without(self, number: int) -> Draft:
        """The draft without the tier of a row."""
        rows = [tier for place in range(len(self._are_new)) if place != number and (tier := self._tier(place))]
        return replace(self.draft(), tiers=rows)

    def _tier(self, number: int) -> TierDraft | None:
        """A tier without a name is left out, and so is a new one whose threshold is none yet."""
        name = self.kept(f"tier-{number}-name")
        threshold = self.kept(f"tier-{number}-threshold")
        if not name or (number and threshold is None):
            return None
        factor = self.kept(f"tier-{number}-factor")
        return TierDraft(
            id=self.kept(f"tier-{number}-id"),
            name=name,
            threshold=(threshold or 0) * _unit(Basis(self.kept("tier_basis"))),
            factor_percent=int((factor if factor is not None else 1) * 100),
            discount_percent=self.kept(f"tier-{number}-discount") or 0,
            benefits=self.kept(f"tier-{number}-benefits") or "",
        )

    def clean(self) -> dict[str, Any] | None:
        """A new tier has a name and a threshold, or nothing."""
        given = super().clean() or {}
        for number, is_new in enumerate(self._are_new):
            name, threshold = (f"tier-{number}-{field}" for field in ("name", "threshold"))
            if is_new and number and given.get(name) and given.get(threshold) is None and threshold not in self.errors:
                self.add_error(threshold, self.fields[threshold].error_messages["required"])
        return given

    def _add_tier(self, number: int, *, is_new: bool) -> None:
        prefix = f"tier-{number}"
        self.fields[f"{prefix}-id"] = forms.IntegerField(
            required=False, widget=forms.HiddenInput, min_value=1, max_value=BigIntegerField.MAX_BIGINT
        )
        self.fields[f"{prefix}-name"] = forms.CharField(label=_("Name"), max_length=40, required=number == 0)
        self.fields[f"{prefix}-threshold"] = WholeNumberField(
            label=_("Reached from"), required=not is_new and number > 0, min_value=0, max_value=MOST_POINTS
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
        self.fields[f"{prefix}-benefits"] = forms.CharField(
            label=_("What else they get"), required=False, max_length=longest(TierTerms, "benefits")
        )


def _rows_shown(draft: Draft) -> list[bool]:
    """Whether each row is a new tier: those of the draft, and one for another where there may be more."""
    return ([tier.id is None for tier in draft.tiers] + [True])[:MOST_TIERS]


def _rows_typed(typed: QueryDict) -> list[bool]:
    """The rows that were sent, whatever the programme is by now; the lowest tier always."""
    sent = [number for number in range(MOST_TIERS) if f"tier-{number}-name" in typed]
    return [not typed.get(f"tier-{number}-id") for number in range(max(sent, default=0) + 1)]


def _unit(basis: Basis) -> int:
    """Turnover is typed in whole units of the currency and kept in minor ones."""
    return minor_units(Decimal(1), currency=current_tenant().currency) if basis == Basis.SPEND else 1


def _values(number: int, tier: TierDraft, *, unit: int) -> dict[str, Any]:
    return {
        f"tier-{number}-id": tier.id,
        f"tier-{number}-name": tier.name,
        f"tier-{number}-threshold": tier.threshold // unit,
        f"tier-{number}-factor": Decimal(tier.factor_percent) / 100,
        f"tier-{number}-discount": tier.discount_percent,
        f"tier-{number}-benefits": tier.benefits,
    }
