"""A purchase log: each row gets an identity that does not depend on how the log writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any, ClassVar

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.bulk import Person, enrol_all
from customers.models import Customer
from imports.columns import Field
from imports.kinds.kind import Booking, Formats, Kind, Outcome, Refusal, RowReader, short
from imports.models import Import
from imports.staging import Layout
from imports.values import Amounts, Moments
from programs.bulk import PastPurchase, record_past_purchases
from programs.facts import refuse_foreign_currency, refuse_future
from programs.models import Purchase
from team.models import Store
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest

SOURCE = "import"
IDENTITY_BYTES = 16
LONGEST_REFERENCE = longest(Customer, "external_id")
LONGEST_NAME = longest(Customer, "name")
LONGEST_EMAIL = longest(Customer, "email")
LONGEST_RECEIPT_NUMBER = longest(Purchase, "receipt_number")
# What a receipt's line can hold: twelve digits, three of them decimals.
QUANTITY_LIMIT = 10**9
QUANTITY_STEP = Decimal("0.001")

FIELDS = (
    Field(
        "customer",
        gettext_lazy("Customer (your number)"),
        (
            *("customer", "customerid", "customernumber", "customerno", "customernr", "customerref", "customercode"),
            *("kunde", "kundennummer", "kundennr", "kundenr", "kundenid", "kdnr", "kundenreferenz", "mitgliedsnummer"),
            *("client", "clientid", "member", "memberid", "userid"),
        ),
        needed=True,
    ),
    Field(
        "date",
        gettext_lazy("Date"),
        (
            *("date", "purchasedon", "purchasedat", "purchasedate", "orderdate", "transactiondate", "invoicedate"),
            *("datetime", "timestamp", "datum", "kaufdatum", "bestelldatum", "rechnungsdatum", "belegdatum"),
            *("zeitpunkt", "buchungsdatum", "bondatum", "createdat"),
        ),
        needed=True,
    ),
    Field("time", gettext_lazy("Time"), ("time", "purchasetime", "uhrzeit", "zeit", "kaufzeit", "bonzeit")),
    Field(
        "total",
        gettext_lazy("Amount paid"),
        (
            *("total", "totalamount", "grandtotal", "ordertotal", "amount", "sum", "revenue"),
            *("gesamtbetrag", "gesamtsumme", "rechnungsbetrag", "bruttobetrag", "betrag", "summe", "gesamt", "umsatz"),
            *("brutto", "endbetrag", "bonsumme"),
        ),
        needed=True,
    ),
    Field(
        "receipt_number",
        gettext_lazy("Receipt number"),
        (
            *("receiptnumber", "receiptno", "receiptid", "receipt", "invoicenumber", "invoiceno", "invoice"),
            *("ordernumber", "orderno", "orderid", "transactionid", "bonnummer", "bonnr", "belegnummer", "belegnr"),
            *("beleg", "rechnungsnummer", "rechnungsnr", "bestellnummer", "bestellnr"),
        ),
    ),
    Field(
        "store",
        gettext_lazy("Store (its code)"),
        ("store", "storecode", "storeid", "shop", "branch", "filiale", "filialnummer", "filialnr", "standort"),
    ),
    Field("currency", gettext_lazy("Currency"), ("currency", "currencycode", "wahrung", "waehrung")),
    Field("quantity", gettext_lazy("Quantity"), ("quantity", "qty", "menge", "anzahl", "stuck", "stueck")),
    Field(
        "email",
        gettext_lazy("E-mail"),
        ("email", "emailaddress", "customeremail", "mail", "emailadresse", "kundenemail"),
    ),
    Field("name", gettext_lazy("Name"), ("name", "customername", "fullname", "kundenname")),
)

# The same content twice is two purchases: the n-th occurrence is part of the identity.
SORTED_OUT = """
SELECT line, customer, purchased_at, total, encode(import_key, 'hex'), store_id, receipt_number, quantity, name, email
  FROM (SELECT *, substring(sha256(content || int8send(row_number() OVER (PARTITION BY content ORDER BY line)))
                            FOR 16) AS import_key
          FROM staged) AS identified
 WHERE NOT EXISTS (SELECT FROM programs_purchase AS p WHERE p.import_key = identified.import_key)
 ORDER BY customer, purchased_at, line
"""


@dataclass(frozen=True, slots=True)
class LogRow:
    """`content` is a digest of what makes the row the same row in another file; sorted out, it is the import key."""

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

    def as_fields(self) -> tuple[Any, ...]:
        return (
            self.line,
            self.customer,
            self.purchased_at,
            self.total,
            rf"\x{self.content.hex()}",
            self.store_id,
            self.receipt_number,
            self.quantity,
            self.name,
            self.email,
        )

    @staticmethod
    def parse(fields: list[str]) -> "LogRow":
        line, customer, purchased_at, total, key, store_id, receipt_number, quantity, name, email = fields
        return LogRow(
            line=int(line),
            customer=customer,
            purchased_at=datetime.fromisoformat(purchased_at),
            total=int(total),
            content=bytes.fromhex(key),
            store_id=int(store_id) if store_id else None,
            receipt_number=receipt_number or None,
            quantity=Decimal(quantity) if quantity else None,
            name=name,
            email=email,
        )


class LogReader(RowReader[LogRow]):
    def __init__(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> None:
        super().__init__(columns=columns, width=width)
        self._currency = tenant.currency
        self._stores = dict(Store.objects.values_list("code", "pk"))
        self._now = now
        self._moments = Moments(zone=tenant.zone, now=now, date_format=formats.date_format)
        self._amounts = Amounts(currency=tenant.currency, decimal_mark=formats.decimal_mark)

    def row(self, line: int, values: Mapping[str, str]) -> LogRow:
        """Raises Invalid or ForeignCurrency."""
        customer = short(values["customer"], LONGEST_REFERENCE)
        if not customer:
            raise Invalid(_("The customer is missing."))
        moment = self._moments.read(values["date"], values.get("time", ""))
        total = self._amounts.read(values["total"])
        refuse_future(moment.at, now=self._now)
        if currency := values.get("currency"):
            refuse_foreign_currency(currency.upper())
        store = values.get("store", "")
        receipt_number = short(values.get("receipt_number", ""), LONGEST_RECEIPT_NUMBER)
        content = "\x1f".join((customer, moment.text, str(total), self._currency, receipt_number, store))
        return LogRow(
            line=line,
            customer=customer,
            purchased_at=moment.at,
            total=total,
            content=blake2b(content.encode(), digest_size=IDENTITY_BYTES).digest(),
            store_id=self._store_id(store),
            receipt_number=receipt_number or None,
            quantity=_quantity(values.get("quantity", "")),
            name=short(normal_name(values.get("name", "")), LONGEST_NAME),
            email=short(normal_email(values.get("email", "")), LONGEST_EMAIL),
        )

    def _store_id(self, code: str) -> int | None:
        if not code:
            return None
        if code not in self._stores:
            raise Invalid(_("There is no store %(code)s.") % {"code": code[:40]})
        return self._stores[code]


class Purchases(Kind[LogRow]):
    code = Import.Kind.PURCHASES
    fields = FIELDS
    dates = ("date",)
    amounts = ("total",)
    layout: ClassVar = Layout(
        columns=(
            ("line", "bigint"),
            ("customer", 'text COLLATE "C"'),
            ("purchased_at", "timestamptz"),
            ("total", "bigint"),
            ("content", "bytea"),
            ("store_id", "bigint"),
            ("receipt_number", "text"),
            ("quantity", "numeric"),
            ("name", "text"),
            ("email", "text"),
        ),
        sorted_out=SORTED_OUT,
        parse=LogRow.parse,
        group=lambda row: row.customer,
    )

    def reader(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> LogReader:
        return LogReader(columns=columns, width=width, tenant=tenant, formats=formats, now=now)

    def so_far(self, import_id: int) -> Outcome:
        purchases = Purchase.objects.filter(import_id=import_id)
        return Outcome(recorded=purchases.count(), points=purchases.aggregate(points=Sum("points"))["points"] or 0)

    def record(self, rows: Sequence[LogRow], booking: Booking) -> Outcome:
        people = _people_in(rows)
        enrolled = enrol_all(people, source=SOURCE, now=booking.now, import_id=booking.import_id)
        lines = {row.content: row.line for row in rows}
        purchases = [
            PastPurchase(
                customer=enrolled.customers[row.customer],
                total=row.total,
                purchased_at=row.purchased_at,
                import_key=row.content,
                store_id=row.store_id,
                receipt_number=row.receipt_number,
                quantity=row.quantity,
            )
            for row in rows
        ]
        done = record_past_purchases(purchases, actor=booking.actor, now=booking.now, import_id=booking.import_id)
        return Outcome(
            recorded=done.purchases,
            known=done.known,
            points=done.points,
            enrolled=enrolled.new,
            refusals=[Refusal(lines[purchase.import_key], str(error)) for purchase, error in done.refused],
        )


def _people_in(rows: Sequence[LogRow]) -> list[Person]:
    """Everybody once, with the first name and address that the log gives them."""
    people: dict[str, Person] = {}
    for row in rows:
        known = people.get(row.customer)
        if known is None or not (known.name and known.email):
            name = (known.name if known else "") or row.name
            email = (known.email if known else "") or row.email
            people[row.customer] = Person(external_id=row.customer, name=name, email=email)
    return list(people.values())


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
