"""What every step's form shares: it fills a part of a draft, keeps what is valid, and shows the rest at its field.

It says which version it was opened on, so that it means the programme that it shows, and what it showed then, so that
nobody's entries are overwritten unseen.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from programs.drafting import Workpiece
from programs.errors import DraftChanged, ProgramChanged
from programs.forecast import Figures
from programs.publishing import Draft, refusals
from programs.rule_checks import MOST_POINTS
from tenants.errors import DomainError
from tenants.forms import AmountField, ServiceForm, WholeNumberField
from tenants.roles import Actor

_CHANGED_BY = _(
    "%(name)s has changed this step meanwhile. Nothing of yours is saved yet: compare, then save again to put it in the"
    " place of theirs."
)
FIGURES = ("reward", "reward_points", "average", "cost", "price")


class StepForm(ServiceForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reward = forms.CharField(label=_("First reward"), required=False, max_length=60)
    reward_points = WholeNumberField(label=_("Points for it"), required=False, min_value=1, max_value=MOST_POINTS)
    average = AmountField(label=_("Average purchase"), required=False)
    cost = AmountField(label=_("What it costs you"), required=False)
    price = AmountField(label=_("Its selling price"), required=False)

    def __init__(self, typed: QueryDict | None, *, start: Draft) -> None:
        self.start = start
        self.is_outdated = False
        self.is_overtaken = False
        super().__init__(typed, initial=self.shown(start) | {"seen": self.seen_in(start)})

    def shown(self, start: Draft) -> dict[str, Any]:
        """What stands in the fields at first."""
        return {"version": start.version} | {name: getattr(start.figures, name) for name in FIGURES}

    def seen_in(self, draft: Draft) -> str:
        """A mark of what the fields show for a draft."""
        return _mark(self.shown(draft))

    def check_not_overtaken(self, work: Workpiece, *, actor: Actor) -> None:
        """Raises DraftChanged where somebody else has changed these very fields since they were shown."""
        seen = self.data.get("seen")
        if seen and seen != self.initial["seen"] and work.actor not in ("", actor.reference):
            name = work.saved_by
            raise DraftChanged(_CHANGED_BY % {"name": name} if name else None)

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
        if isinstance(refusal, DraftChanged):
            self.is_overtaken = True
            self.show_instead("seen", self.initial["seen"])


def _mark(values: Mapping[str, Any]) -> str:
    """Short, and different wherever a value is; the version is compared by itself."""
    stated = sorted((name, value) for name, value in values.items() if name != "version")
    return sha256(repr(stated).encode()).hexdigest()[:16]
