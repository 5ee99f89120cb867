"""Fields that take what a machine sends exactly, or say what is wrong with it."""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.errors import Invalid
from tenants.money import decimal_amount, minor_units
from tenants.scope import current_tenant

_AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
_QUANTITY = r"^-?[0-9]{1,9}(\.[0-9]{1,3})?$"
# RFC 3339; seconds may be left out.
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_ID_LENGTH = 36
_LARGEST_SEQ = 2**63 - 1
_LARGEST_INDEX = 2**31 - 1


# No docstring: the document would show it with every shape that has none.
class Input(serializers.Serializer):
    # What a call takes. A member that it does not know is refused: a misspelt one would be lost without a word.

    # What its schema says beyond the fields.
    document: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        errors: dict[str, Any] = {name: [_("This call knows no such member.")] for name in sorted(unknown)}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**cast("dict[str, Any]", error.detail), **errors}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


class TextField(serializers.CharField):
    """Text and nothing else: a phone number or a receipt's number sent as a number has lost its zeros."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(
    {"oneOf": [{"type": "number"}, {"type": "string", "pattern": _QUANTITY}], "default": "1", "examples": ["0.350", 2]}
)
class QuantityField(serializers.DecimalField):
    """How many or how much of something: a number, or its text where every digit counts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=3, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str) and not re.fullmatch(_QUANTITY, data):
            self.fail("invalid")
        return super().to_internal_value(data)


class PointsField(serializers.IntegerField):
    """Whole points as a number."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class IndexField(PointsField):
    """The place of a line on its receipt."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=_LARGEST_INDEX, **options)


class IdField(serializers.UUIDField):
    """An id as the answers give it."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str) or len(data) != _ID_LENGTH:
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class SeqField(serializers.IntegerField):
    """The number of an entry, as a query parameter."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=_LARGEST_SEQ, **options)


@extend_schema_field({"type": "string", "pattern": _AMOUNT, "examples": ["24.90"]})
class MoneyField(serializers.Field):
    """A string such as "24.90"; integer minor units of the shop's currency inside."""

    default_error_messages = {
        "format": _('Give the amount as a string with a decimal point, such as "24.90".'),
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(_AMOUNT, data):
            self.fail("format")
        try:
            return minor_units(Decimal(data), currency=current_tenant().currency)
        except Invalid as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: int) -> str:
        return str(decimal_amount(value, currency=current_tenant().currency))


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field):
    """A day of the shop's calendar, such as 2026-11-23, as a query parameter."""

    default_error_messages = {"format": _("Give the day as 2026-11-23.")}

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not re.fullmatch(_DAY, data):
            self.fail("format")
        try:
            return date.fromisoformat(data)
        except ValueError:
            self.fail("format")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantField(serializers.Field):
    """RFC 3339 with an offset: a moment without one could be an hour off."""

    default_error_messages = {
        "format": _("Give date and time with an offset, such as 2026-11-23T09:30:00+01:00."),
        "range": _("This date is out of range."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not re.fullmatch(_INSTANT, data):
            self.fail("format")
        try:
            moment = datetime.fromisoformat(data)
        except ValueError:
            self.fail("format")
        try:
            in_range = moment.astimezone(UTC) >= _EARLIEST
        except OverflowError:
            in_range = False
        if not in_range:
            self.fail("range")
        return moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(current_tenant().zone).isoformat(timespec="seconds")
