"""The field for a friend's code, the same at the till and in the back office."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.errors import ExistingCustomer
from referrals.links import read_link
from referrals.models import Channel
from referrals.wording import code_in_words
from tenants.errors import DomainError
from tenants.forms import ServiceForm


class FriendsCodeForm(ServiceForm):
    """With a new customer, or alone for the line that says what both get."""

    # Long enough for a whole link, which a hand scanner types.
    code = forms.CharField(
        label=_("Code of a friend"),
        max_length=254,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "enterkeyhint": "done"}
        ),
    )
    channel = forms.ChoiceField(
        choices=[(Channel.TILL.value, ""), (Channel.PAPER.value, "")], required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        """Code and channel of a link; and where no channel is stated it was said at the till."""
        cleaned = super().clean() or self.cleaned_data
        code, channel = read_link(cleaned.get("code", "")) or (cleaned.get("code", ""), cleaned.get("channel"))
        on_paper = channel == Channel.PAPER
        return cleaned | {"code": code, "channel": Channel.PAPER if on_paper else Channel.TILL}

    def promise(self, *, now: datetime) -> dict[str, str]:
        """The line under the code, in words; none where its error stands."""
        if self.errors.get("code"):
            return {}
        return code_in_words(self.cleaned_data["code"] if self.is_bound else self["code"].value() or "", now=now)

    def refuse(self, refusal: DomainError) -> None:
        if isinstance(refusal, ExistingCustomer):
            refusal.field = "code"
        super().refuse(refusal)
