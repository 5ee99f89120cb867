"""The last step: when it begins."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.wizard.step_form import StepForm
from tenants.calendar import midnight
from tenants.errors import DomainError
from tenants.scope import current_tenant

NOW, LATER = "now", "later"


class StartForm(StepForm):
    # When what is shown here was saved: that is what is published, and nothing that came after it.
    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)
    when = forms.ChoiceField(
        label=_("When it begins"),
        choices=((NOW, _("At once")), (LATER, _("On a day of your choice"))),
        initial=NOW,
        widget=forms.RadioSelect,
    )
    on = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        if given.get("when") == LATER and not given.get("on") and "on" not in self.errors:
            self.add_error("on", self.fields["on"].error_messages["required"])
        return given

    def refuse(self, refusal: DomainError) -> None:
        refusal.field = "on" if refusal.field == "starts_at" else refusal.field
        super().refuse(refusal)

    def starts_at(self) -> datetime | None:
        """The first moment of the day in the shop's time zone; None is at once."""
        if self.cleaned_data["when"] == NOW:
            return None
        return midnight(self.cleaned_data["on"], zone=current_tenant().zone)
