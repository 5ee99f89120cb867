"""What a figure is to be, and until when."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.goals.figures import MONEY, SHARES
from analytics.models import Goal
from tenants.forms import AmountField, DecimalPlacesField, ServiceForm
from tenants.money import currency_sign
from tenants.scope import current_tenant

# Far above anything that people buy in a month.
_MOST_OFTEN: Final = 1_000


class GoalForm(ServiceForm):
    due_on = forms.DateField(
        label=_("Until the end of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, metric: Goal.Metric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._metric = metric
        if metric in MONEY and (target := self.initial.get("target")) is not None:
            self.initial["target"] = int(target)
        self.fields = {"target": _target_field(metric), **self.fields}

    @property
    def target(self) -> Decimal:
        return Decimal(self.cleaned_data["target"])

    @property
    def affix(self) -> str:
        """The unit that stands beside what is typed."""
        if self._metric in SHARES:
            return "%"
        return currency_sign(current_tenant().currency).text if self._metric in MONEY else str(_("a month"))


def _target_field(metric: Goal.Metric) -> forms.Field:
    label = _("Goal")
    if metric in MONEY:
        return AmountField(label=label)
    most = 100 if metric in SHARES else _MOST_OFTEN
    return DecimalPlacesField(label=label, decimal_places=1, min_value=0, max_value=most)
