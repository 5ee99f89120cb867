"""Fields that take what a machine sends exactly, or say what is wrong with it."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.errors import Invalid
from tenants.money import decimal_amount, minor_units
from tenants.scope import current_tenant

_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})?$", "examples": ["24.90"]})
class MoneyField(serializers.Field):
    """A string such as "24.90"; integer minor units of the shop's currency inside."""

    default_error_messages = {
        "format": _('Give the amount as a string with a decimal point, such as "24.90".'),
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _AMOUNT.fullmatch(data):
            self.fail("format")
        try:
            return minor_units(Decimal(data), currency=current_tenant().currency)
        except Invalid as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: int) -> str:
        return str(decimal_amount(value, currency=current_tenant().currency))


@extend_schema_field({"type": "string", "format": "date-time"})
class InstantField(serializers.Field):
    """RFC 3339 with an offset: a moment without one could be an hour off."""

    default_error_messages = {
        "format": _("Give date and time with an offset, such as 2026-11-23T09:30:00+01:00."),
        "range": _("This date is out of range."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(data)
        except (TypeError, ValueError):
            self.fail("format")
        if moment.tzinfo is None:
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
