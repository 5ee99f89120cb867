"""Points from an earlier programme: each customer gets them once for each expiry date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Card, Customer
from customers.numbers import TOKEN_LENGTH
from customers.queries import customers_by, known_customers
from imports.columns import Field
from imports.kinds.kind import Booking, Formats, Kind, Outcome, Refusal, RowReader, short
from imports.kinds.purchases import LONGEST_EMAIL
from imports.models import Import, OpeningBalance
from imports.staging import Layout
from imports.values import Days, whole_points
from programs.balances import Balance, book_opening_balances
from tenants import bulk
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.secrets import as_typed

FIELDS = (
    Field(
        "customer",
        gettext_lazy("Customer (number, card or e-mail)"),
        (
            *("customer", "customerid", "customernumber", "customerno", "customercode", "memberid", "externalid"),
            *("kunde", "kundennummer", "kundennr", "kundenr", "kdnr", "kundenid", "mitgliedsnummer", "number", "card"),
            *("karte", "kartennummer", "email", "emailadresse", "mail"),
        ),
        needed=True,
    ),
    Field(
        "points",
        gettext_lazy("Points"),
        ("points", "balance", "pointbalance", "punkte", "punktestand", "stand", "guthaben", "saldo"),
        needed=True,
    ),
    Field(
        "expires_on",
        gettext_lazy("Valid until"),
        (
            *("expireson", "expiresat", "expiry", "expirydate", "validuntil", "expires"),
            *("gultigbis", "gueltigbis", "verfallsdatum", "ablaufdatum", "verfalltam", "ablauf", "verfall"),
        ),
    ),
)
SORTED_OUT = "SELECT line, customer, points, expires_on FROM staged ORDER BY customer, line"


@dataclass(frozen=True, slots=True)
class BalanceRow:
    line: int
    customer: str
    points: int
    expires_on: date | None

    def as_fields(self) -> tuple[Any, ...]:
        return self.line, self.customer, self.points, self.expires_on

    @staticmethod
    def parse(fields: list[str]) -> "BalanceRow":
        line, customer, points, expires_on = fields
        return BalanceRow(int(line), customer, int(points), date.fromisoformat(expires_on) if expires_on else None)


class BalanceReader(RowReader[BalanceRow]):
    def __init__(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> None:
        super().__init__(columns=columns, width=width)
        self._today = now.astimezone(tenant.zone).date()
        self._days = Days(date_format=formats.date_format)

    def row(self, line: int, values: Mapping[str, str]) -> BalanceRow:
        customer = short(normal_name(values["customer"]), LONGEST_EMAIL)
        if not customer:
            raise Invalid(_("The customer is missing."))
        points = whole_points(values["points"])
        until = values.get("expires_on", "")
        expires_on = self._days.day(until) if until else None
        if expires_on is not None and expires_on < self._today:
            raise Invalid(_("These points have expired already."))
        return BalanceRow(line=line, customer=customer, points=points, expires_on=expires_on)


class Balances(Kind[BalanceRow]):
    code = Import.Kind.BALANCES
    fields = FIELDS
    dates = ("expires_on",)
    layout: ClassVar = Layout(
        columns=(
            ("line", "bigint"),
            ("customer", 'text COLLATE "C"'),
            ("points", "bigint"),
            ("expires_on", "date"),
        ),
        sorted_out=SORTED_OUT,
        parse=BalanceRow.parse,
        group=lambda row: row.customer,
    )

    def reader(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> BalanceReader:
        return BalanceReader(columns=columns, width=width, tenant=tenant, formats=formats, now=now)

    def so_far(self, import_id: int) -> Outcome:
        booked = OpeningBalance.objects.filter(source=import_id)
        return Outcome(recorded=booked.count(), points=booked.aggregate(points=Sum("points"))["points"] or 0)

    def record(self, rows: Sequence[BalanceRow], booking: Booking) -> Outcome:
        batch = _Batch(rows, booking)
        for row in rows:
            batch.sort_out(row)
        batch.write()
        return batch.outcome


# The customer and the last valid day: what an account can have one opening balance for.
Identity = tuple[int, date | None]


class _Batch:
    """Rows of balances, of whom some are known."""

    def __init__(self, rows: Sequence[BalanceRow], booking: Booking) -> None:
        self.outcome = Outcome()
        self._booking = booking
        self._customers = _customers_by_reference({row.customer for row in rows})
        customer_ids = {customer.pk for customer in self._customers.values()}
        # Another import may be at the same accounts: the unique key then has the batch tried again.
        self._booked: dict[Identity, tuple[int, int | None, int]] = {
            (customer_id, expires_on): (points, source_id, line)
            for customer_id, expires_on, points, source_id, line in OpeningBalance.objects.filter(
                account__customer__in=customer_ids
            ).values_list("account__customer_id", "expires_on", "points", "source_id", "line")
        }
        self._new: list[tuple[BalanceRow, Balance]] = []

    def sort_out(self, row: BalanceRow) -> None:
        customer = self._customers.get(row.customer)
        if customer is None:
            self._refuse(row, _("Nobody has this number, card or e-mail. Import the customers first."))
        elif customer.status != Customer.Status.ACTIVE:
            self._refuse(row, _("This customer is blocked."))
        elif not row.points:
            self.outcome.known += 1
        else:
            self._compare(row, customer)

    def write(self) -> None:
        booked = book_opening_balances(
            [balance for _row, balance in self._new], actor=self._booking.actor, now=self._booking.now
        )
        if self._booking.import_id is not None:
            bulk.insert(
                OpeningBalance,
                ("source_id", "line", "account_id", "entry_seq", "points", "expires_on"),
                (
                    (self._booking.import_id, row.line, entry.account_id, entry.seq, row.points, row.expires_on)
                    for (row, _balance), entry in zip(self._new, booked, strict=True)
                ),
            )
        self.outcome.recorded = len(booked)
        self.outcome.points = sum(balance.points for _row, balance in self._new)

    def _compare(self, row: BalanceRow, customer: Customer) -> None:
        identity = (customer.pk, row.expires_on)
        booked = self._booked.get(identity)
        if booked is None:
            self._booked[identity] = (row.points, self._booking.import_id, row.line)
            self._new.append((row, Balance(customer.pk, row.points, row.expires_on)))
            return
        points, source_id, line = booked
        if points != row.points:
            text = _("This customer already has an opening balance with this date: %(points)d points.")
            self._refuse(row, text % {"points": points})
        elif (source_id, line) != (self._booking.import_id, row.line):
            self.outcome.known += 1

    def _refuse(self, row: BalanceRow, reason: str) -> None:
        self.outcome.refusals.append(Refusal(row.line, reason))


def _customers_by_reference(references: set[str]) -> dict[str, Customer]:
    """By the shop's own number first, then by ours, by card and by e-mail."""
    found: dict[str, Customer] = {}
    tokens = {reference: token for reference in references if len(token := as_typed(reference)) == TOKEN_LENGTH}
    cards = Card.objects.filter(token__in=tokens.values(), revoked_at=None, customer__in=known_customers())
    by_token = {card.token: card.customer for card in cards.select_related("customer")}
    numbers = {reference: "".join(reference.split()) for reference in references}
    emails = {reference: reference.lower() for reference in references if "@" in reference}
    by_email = customers_by("email", emails.values())
    by_number = customers_by("number", numbers.values())
    by_external_id = customers_by("external_id", references)
    for reference in references:
        customer = (
            by_external_id.get(reference)
            or by_number.get(numbers[reference])
            or by_token.get(tokens.get(reference, ""))
            or by_email.get(emails.get(reference, ""))
        )
        if customer is not None:
            found[reference] = customer
    return found
