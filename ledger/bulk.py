"""Many accounts written at once: the rules of `Book`, kept in memory, and one statement per table at the end."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Min, Q

from ledger.book import Book, Voucher, due_lots
from ledger.errors import AccountClosed
from ledger.models import POINTS, Account, Entry, Lot, LotUse
from tenants import bulk

ENTRY = (
    *("account_id", "seq", "kind", "points", "balance_after", "purchase_id", "redemption_id", "reverses"),
    *("program_version_id", "explanation", "actor", "device_id", "store_id", "occurred_at", "created_at"),
)
LOT = ("account_id", "entry_seq", "points", "remaining", "is_pending", "available_at", "expires_at")
ACCOUNT = (
    *("customer_id", "program_id", "tier_id", "unit", "opened_at"),
    *("balance", "pending", "last_seq", "lifetime_earned"),
    *("qualifying_points", "qualifying_spend", "qualifying_visits", "lifetime_spend", "lifetime_visits"),
)
NOTHING_YET = (0,) * 9
LOT_USE = ("account_id", "entry_seq", "lot_id", "points")
# What a book changes on its account, with the counters that programmes keep there.
STATE = (
    *("balance", "pending", "last_seq", "lifetime_earned", "qualifying_points", "qualifying_spend"),
    *("qualifying_visits", "lifetime_spend", "lifetime_visits", "tier_id", "next_due_at"),
    *("qualifying_window", "qualifying_since", "start_rank", "kept_rank", "kept_until"),
)

NEVER = datetime.max.replace(tzinfo=UTC)

# How much of each award has expired, and how much of it has been taken back.
EXPIRED = """
SELECT u.account_id, CASE WHEN l.origin_account_id = u.account_id THEN l.origin_seq ELSE l.entry_seq END AS earned_by,
       sum(u.points)
  FROM ledger_lotuse AS u
  JOIN ledger_entry AS e ON e.account_id = u.account_id AND e.seq = u.entry_seq AND e.kind = 'expire'
  JOIN ledger_lot AS l ON l.id = u.lot_id
 WHERE u.account_id = ANY(%s)
 GROUP BY u.account_id, earned_by
"""
REVERSED = """
SELECT account_id, reverses, -sum(points)
  FROM ledger_entry
 WHERE account_id = ANY(%s) AND reverses IS NOT NULL
 GROUP BY account_id, reverses
"""

_account_row = attrgetter("id", *STATE)
_lot_row = attrgetter(*LOT)


@dataclass(slots=True)
class NewLot:
    """A lot that is not yet written."""

    account_id: int
    entry_seq: int
    points: int
    remaining: int
    is_pending: bool
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that is not yet written."""

    seq: int
    points: int


class BatchBook(Book):
    """A book that is kept in memory; it knows its own new lots and those it was given: due ones, or all open ones."""

    def __init__(self, account: Account, *, lots: list[Lot], later: datetime | None, now: datetime) -> None:
        super().__init__(account, now=now)
        self.entries: list[tuple[Any, ...]] = []
        self.lots = lots
        self.new_lots: list[NewLot] = []
        self.changed: dict[int, Lot] = {}
        self.uses: list[tuple[int, Lot | NewLot, int]] = []
        self.expired: Counter[int] = Counter()
        self.reversed: Counter[int] = Counter()
        self._later = later
        self._by_entry: dict[int, list[Lot]] | None = None
        self._soonest_first: list[Lot] | None = None

    def _add_entry(self, voucher: Voucher, **figures: Any) -> NewEntry:
        self.entries.append(
            (
                figures["account_id"],
                figures["seq"],
                figures["kind"],
                figures["points"],
                figures["balance_after"],
                voucher.purchase_id,
                voucher.redemption_id,
                figures["reverses"],
                voucher.program_version_id,
                json.dumps(voucher.explanation),
                voucher.actor.reference,
                voucher.actor.device_id,
                voucher.store_id,
                voucher.occurred_at,
                self.now,
            )
        )
        return NewEntry(figures["seq"], figures["points"])

    def _add_lot(self, **figures: Any) -> NewLot:
        lot = NewLot(**figures)
        self.new_lots.append(lot)
        return lot

    def _add_uses(self, entry_seq: int, drawn: Sequence[tuple[Any, int]]) -> None:
        self.uses += [(entry_seq, lot, points) for lot, points in drawn]

    def _save_lots(self, lots: Sequence[Any], field: str) -> None:
        """They are written with the book."""
        self.changed |= {lot.pk: lot for lot in lots if isinstance(lot, Lot)}

    def _expire(self, expired: list[tuple[Any, int]]) -> None:
        super()._expire(expired)
        for lot, points in expired:
            self.expired[_earned_by(lot)] += points

    def _due_lots(self) -> list[Any]:
        return [lot for lot in self._known_lots() if lot.remaining and _is_due(lot, self.now)]

    def _known_lots(self) -> list[Lot | NewLot]:
        return [*self.lots, *self.new_lots]

    def _available_lots(self) -> Iterable[Any]:
        """Of those that it knows."""
        available = (lot for lot in self._known_lots() if lot.remaining and not lot.is_pending)
        return sorted(available, key=lambda lot: lot.expires_at or NEVER)

    def _own_lots(self, original: Entry) -> Iterable[Lot]:
        if self._by_entry is None:
            self._by_entry = defaultdict(list)
            for lot in self.lots:
                self._by_entry[_earned_by(lot)].append(lot)
        own = [lot for lot in self._by_entry[original.seq] if lot.remaining]
        return sorted(own, key=lambda lot: (not lot.is_pending, lot.pk))

    def _other_lots(self, original: Entry) -> Iterable[Lot]:
        if self._soonest_first is None:
            self._soonest_first = sorted(self.lots, key=lambda lot: (lot.expires_at or NEVER, lot.pk))
        others = (lot for lot in self._soonest_first if _earned_by(lot) != original.seq)
        return (lot for lot in others if lot.remaining and not lot.is_pending)

    def _expired_of(self, original: Entry) -> int:
        return self.expired[original.seq]

    def _already_reversed(self, original: Entry) -> int:
        return self.reversed[original.seq]

    def _next_due(self) -> datetime | None:
        moments = [self._later]
        for lot in self._known_lots():
            if lot.remaining:
                moments += [lot.available_at if lot.is_pending else None, lot.expires_at]
        return min((moment for moment in moments if moment is not None), default=None)


def open_accounts(
    customer_ids: Iterable[int], *, program_id: int, tier_id: int | None, now: datetime, unit: str = POINTS
) -> None:
    """For those customers that have none yet."""
    rows = [(pk, program_id, tier_id, unit, now, *NOTHING_YET) for pk in sorted(customer_ids)]
    bulk.insert_returning(Account, ACCOUNT, rows, known_by=("customer_id",), skip_conflicts=True)


def lock_books(customer_ids: Collection[int], *, now: datetime, unit: str = POINTS) -> dict[int, BatchBook]:
    """Lock the customers' points accounts in key order and settle them; books by customer id. Raises AccountClosed."""
    accounts = _locked_accounts(customer_ids, unit)
    if any(account.closed_at for account in accounts.values()):
        raise AccountClosed
    overdue = [account.pk for account in accounts.values() if account.next_due_at and account.next_due_at <= now]
    due, later = _due_lots_of(overdue, now=now), _later_changes_of(overdue, now=now)
    books = {}
    for customer_id, account in accounts.items():
        next_change = later.get(account.pk, account.next_due_at)
        books[customer_id] = BatchBook(account, lots=due[account.pk], later=next_change, now=now)
        books[customer_id].settle()
    return books


def lock_books_for_reversals(
    customer_ids: Collection[int], *, now: datetime, unit: str = POINTS
) -> dict[int, BatchBook]:
    """The same with all open lots and the past of every award, so that points can be taken back; of closed ones too."""
    accounts = _locked_accounts(customer_ids, unit)
    lots = _open_lots_of([account.pk for account in accounts.values()])
    books = {
        account.pk: BatchBook(account, lots=lots[account.pk], later=None, now=now) for account in accounts.values()
    }
    with connection.cursor() as cursor:
        cursor.execute(EXPIRED, [list(books)])
        for account_id, seq, points in cursor.fetchall():
            books[account_id].expired[seq] = int(points)
        cursor.execute(REVERSED, [list(books)])
        for account_id, seq, points in cursor.fetchall():
            books[account_id].reversed[seq] = int(points)
    for book in books.values():
        book.settle()
    return {book.account.customer_id: book for book in books.values()}


def reverse(book: BatchBook, original: Entry, voucher: Voucher) -> int:
    """Take back what is left of an award; the points that this took."""
    left = original.points - book.reversed[original.seq]
    taken = book.take_back(original, left, voucher, kind=Entry.Kind.VOID) if left > 0 else None
    if taken is None:
        return 0
    book.reversed[original.seq] -= taken.points
    return -taken.points


def write_books(books: Collection[BatchBook]) -> None:
    """Settle the books and write what happened in them."""
    for book in books:
        book.settle()
    bulk.insert(Entry, ENTRY, (entry for book in books for entry in book.entries))
    bulk.update(
        Lot,
        ("remaining", "is_pending"),
        ((lot.pk, lot.remaining, lot.is_pending) for book in books for lot in book.changed.values()),
    )
    lots = [lot for book in books for lot in book.new_lots]
    bulk.insert(Lot, LOT, (_lot_row(lot) for lot in lots if lot.remaining == lot.points))
    used = (_lot_row(lot) for lot in lots if lot.remaining < lot.points)
    ids = bulk.insert_returning(Lot, LOT, used, known_by=("account_id", "entry_seq"))
    uses = (
        (book.account.pk, entry_seq, lot.pk if isinstance(lot, Lot) else ids[lot.account_id, lot.entry_seq], points)
        for book in books
        for entry_seq, lot, points in book.uses
    )
    bulk.insert(LotUse, LOT_USE, uses)
    bulk.update(Account, STATE, (_account_row(book.account) for book in books))


def _locked_accounts(customer_ids: Collection[int], unit: str) -> Mapping[int, Account]:
    """By customer; the first account of each, in key order."""
    accounts: dict[int, Account] = {}
    rows = Account.objects.filter(customer_id__in=customer_ids, unit=unit).order_by("id")
    for account in rows.select_for_update(no_key=True):
        accounts.setdefault(account.customer_id, account)
    return accounts


def _earned_by(lot: Lot | NewLot) -> int:
    """Which entry of its account has earned it; one that stands for another lot says so."""
    stands_for = lot.origin_seq if isinstance(lot, Lot) and lot.origin_account_id == lot.account_id else None
    return stands_for or lot.entry_seq


def _is_due(lot: Lot | NewLot, now: datetime) -> bool:
    matures = lot.is_pending and lot.available_at <= now
    return matures or (lot.expires_at is not None and lot.expires_at <= now)


def _due_lots_of(account_ids: list[int], *, now: datetime) -> dict[int, list[Lot]]:
    lots: dict[int, list[Lot]] = defaultdict(list)
    if account_ids:
        for lot in due_lots(now=now).filter(account_id__in=account_ids).order_by("id"):
            lots[lot.account_id].append(lot)
    return lots


def _later_changes_of(account_ids: list[int], *, now: datetime) -> dict[int, datetime | None]:
    """For accounts with due lots: the next change of their other lots."""
    later: dict[int, datetime | None] = dict.fromkeys(account_ids)
    if account_ids:
        left = Lot.objects.filter(account_id__in=account_ids, remaining__gt=0).values("account_id").order_by()
        matures = Min("available_at", filter=Q(is_pending=True, available_at__gt=now))
        expires = Min("expires_at", filter=Q(expires_at__gt=now))
        for row in left.annotate(matures=matures, expires=expires):
            moments = (row["matures"], row["expires"])
            later[row["account_id"]] = min((moment for moment in moments if moment is not None), default=None)
    return later


def _open_lots_of(account_ids: list[int]) -> dict[int, list[Lot]]:
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in Lot.objects.filter(account_id__in=account_ids, remaining__gt=0).order_by("id"):
        lots[lot.account_id].append(lot)
    return lots
