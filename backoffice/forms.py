"""What members fill in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class VoidForm(forms.Form):
    """Why a booking is voided: a choice, so that no personal text reaches the audit log."""

    REASONS = (
        ("wrong_amount", _("Wrong amount")),
        ("wrong_customer", _("Wrong customer")),
        ("purchase_cancelled", _("Purchase cancelled")),
    )
    reason = forms.ChoiceField(choices=REASONS)
