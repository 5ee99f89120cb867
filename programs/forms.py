"""What people type about a purchase that is recorded already, the same at the till and in the back office."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once
from programs.models import Purchase
from programs.remains import LineLeft, Remains
from programs.returns import Quantities, Returned, ReturnReason, preview_return, return_goods
from tenants.errors import DomainError, Invalid
from tenants.forms import DecimalPlacesField, ServiceForm
from tenants.models import longest
from tenants.money import amount_hint, typed_amount
from tenants.roles import Actor
from tenants.scope import current_tenant

QUANTITY_PLACES = 3
RECEIPT_NUMBER = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
AMOUNT = {"autocomplete": "off", "inputmode": "decimal"}


def typed_minor(text: str) -> int:
    """Minor units of a typed amount, as a form's field cleans it."""
    try:
        return typed_amount(text, currency=current_tenant().currency)
    except Invalid as refusal:
        raise forms.ValidationError(str(refusal)) from refusal


class ReturnForm(ServiceForm):
    """An amount, or how much of which line comes back."""

    amount = forms.CharField(
        label=gettext_lazy("Amount that is returned"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs=AMOUNT),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=ReturnReason.choices, required=False, widget=forms.RadioSelect
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, remains: Remains, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        lines = {f"line-{line.index}": line for line in remains.lines}
        # One that is all back was sent by a second press, which gets the first one's answer.
        self._lines = {name: line for name, line in lines.items() if line.left > 0 or name in self.data}
        for name, line in self._lines.items():
            self.fields[name] = DecimalPlacesField(
                label=line.name or line.sku or _("Line %(number)s") % {"number": line.index + 1},
                required=False,
                min_value=Decimal(0),
                decimal_places=QUANTITY_PLACES,
                max_digits=12,
            )

    @property
    def lines(self) -> list[tuple[forms.BoundField, LineLeft]]:
        """With what is left of each."""
        return [(self[name], line) for name, line in self._lines.items()]

    def clean_amount(self) -> int | None:
        text = self.cleaned_data["amount"]
        return typed_minor(text) if text else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and values.get("amount") is None and not self.quantities:
            message = _("Enter a quantity or an amount.") if self._lines else amount_hint(currency=_currency())
            self.add_error("amount", message)
        return values

    @property
    def quantities(self) -> Quantities:
        typed = ((line.index, self.cleaned_data.get(name)) for name, line in self._lines.items())
        return [(index, quantity) for index, quantity in typed if quantity]

    def refuse(self, refusal: DomainError) -> None:
        field = refusal.field or ""
        if field.startswith("lines."):
            index, _quantity = self.quantities[int(field.split(".")[1])]
            self.add_error(f"line-{index}", str(refusal))
        else:
            self.add_error("amount" if field == "total" else None, str(refusal))

    def preview(self, purchase: Purchase, *, actor: Actor, now: datetime) -> Returned:
        return preview_return(purchase=purchase, **self._asked, actor=actor, now=now)

    def book(self, purchase: Purchase, *, surface: str, actor: Actor, now: datetime) -> dict[str, int]:
        """Once, however often the button is pressed: what came back, the points it took, and what is owed."""

        def act() -> Answer:
            reason = self.cleaned_data["reason"]
            done = return_goods(purchase=purchase, **self._asked, reason=reason, actor=actor, now=now)
            return Answer(status=201, body={"points": done.points, "deficit": done.deficit, "total": done.record.total})

        asked = f"return {purchase.pk} {sorted(self._asked.items())}"
        key = f"{surface}:{self.cleaned_data['key']}"
        try:
            return answer_once(key=key, asked=asked, now=now, act=act).body
        except IdempotencyKeyReused as reuse:
            raise Invalid(_("Something else was returned on this page already. Please open it again.")) from reuse

    @property
    def _asked(self) -> dict[str, Any]:
        return {"total": self.cleaned_data["amount"], "lines": self.quantities}


class ClaimForm(ServiceForm):
    """What stands on the receipt of somebody who had no card at hand."""

    receipt_number = forms.CharField(
        label=gettext_lazy("Receipt number"),
        max_length=longest(Purchase, "receipt_number"),
        widget=forms.TextInput(attrs=RECEIPT_NUMBER),
        error_messages={"required": gettext_lazy("Enter the number of the receipt.")},
    )
    total = forms.CharField(
        label=gettext_lazy("Amount on the receipt"), max_length=20, widget=forms.TextInput(attrs=AMOUNT)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["total"].error_messages["required"] = amount_hint(currency=_currency())

    def clean_total(self) -> int:
        return typed_minor(self.cleaned_data["total"])


def _currency() -> str:
    return current_tenant().currency
