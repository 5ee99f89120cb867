"""What is filled in on the bare domain."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from team.models import Membership
from tenants.countries import country_choices
from tenants.forms import ServiceForm
from tenants.models import Tenant, User, longest

# Said by Django, whose German says du or sounds like an authority; the product's catalogue goes before its own.
SAID_BY_DJANGO = (
    _("Enter a valid email address."),
    _("This field is required."),
    _("Your password can’t be a commonly used password."),
)


class OpenShopForm(ServiceForm):
    """A new shop: everything that cannot be guessed, and nothing more."""

    owner_name = forms.CharField(
        label=_("Your name"),
        help_text=_("Your team sees it at the till and in the bookings."),
        max_length=longest(Membership, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    name = forms.CharField(
        label=_("Name of your shop"),
        max_length=longest(Tenant, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(label=_("Address"), required=False, max_length=longest(Tenant, "slug"))
    trade = forms.ChoiceField(label=_("Trade"), choices=Tenant.Trade.choices, widget=forms.RadioSelect)
    country = forms.ChoiceField(label=_("Country and currency"), choices=country_choices, initial="DE")
    address = forms.ChoiceField(
        label=_("How you address customers"),
        required=False,
        choices=[("", _("As fits the trade")), ("du", _("du")), ("sie", _("Sie"))],
    )
    agreed = forms.BooleanField(error_messages={"required": _("Without your agreement there is no contract.")})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_name"].initial = user.name

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()


class NumberPad:
    """Codes are digits: a phone shows its number pad."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = pgettext_lazy("second factor", "Code")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code", "placeholder": ""}


class SecondStepForm(NumberPad, AuthenticateForm):
    pass


class ConfirmWithCodeForm(NumberPad, ReauthenticateForm):
    pass


class SetUpAppForm(NumberPad, ActivateTOTPForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    passwordless = forms.BooleanField(label=_("Also sign in with it, without a password"), required=False, initial=True)
