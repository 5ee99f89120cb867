"""One row of a purchase log: read, checked, and given an identity that does not depend on how the log writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b

from django.utils.translation import gettext as _

from customers.models import Customer
from imports.table import Record
from imports.values import Amounts, Moments
from programs.facts import refuse_foreign_currency, refuse_future
from programs.models import Purchase
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest

IDENTITY_BYTES = 16
LONGEST_REFERENCE = longest(Customer, "external_id")
LONGEST_NAME = longest(Customer, "name")
LONGEST_EMAIL = longest(Customer, "email")
LONGEST_RECEIPT_NUMBER = longest(Purchase, "receipt_number")
# What a receipt's line can hold: twelve digits, three of them decimals.
QUANTITY_LIMIT = 10**9
QUANTITY_STEP = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class LogRow:
    """`content` is a digest of what makes the row the same row in another file."""

    line: int
    customer: str
    purchased_at: datetime
    total: int
    content: bytes
    store_id: int | None
    receipt_number: str | None
    quantity: Decimal | None
    name: str
    email: str


class RowReader:
    """Reads rows of one file for one shop."""

    def __init__(
        self,
        *,
        columns: Mapping[str, int],
        width: int,
        tenant: Tenant,
        stores: Mapping[str, int],
        now: datetime,
        date_format: str,
        decimal_mark: str,
    ) -> None:
        self._columns = columns
        self._width = width
        self._currency = tenant.currency
        self._stores = stores
        self._now = now
        self._moments = Moments(zone=tenant.zone, now=now, date_format=date_format)
        self._amounts = Amounts(currency=tenant.currency, decimal_mark=decimal_mark)

    def read(self, record: Record) -> LogRow:
        """Raises Invalid or ForeignCurrency."""
        values = self._values(record)
        customer = _short(values["customer"], LONGEST_REFERENCE)
        if not customer:
            raise Invalid(_("The customer is missing."))
        moment = self._moments.read(values["date"], values.get("time", ""))
        total = self._amounts.read(values["total"])
        refuse_future(moment.at, now=self._now)
        if currency := values.get("currency"):
            refuse_foreign_currency(currency.upper())
        store = values.get("store", "")
        receipt_number = _short(values.get("receipt_number", ""), LONGEST_RECEIPT_NUMBER)
        content = "\x1f".join((customer, moment.text, str(total), self._currency, receipt_number, store))
        return LogRow(
            line=record.line,
            customer=customer,
            purchased_at=moment.at,
            total=total,
            content=blake2b(content.encode(), digest_size=IDENTITY_BYTES).digest(),
            store_id=self._store_id(store),
            receipt_number=receipt_number or None,
            quantity=_quantity(values.get("quantity", "")),
            name=_short(normal_name(values.get("name", "")), LONGEST_NAME),
            email=_short(normal_email(values.get("email", "")), LONGEST_EMAIL),
        )

    def _values(self, record: Record) -> dict[str, str]:
        fields = record.fields
        if fields is None:
            raise Invalid(_("The quotation marks of this row do not match."))
        if any(fields[self._width :]):
            raise Invalid(_("The row has more fields than the header."))
        values = {name: fields[at].strip() for name, at in self._columns.items() if at < len(fields)}
        if len(values) < len(self._columns):
            raise Invalid(_("The row has fewer fields than the header."))
        return values

    def _store_id(self, code: str) -> int | None:
        if not code:
            return None
        if code not in self._stores:
            raise Invalid(_("There is no store %(code)s.") % {"code": code[:40]})
        return self._stores[code]


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Invalid(_("“%(text)s…” is longer than %(limit)d characters.") % {"text": text[:40], "limit": limit})
    return text


def _quantity(text: str) -> Decimal | None:
    """Recorded with the purchase; it earns nothing."""
    if not text:
        return None
    try:
        quantity = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise Invalid(_("“%(quantity)s” is not a quantity.") % {"quantity": text[:40]}) from error
    if not quantity.is_finite() or abs(quantity) >= QUANTITY_LIMIT or quantity != quantity.quantize(QUANTITY_STEP):
        raise Invalid(_("“%(quantity)s” is not a quantity.") % {"quantity": text[:40]})
    return quantity
