"""What members fill in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.forms import ServiceForm
from tenants.models import Tenant, longest


class VoidForm(forms.Form):
    """Why a booking is voided: a choice, so that no personal text reaches the audit log."""

    REASONS = (
        ("wrong_amount", _("Wrong amount")),
        ("wrong_customer", _("Wrong customer")),
        ("purchase_cancelled", _("Purchase cancelled")),
    )
    reason = forms.ChoiceField(choices=REASONS)


class DomainForm(ServiceForm):
    """A domain of the shop's own; empty takes it away."""

    domain = forms.CharField(
        label=_("Domain"),
        required=False,
        max_length=longest(Tenant, "domain"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )
