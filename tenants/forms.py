"""The one kind of form: what a service refuses stands at its field and in the summary, and what was typed stays."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction

from tenants.errors import DomainError, Invalid
from tenants.locales import MINUS, number_text, typed_number
from tenants.money import amount_text, typed_amount
from tenants.scope import current_tenant


class WholeNumberField(forms.IntegerField):
    """Shows and reads thousands as the reader's country writes them."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        number = _typed(self, value)
        return None if number is None else int(number)

    def prepare_value(self, value: Any) -> Any:
        return number_text(value) if isinstance(value, int) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "numeric"}


class DecimalPlacesField(forms.DecimalField):
    """Shows and reads decimals as the reader's country writes them."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return _typed(self, value)

    def prepare_value(self, value: Any) -> Any:
        return number_text(value.normalize()) if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "decimal"}


class AmountField(forms.Field):
    """Money in the shop's currency, as minor units."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or not str(value).strip():
            return None
        try:
            return typed_amount(str(value), currency=current_tenant().currency)
        except Invalid as refusal:
            raise forms.ValidationError(str(refusal), code="invalid") from refusal

    def prepare_value(self, value: Any) -> Any:
        return amount_text(value, currency=current_tenant().currency) if isinstance(value, int) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "decimal", "autocomplete": "off"}


class WordsField(forms.CharField):
    """Several words with commas between them."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        words = (word.strip() for word in re.split(r"[,;\n]", super().to_python(value) or ""))
        return list(dict.fromkeys(word for word in words if word))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


class ServiceForm(forms.Form):
    """A form whose valid input goes to a service.

    Control characters are no input anywhere; texts arrive trimmed.
    """

    result: Any = None

    def carried_out(self, act: Callable[[], Any]) -> bool:
        """Call the service where the input is valid; what it returns is `result`.

        A refusal leaves nothing behind in the database and becomes an error of its field, or of the form.
        """
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.result = act()
        except DomainError as refusal:
            self.refuse(refusal)
            return False
        return True

    def show_instead(self, name: str, value: str) -> None:
        """In a hidden field, whatever was sent."""
        data: Any = self.data
        data = data.copy()
        data[name] = value
        self.data = data

    def refuse(self, refusal: DomainError) -> None:
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, str(refusal))


def _typed(field: forms.Field, value: Any) -> Decimal | None:
    if value in field.empty_values or not str(value).strip():
        return None
    places = getattr(field, "decimal_places", None) or 0
    text, lowest = str(value).strip(), getattr(field, "min_value", None)
    is_taken_off = lowest is not None and lowest < 0 and text.startswith(("-", MINUS))
    try:
        number = typed_number(text[1:] if is_taken_off else text, places=places)
    except ValueError as error:
        raise forms.ValidationError(field.error_messages["invalid"], code="invalid") from error
    if not places and number != number.to_integral_value():
        raise forms.ValidationError(field.error_messages["invalid"], code="invalid")
    return -number if is_taken_off else number
