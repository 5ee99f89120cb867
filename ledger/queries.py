"""Reading the ledger: the same arithmetic as settling, without writing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from customers.models import Customer
from ledger.models import POINTS, Account, Entry, Lot
from ledger.settlement import settlement
from tenants.errors import NotFound
from tenants.postgresql.planning import without_nested_loops
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Figures:
    """Points at a moment: spendable now, and earned but not yet available."""

    balance: int
    pending: int


@dataclass(frozen=True, slots=True)
class Expiring:
    points: int
    expires_at: datetime

    @property
    def last_day(self) -> date:
        """On which the points are still valid."""
        return (self.expires_at.astimezone(current_tenant().zone) - timedelta(microseconds=1)).date()


def account_of(customer: Customer) -> Account:
    """The customer's points account. Raises NotFound."""
    account = Account.objects.filter(customer=customer, unit=POINTS).order_by("id").first()
    if account is None:
        raise NotFound
    return account


def accounts_of(customers: Iterable[Customer]) -> dict[int, Account]:
    """The points account of each customer, by customer id, in one query."""
    accounts = Account.objects.filter(customer__in=list(customers), unit=POINTS)
    return {account.customer_id: account for account in accounts}


def other_accounts(customer_id: int) -> dict[str, Account]:
    """A customer's accounts in other units than points, by unit."""
    accounts = Account.objects.filter(customer=customer_id).exclude(unit=POINTS).order_by("id")
    return {account.unit: account for account in accounts}


def figures(account: Account, *, now: datetime) -> Figures:
    """What a page may show: never a point that is no longer there."""
    return figures_of([account], now=now)[account.pk]


def figures_of(accounts: Iterable[Account], *, now: datetime) -> dict[int, Figures]:
    """The same for many accounts, by account id, in one query at the most."""
    shown = list(accounts)
    lots: dict[int, list[Lot]] = {account.pk: [] for account in shown if _is_due(account, now)}
    if lots:
        for lot in Lot.objects.filter(account__in=list(lots), remaining__gt=0).order_by("id"):
            lots[lot.account_id].append(lot)
    found = {}
    for account in shown:
        due = lots.get(account.pk, [])
        result = settlement(balance=account.balance, pending=account.pending, lots=due, now=now)
        found[account.pk] = Figures(result.balance, result.pending)
    return found


def _is_due(account: Account, now: datetime) -> bool:
    return account.next_due_at is not None and account.next_due_at <= now


def expiring(account: Account, *, now: datetime) -> list[Expiring]:
    """Points that will expire, by moment, soonest first."""
    lots = Lot.objects.filter(account=account, remaining__gt=0, expires_at__gt=now)
    sums = lots.values("expires_at").annotate(points=Sum("remaining")).order_by("expires_at")
    return [Expiring(points=row["points"], expires_at=row["expires_at"]) for row in sums if row["expires_at"]]


def expiring_in(accounts: Iterable[Account], *, now: datetime) -> dict[int, list[Expiring]]:
    """The same for many accounts, by account id, in one query."""
    lots = Lot.objects.filter(account__in=list(accounts), remaining__gt=0, expires_at__gt=now)
    found: dict[int, list[Expiring]] = {}
    sums = lots.values("account_id", "expires_at").annotate(points=Sum("remaining")).order_by("expires_at")
    for row in sums:
        assert row["expires_at"] is not None
        found.setdefault(row["account_id"], []).append(Expiring(points=row["points"], expires_at=row["expires_at"]))
    return found


def expiring_lots(*, now: datetime, days: int) -> QuerySet[Lot]:
    """What is left of points that expire within so many days, of accounts that are still open."""
    lots = Lot.objects.filter(remaining__gt=0, expires_at__gt=now, expires_at__lte=now + timedelta(days=days))
    return lots.filter(account__unit=POINTS, account__closed_at=None)


def open_points() -> tuple[int, int]:
    """What the shop still owes: points, spendable or pending, and how many customers have some."""
    owed = Account.objects.filter(Q(balance__gt=0) | Q(pending__gt=0), unit=POINTS)
    sums = owed.aggregate(balance=Sum("balance"), pending=Sum("pending"), holders=Count("pk"))
    return (sums["balance"] or 0) + (sums["pending"] or 0), sums["holders"]


def entries(account: Account, *, before_seq: int | None = None) -> QuerySet[Entry]:
    """Newest first."""
    rows = Entry.objects.filter(account=account).select_related("store", "device").order_by("-seq")
    return rows if before_seq is None else rows.filter(seq__lt=before_seq)


def reversed_seqs(account: Account, seqs: list[int]) -> set[int]:
    """Which of these entries have been voided."""
    voids = Entry.objects.filter(Q(kind=Entry.Kind.VOID), account=account, reverses__in=seqs)
    return {entry.reverses for entry in voids if entry.reverses is not None}


def unsound_accounts() -> dict[int, list[str]]:
    """Accounts of this tenant that break an invariant of the ledger, with the names of what they break."""
    with connection.cursor() as cursor, without_nested_loops(cursor):
        cursor.execute(_PROOF)
        return dict(cursor.fetchall())


_PROOF = """
WITH entry AS (
    SELECT account_id, count(*) AS entries, max(seq) AS last_seq, sum(points) AS points,
           bool_and(balance_after = running) AS runs
      FROM (SELECT account_id, seq, points, balance_after,
                   sum(points) OVER (PARTITION BY account_id ORDER BY seq) AS running
              FROM ledger_entry) AS e
     GROUP BY account_id
), used AS (
    SELECT lot_id, sum(points) AS points FROM ledger_lotuse GROUP BY lot_id
), lot AS (
    SELECT account_id,
           sum(remaining) FILTER (WHERE NOT is_pending) AS available,
           sum(remaining) FILTER (WHERE is_pending) AS pending,
           bool_and(l.points - l.remaining = coalesce(u.points, 0)) AS explained
      FROM ledger_lot AS l LEFT JOIN used AS u ON u.lot_id = l.id
     GROUP BY account_id
), checked AS (
    SELECT a.id, array_remove(ARRAY[
        CASE WHEN coalesce(e.points, 0) <> a.balance + a.pending THEN 'sum of entries' END,
        CASE WHEN coalesce(e.entries, 0) <> a.last_seq OR coalesce(e.last_seq, 0) <> a.last_seq THEN 'sequence' END,
        CASE WHEN NOT coalesce(e.runs, true) THEN 'running sum' END,
        CASE WHEN coalesce(l.available, 0) <> greatest(a.balance, 0) THEN 'available lots' END,
        CASE WHEN coalesce(l.pending, 0) <> a.pending THEN 'pending lots' END,
        CASE WHEN NOT coalesce(l.explained, true) THEN 'uses of lots' END
    ], NULL) AS broken
      FROM ledger_account AS a LEFT JOIN entry AS e ON e.account_id = a.id LEFT JOIN lot AS l ON l.account_id = a.id
)
SELECT id, broken FROM checked WHERE broken <> '{}' ORDER BY id
"""
