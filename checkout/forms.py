"""What staff type at the till."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from team.models import Membership
from team.queries import members_with_pin
from tenants.errors import Invalid
from tenants.money import amount_hint, typed_amount
from tenants.scope import current_tenant


class BindForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "autofocus": True}),
    )


class SignOnForm(forms.Form):
    member = forms.ModelChoiceField(queryset=Membership.objects.none(), widget=forms.RadioSelect, empty_label=None)
    pin = forms.CharField(
        max_length=8,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["member"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = members_with_pin()
        field.label_from_instance = lambda member: member.name  # type: ignore[method-assign, assignment]


class FindForm(forms.Form):
    q = forms.CharField(
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": _("Scan a card or type a number, an e-mail address or a phone number.")},
    )


class AmountForm(forms.Form):
    amount = forms.CharField(max_length=20)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hint = amount_hint(currency=current_tenant().currency)
        self.fields["amount"].error_messages["required"] = self._hint

    def clean_amount(self) -> int:
        """Minor units."""
        try:
            minor = typed_amount(self.cleaned_data["amount"], currency=current_tenant().currency)
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if minor == 0:
            raise forms.ValidationError(self._hint)
        return minor


class VoidForm(forms.Form):
    """Undoing needs no reason; voiding from the day list names one."""

    REASONS = ("undo", "wrong_amount", "wrong_customer", "purchase_cancelled")
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in REASONS], required=False)
