"""What customers type in the portal."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EmailForm(forms.Form):
    # Django's own message would be found in another package's catalogue, which says du.
    email = forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
        error_messages={"invalid": _("Enter a valid e-mail address.")},
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())
