"""The fourth step: what holds where several multipliers meet. The offers themselves have a page each."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.wizard.step_form import StepForm
from programs.publishing import Draft
from programs.rules import Stacking


class OffersForm(StepForm):
    stacking = forms.ChoiceField(
        label=_("Several multipliers at once"),
        choices=((Stacking.BEST.value, _("The highest counts")), (Stacking.MULTIPLY.value, _("All are multiplied"))),
        widget=forms.RadioSelect,
    )

    def shown(self, start: Draft) -> dict[str, Any]:
        return super().shown(start) | {"stacking": start.stacking.value}

    def fill(self, draft: Draft) -> Draft:
        return replace(draft, stacking=Stacking(self.kept("stacking")))
