"""The book of one account: locked, settled, written to, and closed in one transaction."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Sum

from ledger.errors import AccountClosed, AlreadyReversed, InsufficientPoints
from ledger.models import POINTS, Account, Entry, Lot, LotUse
from ledger.settlement import settlement
from tenants.calendar import midnight
from tenants.contention import busy_if_locked
from tenants.errors import NotFound
from tenants.postgresql.reading import one
from tenants.postgresql.waiting import insert_later, update_later
from tenants.roles import SYSTEM, Actor
from tenants.scope import current_tenant

_OF_CUSTOMER = "customer_id = %s AND unit = %s"
# Those that never expire come last.
SOONEST_FIRST = (F("expires_at").asc(nulls_last=True), "id")


# Whoever gets points back from a cancelled redemption has at least so long to use them: as far ahead as the first
# reminder looks, so that they are announced once more.
GIVEN_BACK_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Voucher:
    """What an entry says about where it came from. No personal text: erasure never touches the ledger."""

    actor: Actor
    occurred_at: datetime
    explanation: list[dict[str, Any]] = field(default_factory=list)
    purchase_id: int | None = None
    redemption_id: int | None = None
    program_version_id: int | None = None
    store_id: int | None = None


class Book:
    """Writes to one account. Made by `open_book`, which holds the lock and saves the account at the end."""

    def __init__(self, account: Account, *, now: datetime) -> None:
        self.account = account
        self.now = now

    def earn(
        self,
        points: int,
        voucher: Voucher,
        *,
        kind: Entry.Kind = Entry.Kind.EARN,
        available_at: datetime,
        expires_at: datetime | None,
    ) -> Entry:
        """Credit points as a lot; one that is available at once fills a deficit first."""
        account = self.account
        is_pending = available_at > self.now
        deficit = 0 if is_pending else min(max(-account.balance, 0), points)
        entry = self._append(kind, points, voucher)
        seq = account.last_seq
        lot = self._add_lot(
            account_id=account.pk,
            entry_seq=seq,
            points=points,
            remaining=points,
            is_pending=is_pending,
            available_at=available_at,
            expires_at=expires_at,
        )
        if deficit:
            self._use(seq, [(lot, deficit)])
        if is_pending:
            account.pending += points
        else:
            account.balance += points
        if kind == Entry.Kind.EARN:
            account.lifetime_earned += points
        self._due(available_at if is_pending else None, expires_at if deficit < points else None)
        return entry

    def spend(self, points: int, voucher: Voucher, *, kind: Entry.Kind = Entry.Kind.REDEEM) -> Entry:
        """Debit available points, soonest-expiring first. Raises InsufficientPoints."""
        if points > self.account.balance:
            raise InsufficientPoints(balance=self.account.balance, points=points)
        entry = self._append(kind, -points, voucher)
        self._use(entry.seq, self._drawn(self._available_lots(), points))
        self.account.balance -= points
        return entry

    def take_back(self, original: Entry, points: int, voucher: Voucher, *, kind: Entry.Kind) -> Entry | None:
        """Take back points of an earlier award: from its own lots, then from others, the rest becomes a deficit.

        What has expired of the award is gone already and not taken a second time; None where nothing is left to take.
        The award may stand on an account that has been merged into this one.

        Raises AlreadyReversed where less than `points` of the award is left to reverse.
        """
        if points > original.points - self._already_reversed(original):
            raise AlreadyReversed
        points -= min(self._expired_of(original), points)
        if not points:
            return None
        drawn = self._drawn(self._own_lots(original), points)
        rest = points - sum(taken for _, taken in drawn)
        if rest:
            drawn += self._drawn(self._other_lots(original), rest)
        # A key leads from one entry to another of the same account; to a merged one leads the purchase.
        here = original.account_id == self.account.pk
        entry = self._append(kind, -points, voucher, reverses=original.seq if here else None)
        from_pending = sum(taken for lot, taken in drawn if lot.is_pending)
        self._use(entry.seq, drawn)
        self.account.pending -= from_pending
        self.account.balance -= points - from_pending
        if original.kind == Entry.Kind.EARN:
            self.account.lifetime_earned -= points
        return entry

    def give_back(self, original: Entry, voucher: Voucher) -> Entry:
        """Cancel a redemption, once: its points return to the lots that they came from, after filling a deficit.

        A lot that has ended meanwhile, or will within GIVEN_BACK_FOR, is replaced by one that lasts so long; so is one
        that a merge has left behind, with its own dates. Raises AlreadyReversed.
        """
        account, points = self.account, -original.points
        here = original.account_id == account.pk
        assert here or original.redemption_id is not None, "nothing else leads to what a merge has left behind"
        if self._is_given_back(original):
            raise AlreadyReversed
        owed = min(max(-account.balance, 0), points)
        entry = self._append(Entry.Kind.VOID, points, voucher, reverses=original.seq if here else None)
        least = end_of_day(self.now + GIVEN_BACK_FOR)
        for lot, taken in self._taken_by(original):
            paid = min(owed, taken)
            owed -= paid
            lasts = lot.expires_at is None or lot.expires_at >= least
            if here and lasts:
                back = lot
                if taken > paid:
                    self._use(entry.seq, [(lot, paid - taken)])
            else:
                back = self._renewed(lot, taken, entry, expires_at=lot.expires_at if lasts else least)
                if paid:
                    self._use(entry.seq, [(back, paid)])
            self._due(back.expires_at)
        account.balance += points
        return entry

    def standing_of(self, original: Entry) -> tuple[int, int]:
        """How many points of an award have not been taken back, and how many of its points have expired."""
        return original.points - self._already_reversed(original), self._expired_of(original)

    def hand_over(self, to: "Book", voucher: Voucher) -> None:
        """Move all points and any deficit to another account, a pair of transfers each, and close this one.

        Lots keep when they become available and when they expire, and which entry has earned them.
        """
        account = self.account
        lots = list(Lot.objects.filter(account=account, remaining__gt=0).order_by("id"))
        moving = [(lot, lot.remaining) for lot in lots]
        points = sum(remaining for _, remaining in moving)
        if points:
            entry = self._append(Entry.Kind.TRANSFER, -points, _moved(voucher, "moved_to", to.account, -points))
            self._use(entry.seq, moving)
            account.balance -= points - account.pending
            account.pending = 0
            to._take_over(moving, _moved(voucher, "moved_from", account, points))
        if deficit := -account.balance:
            self._append(Entry.Kind.TRANSFER, deficit, _moved(voucher, "moved_to", to.account, deficit))
            account.balance = 0
            to._owe(deficit, _moved(voucher, "moved_from", account, -deficit))
        to.account.lifetime_earned += account.lifetime_earned
        account.lifetime_earned = 0
        account.next_due_at = None
        account.closed_at = self.now

    def _renewed(self, lot: Lot, points: int, entry: Entry, *, expires_at: datetime | None) -> Lot:
        """A lot that stands for another one, also where its award is taken back."""
        return self._add_lot(
            account_id=self.account.pk,
            entry_seq=entry.seq,
            origin_account_id=lot.origin_account_id or lot.account_id,
            origin_seq=lot.origin_seq or lot.entry_seq,
            points=points,
            remaining=points,
            is_pending=False,
            available_at=lot.available_at,
            expires_at=expires_at,
        )

    def _take_over(self, moved: list[tuple[Lot, int]], voucher: Voucher) -> None:
        account = self.account
        entry = self._append(Entry.Kind.TRANSFER, sum(points for _, points in moved), voucher)
        lots = [
            self._add_lot(
                account_id=account.pk,
                entry_seq=entry.seq,
                origin_account_id=lot.origin_account_id or lot.account_id,
                origin_seq=lot.origin_seq or lot.entry_seq,
                points=points,
                remaining=points,
                is_pending=lot.is_pending,
                available_at=lot.available_at,
                expires_at=lot.expires_at,
            )
            for lot, points in moved
        ]
        available = [lot for lot in lots if not lot.is_pending]
        self._use(entry.seq, self._drawn(sorted(available, key=_soonest_first), max(-account.balance, 0)))
        account.balance += sum(lot.points for lot in available)
        account.pending += sum(lot.points for lot in lots if lot.is_pending)
        self._due(*(lot.available_at for lot in lots if lot.is_pending), *(lot.expires_at for lot in lots))

    def _owe(self, points: int, voucher: Voucher) -> None:
        """A deficit that comes along is paid with what is there; the rest stays one."""
        entry = self._append(Entry.Kind.TRANSFER, -points, voucher)
        self._use(entry.seq, self._drawn(self._available_lots(), points))
        self.account.balance -= points

    def settle(self) -> None:
        """Apply what time has done: due lots become available, overdue ones expire with an entry per expiry date."""
        account = self.account
        if account.next_due_at is None or account.next_due_at > self.now:
            return
        lots = self._due_lots()
        result = settlement(balance=account.balance, pending=account.pending, lots=lots, now=self.now)
        for position in result.matured:
            lots[position].is_pending = False
        self._save_lots([lots[position] for position in result.matured], "is_pending")
        for position, points in result.filled:
            self._use(lots[position].entry_seq, [(lots[position], points)])
        account.pending = result.pending
        # What expires leaves entry by entry; to the running sum it is all one whether it had been pending.
        account.balance = result.balance + sum(points for _, points in result.expired)
        self._expire([(lots[position], points) for position, points in result.expired])
        account.next_due_at = self._next_due()

    def _expire(self, expired: list[tuple[Lot, int]]) -> None:
        by_date: dict[datetime, list[tuple[Lot, int]]] = {}
        for lot, points in expired:
            assert lot.expires_at is not None
            by_date.setdefault(lot.expires_at, []).append((lot, points))
        for expires_at, uses in sorted(by_date.items()):
            points = sum(taken for _, taken in uses)
            self._append(Entry.Kind.EXPIRE, -points, Voucher(actor=SYSTEM, occurred_at=expires_at))
            self._use(self.account.last_seq, uses)
            self.account.balance -= points

    def _append(self, kind: Entry.Kind, points: int, voucher: Voucher, *, reverses: int | None = None) -> Entry:
        account = self.account
        account.last_seq += 1
        return self._add_entry(
            voucher,
            account_id=account.pk,
            seq=account.last_seq,
            kind=kind,
            points=points,
            balance_after=account.balance + account.pending + points,
            reverses=reverses,
        )

    def _drawn(self, lots: Iterable[Lot], points: int) -> list[tuple[Lot, int]]:
        drawn = []
        for lot in lots:
            if not points:
                break
            taken = min(lot.remaining, points)
            drawn.append((lot, taken))
            points -= taken
        return drawn

    def _use(self, entry_seq: int, drawn: list[tuple[Lot, int]]) -> None:
        """Lower the lots and record by which entry."""
        for lot, taken in drawn:
            lot.remaining -= taken
        self._save_lots([lot for lot, _ in drawn], "remaining")
        self._add_uses(entry_seq, drawn)

    def _due(self, *moments: datetime | None) -> None:
        due = [moment for moment in (self.account.next_due_at, *moments) if moment is not None]
        self.account.next_due_at = min(due, default=None)

    # What follows reads and writes at once; a book of a batch does it in memory.

    def _available_lots(self) -> Iterable[Lot]:
        return self._open_lots().order_by(*SOONEST_FIRST)

    def _open_lots(self) -> QuerySet[Lot]:
        return Lot.objects.filter(account=self.account, remaining__gt=0, is_pending=False)

    def _own_lots(self, original: Entry) -> Iterable[Lot]:
        """What is left of an award, the part that is not yet available first."""
        own = Lot.objects.filter(_earned_by(original), account=self.account, remaining__gt=0)
        return own.order_by("-is_pending", "id")

    def _other_lots(self, original: Entry) -> Iterable[Lot]:
        own = Lot.objects.filter(_earned_by(original)).values("pk")
        return self._open_lots().exclude(pk__in=own).order_by(*SOONEST_FIRST)

    def _expired_of(self, original: Entry) -> int:
        """On every account on which its lots have lain."""
        lots = dict(Lot.objects.filter(_earned_by(original)).values_list("pk", "account_id"))
        expired = Entry.objects.filter(account=OuterRef("account"), seq=OuterRef("entry_seq"), kind=Entry.Kind.EXPIRE)
        uses = LotUse.objects.filter(Exists(expired), account__in=set(lots.values()), lot__in=lots)
        return uses.aggregate(points=Sum("points"))["points"] or 0

    def _already_reversed(self, original: Entry) -> int:
        reversals = Entry.objects.filter(account=original.account_id, reverses=original.seq)
        points = reversals.aggregate(points=Sum("points"))["points"] or 0
        if original.purchase_id is not None:
            kinds = (Entry.Kind.VOID, Entry.Kind.RETURN)
            after_a_merge = Entry.objects.filter(purchase_id=original.purchase_id, kind__in=kinds, reverses=None)
            same_unit = after_a_merge.filter(account__unit=self.account.unit)
            points += same_unit.aggregate(points=Sum("points"))["points"] or 0
        return -points

    def _taken_by(self, original: Entry) -> list[tuple[Lot, int]]:
        """From which lots a redemption has taken how much, soonest-expiring first."""
        uses = LotUse.objects.filter(account=original.account_id, entry_seq=original.seq).select_related("lot")
        return sorted(((use.lot, use.points) for use in uses), key=lambda use: _soonest_first(use[0]))

    def _is_given_back(self, original: Entry) -> bool:
        voids = Entry.objects.filter(kind=Entry.Kind.VOID)
        if voids.filter(account=original.account_id, reverses=original.seq).exists():
            return True
        after_a_merge = Q(
            redemption_id=original.redemption_id, redemption_id__isnull=False, account__unit=self.account.unit
        )
        return voids.filter(after_a_merge).exists()

    def _add_entry(self, voucher: Voucher, **figures: Any) -> Any:
        entry = Entry(
            purchase_id=voucher.purchase_id,
            redemption_id=voucher.redemption_id,
            program_version_id=voucher.program_version_id,
            explanation=voucher.explanation,
            actor=voucher.actor.reference,
            device_id=voucher.actor.device_id,
            store_id=voucher.store_id,
            occurred_at=voucher.occurred_at,
            created_at=self.now,
            **figures,
        )
        insert_later(entry)
        return entry

    def _add_lot(self, **figures: Any) -> Any:
        lot = Lot(**figures)
        if self.account.balance < 0:
            # It fills the deficit, and what is taken from it says so by its id.
            lot.save(force_insert=True)
        else:
            insert_later(lot)
        return lot

    def _add_uses(self, entry_seq: int, drawn: list[tuple[Lot, int]]) -> None:
        LotUse.objects.bulk_create(
            LotUse(account=self.account, entry_seq=entry_seq, lot=lot, points=taken) for lot, taken in drawn
        )

    def _save_lots(self, lots: list[Lot], field: str) -> None:
        Lot.objects.bulk_update(lots, [field])

    def _due_lots(self) -> list[Lot]:
        return list(due_lots(now=self.now).filter(account=self.account).order_by("id"))

    def _next_due(self) -> datetime | None:
        left = Lot.objects.filter(account=self.account, remaining__gt=0)
        moments = left.aggregate(matures=Min("available_at", filter=Q(is_pending=True)), expires=Min("expires_at"))
        return min((moment for moment in moments.values() if moment is not None), default=None)


def end_of_day(moment: datetime) -> datetime:
    """The first moment of the next day of the shop's calendar."""
    zone = current_tenant().zone
    return midnight(moment.astimezone(zone).date() + timedelta(days=1), zone=zone)


def due_lots(*, now: datetime) -> QuerySet[Lot]:
    """Lots that settling would change."""
    due = Q(is_pending=True, available_at__lte=now) | Q(expires_at__lte=now)
    return Lot.objects.filter(due, remaining__gt=0)


def open_book(account_id: int, *, now: datetime) -> AbstractContextManager[Book]:
    """Lock an account for writing, settle it, and save it when the block ends without an error."""
    return _opened("id = %s", account_id, now=now)


def open_book_of(customer_id: int, *, now: datetime, unit: str = POINTS) -> AbstractContextManager[Book]:
    """The same for a customer's points. Raises NotFound, and AccountClosed where the customer has left.

    Another unit is opened behind the lock of the points, which is the customer's.
    """
    return _opened(_OF_CUSTOMER, customer_id, unit, now=now, closed_too=False)


def open_any_book_of(customer_id: int, *, now: datetime, unit: str = POINTS) -> AbstractContextManager[Book]:
    """The same for a customer who may have left: what was booked can still be voided."""
    return _opened(_OF_CUSTOMER, customer_id, unit, now=now)


@contextmanager
def open_books_of(customer_ids: Collection[int], *, now: datetime, unit: str = POINTS) -> Iterator[dict[int, Book]]:
    """Several customers' points by customer id, locked in key order. Raises NotFound, AccountClosed."""
    with busy_if_locked(), transaction.atomic():
        books: dict[int, Book] = {}
        for account in _accounts_of(customer_ids, unit).select_for_update(no_key=True).order_by("id"):
            books.setdefault(account.customer_id, Book(account, now=now))
        if len(books) < len(set(customer_ids)):
            raise NotFound
        for book in books.values():
            _refuse_closed(book.account)
            book.settle()
        yield books
        for book in books.values():
            update_later(book.account)


@contextmanager
def _opened(condition: str, *params: Any, now: datetime, closed_too: bool = True) -> Iterator[Book]:
    with busy_if_locked(), transaction.atomic():
        account = one(Account, f"{condition} ORDER BY id LIMIT 1 FOR NO KEY UPDATE", *params)
        if account is None:
            raise NotFound
        if not closed_too:
            _refuse_closed(account)
        book = Book(account, now=now)
        book.settle()
        yield book
        update_later(account)


def _accounts_of(customer_ids: Collection[int], unit: str) -> QuerySet[Account]:
    return Account.objects.filter(customer_id__in=customer_ids, unit=unit)


def _refuse_closed(account: Account) -> None:
    if account.closed_at is not None:
        raise AccountClosed


def _earned_by(entry: Entry) -> Q:
    """The lots of an award, also those that a merge has moved."""
    own = Q(account=entry.account_id, entry_seq=entry.seq)
    return own | Q(origin_account_id=entry.account_id, origin_seq=entry.seq)


def _soonest_first(lot: Lot) -> tuple[bool, datetime, int]:
    """SOONEST_FIRST for lots in memory."""
    return lot.expires_at is None, lot.expires_at or lot.available_at, lot.pk


def _moved(voucher: Voucher, rule: str, other: Account, points: int) -> Voucher:
    return replace(voucher, explanation=[{"rule": rule, "account": other.pk, "points": points}])
