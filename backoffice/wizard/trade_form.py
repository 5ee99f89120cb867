"""The first step: the template to begin with, or what is there already."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.wizard.step_form import StepForm
from programs.drafting import Workpiece
from programs.publishing import Draft
from programs.setup import TEMPLATES, is_template, template_of
from tenants.models import Tenant
from tenants.scope import current_tenant

# What stands there stays.
AS_IT_IS = "as_it_is"


class TradeForm(StepForm):
    template = forms.ChoiceField(label=_("Template"), widget=forms.RadioSelect)
    # Whoever has changed something is asked before a template takes its place.
    replaces = forms.BooleanField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name of the programme"), max_length=80)
    description = forms.CharField(
        label=_("In your words (optional)"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A sentence for customers, above the rules of the programme."),
    )

    def __init__(self, typed: QueryDict | None, *, work: Workpiece, has_opened: bool) -> None:
        self.work = work
        self.asks = False
        super().__init__(typed, start=work.draft)
        self.is_new = not has_opened and is_template(work.draft)
        field: Any = self.fields["template"]
        field.choices = [*([] if self.is_new else [(AS_IT_IS, _("As it is"))]), *Tenant.Trade.choices]
        self.initial["template"] = (work.template or current_tenant().trade) if self.is_new else AS_IT_IS

    def shown(self, start: Draft) -> dict[str, Any]:
        return super().shown(start) | {"name": start.name, "description": start.description}

    @property
    def chosen(self) -> str | None:
        """The template that is to take the place of what is there; None where nothing is."""
        wanted = self.cleaned_data.get("template")
        stays = wanted not in TEMPLATES or (self.is_new and wanted == self.initial["template"])
        return None if stays else wanted

    def must_ask(self) -> bool:
        """Whether a template would overwrite something that somebody has entered."""
        self.asks = bool(self.chosen) and not is_template(self.start) and not self.cleaned_data.get("replaces")
        return self.asks

    def fill(self, draft: Draft) -> Draft:
        said = replace(draft, name=self.kept("name") or "", description=self.kept("description") or "")
        may = self.chosen and (self.cleaned_data.get("replaces") or is_template(self.start))
        return template_of(self.chosen, said) if self.chosen and may else said
