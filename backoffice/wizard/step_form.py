"""What every step's form shares: it fills a part of a draft, keeps what is valid, and shows the rest at its field.

It says which version it was opened on, so that it means the programme that it shows.
"""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.errors import ProgramChanged
from programs.forecast import Figures
from programs.publishing import Draft, refusals
from programs.rule_checks import MOST_POINTS
from tenants.errors import DomainError
from tenants.forms import AmountField, ServiceForm, WholeNumberField

FIGURES = ("reward", "reward_points", "average", "cost", "price")


class StepForm(ServiceForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reward = forms.CharField(label=_("The first reward"), required=False, max_length=60)
    reward_points = WholeNumberField(label=_("It takes"), required=False, min_value=1, max_value=MOST_POINTS)
    average = AmountField(label=_("Average purchase"), required=False)
    cost = AmountField(label=_("It costs you"), required=False)
    price = AmountField(label=_("Selling price"), required=False)

    def __init__(self, typed: QueryDict | None, *, start: Draft) -> None:
        self.start = start
        self.is_outdated = False
        super().__init__(typed, initial=self.shown(start))

    def shown(self, start: Draft) -> dict[str, Any]:
        """What stands in the fields at first."""
        return {"version": start.version} | {name: getattr(start.figures, name) for name in FIGURES}

    def draft(self) -> Draft:
        """The draft with what is valid of what was typed; the rest stays as it was."""
        if not self.is_bound:
            return self.start
        self.is_valid()
        figures = Figures(**{name: self.kept(name) for name in FIGURES})
        return self.fill(replace(self.start, version=self.cleaned_data.get("version"), figures=figures))

    def fill(self, draft: Draft) -> Draft:
        """The fields of the step."""
        return draft

    def kept(self, name: str) -> Any:
        """What was typed, or what stood there where that is no input."""
        return self.cleaned_data.get(name, self.initial.get(name))

    def check(self) -> None:
        """What could not be published stands at its field; other steps say their own."""
        for refusal in refusals(self.draft()):
            if refusal.field in self.fields and refusal.field not in self.errors:
                self.add_error(refusal.field, str(refusal))

    def refuse(self, refusal: DomainError) -> None:
        """Whoever has been told of the newer version may go on, and means it then."""
        super().refuse(refusal)
        if isinstance(refusal, ProgramChanged):
            self.is_outdated = True
            self.show_instead("version", str(self.start.version))
