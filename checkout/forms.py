"""What staff type at the till."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programs.earning import TierTerms
from programs.plausibility import is_unusual
from programs.services import VoidReason
from referrals.forms import FriendsCodeForm
from team.models import Membership, Store
from team.queries import members_at
from tenants.errors import DomainError, Invalid
from tenants.forms import ServiceForm, WholeNumberField
from tenants.money import amount_hint, money_text, typed_amount
from tenants.scope import current_tenant

BEFORE_DISCOUNT, AFTER_DISCOUNT = "before", "after"


def pin_field() -> forms.CharField:
    return forms.CharField(
        max_length=8,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}),
    )


class BindForm(ServiceForm):
    code = forms.CharField(
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "autofocus": True}),
    )


class SignOnForm(ServiceForm):
    member = forms.ModelChoiceField(queryset=Membership.objects.none(), widget=forms.RadioSelect, empty_label=None)
    pin = pin_field()

    def __init__(self, *args: Any, store: Store, last_member_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = members_at(store)
        field = self.fields["member"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = members
        field.label_from_instance = lambda member: member.name  # type: ignore[method-assign, assignment]
        known = {member.pk for member in members}
        chosen = last_member_id if last_member_id in known else min(known) if len(known) == 1 else None
        if chosen is not None:
            self.initial["member"] = chosen
            self.fields["pin"].widget.attrs["autofocus"] = True


class FindForm(ServiceForm):
    q = forms.CharField(
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Scan a card or type a number, an e-mail address or a phone number.")},
    )
    # The reward that waits for the code on the customer's phone.
    reward = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, has_focus: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["autofocus"] = has_focus


class AmountForm(ServiceForm):
    """The amount, whether the tier's discount has been subtracted from it, and the discount that staff were told."""

    amount = forms.CharField(max_length=20)
    basis = forms.ChoiceField(
        choices=[(BEFORE_DISCOUNT, _("Price before discount")), (AFTER_DISCOUNT, _("Discount already subtracted"))],
        widget=forms.RadioSelect,
        required=False,
    )
    discount = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # The unusual amount about which staff have been asked.
    asked = forms.IntegerField(widget=forms.HiddenInput, required=False)
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

    def renew_key(self) -> None:
        """What is sent next from this page is another booking."""
        self._send_back("key", uuid.uuid4())

    def _send_back(self, name: str, value: object) -> None:
        """With the page that shows a refusal."""
        self.data = {sent: self.data[sent] for sent in self.data} | {name: str(value)}

    def total(self, tier: TierTerms) -> int:
        """What is paid. Raises Invalid where staff should look again: another discount, an unusual amount."""
        if (self.cleaned_data["discount"] or 0) != tier.discount_percent:
            raise Invalid(_("The discount has changed meanwhile. Please check it and credit once more."))
        self._ask_about_unusual()
        return paid(self.cleaned_data["amount"], basis=self.cleaned_data["basis"], tier=tier)

    def _ask_about_unusual(self) -> None:
        amount, currency = self.cleaned_data["amount"], current_tenant().currency
        if not is_unusual(amount, currency=currency) or amount == self.cleaned_data["asked"]:
            return
        self._send_back("asked", amount)
        question = _("%(amount)s is unusually much. If that is right, credit once more.")
        raise Invalid(question % {"amount": money_text(amount, currency=currency)}, field="amount")


def paid(price: int, *, basis: str, tier: TierTerms) -> int:
    """The amount after the tier's standing discount, of which staff type either side."""
    return price if basis == AFTER_DISCOUNT else tier.discounted(price)


class StampForm(ServiceForm):
    """One tap: how many stamps, and under which key they are booked."""

    count = forms.IntegerField(min_value=1, max_value=50)
    key = forms.UUIDField()


class RedeemForm(ServiceForm):
    key = forms.UUIDField()


class ProofForm(ServiceForm):
    """Redeeming: a button, and the cashier's PIN where the customer has shown nothing but a card."""

    pin = pin_field()
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, wants_pin: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if wants_pin:
            self.fields["pin"].widget.attrs["autofocus"] = True
        else:
            del self.fields["pin"]


class RewardForm(ProofForm):
    """The same with how many points, where the customer chooses them."""

    points = WholeNumberField(min_value=1, max_value=10**9)
    field_order = ("points", "pin", "key")

    def __init__(self, *args: Any, chooses_points: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not chooses_points:
            del self.fields["points"]


class NewCustomerForm(FriendsCodeForm):
    """All of it is voluntary: a card needs no name. Consents are no field here, the customer gives them alone."""

    name = forms.CharField(
        max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    email = forms.CharField(
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    # What was scanned on this page; then nobody has pressed the button.
    q = forms.CharField(max_length=254, required=False, widget=forms.HiddenInput)
    # The public id of the customer who has this address or number already.
    existing_id: str = ""

    @property
    def scanned(self) -> str:
        return str(self.data.get("q", "")).strip()

    def typed_before_scan(self) -> dict[str, str]:
        """A hand scanner types into whatever field has the focus: what stood there before."""
        names = ("name", "email", "phone", "code", "channel", "key")
        return {name: str(self.data.get(name, "")).removesuffix(self.scanned) for name in names}

    def refuse(self, refusal: DomainError) -> None:
        super().refuse(refusal)
        self.existing_id = refusal.facts.get("customer", "")


class CameraForm(ServiceForm):
    wanted = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])


class VoidForm(ServiceForm):
    """Undoing needs no reason; voiding from the day list names one."""

    reason = forms.ChoiceField(choices=VoidReason.named_by_people(), required=False)
