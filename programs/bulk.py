"""Recording the purchases of a log: by the same rules as one at a time, written together."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers.models import Customer, new_public_id
from ledger.book import Voucher
from ledger.bulk import BatchBook, lock_books, open_accounts, write_books
from ledger.models import Account
from programs.customer_stats import mark_all
from programs.earning import Earning, PurchaseFacts, Terms, TierTerms, earning
from programs.errors import ReceiptAlreadyRecorded
from programs.facts import CLOCK_TOLERANCE, as_stored, facts_of, refuse_blocked, refuse_future
from programs.holding import bring_forward, tier_before, tier_of
from programs.limits import Given, given_by, locked_given_to
from programs.models import Purchase, PurchaseLine
from programs.rules import Channel, LineFacts, Rule
from programs.services import count_purchase, credit
from programs.stamping import Stamping, stamping
from programs.terms import stamps_expire_at, terms_at, timeline
from tenants import bulk
from tenants.calendar import day_of
from tenants.errors import DomainError
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed

PURCHASE = (
    *("public_id", "customer_id", "store_id", "program_version_id", "total", "currency", "points", "receipt_number"),
    *("purchased_at", "purchased_on", "recorded_at", "actor", "import_key", "import_id", "facts"),
)
LINE = ("purchase_id", "index", "sku", "name", "category", "quantity", "total")


@dataclass(frozen=True, slots=True)
class PastPurchase:
    """A purchase as a log tells it; `import_key` says which row of which log it is."""

    customer: Customer
    total: int
    purchased_at: datetime
    import_key: bytes
    store_id: int | None = None
    receipt_number: str | None = None
    quantity: Decimal | None = None

    @property
    def lines(self) -> list[LineFacts]:
        return [] if self.quantity is None else [LineFacts(total=self.total, quantity=self.quantity)]


class _Award(NamedTuple):
    past: PastPurchase
    book: BatchBook
    terms: Terms
    earned: Earning
    facts: dict[str, Any]
    stamps: tuple[Stamping, ...]


@dataclass(slots=True)
class Recorded:
    """What became of a batch."""

    purchases: int = 0
    points: int = 0
    known: int = 0
    refused: list[tuple[PastPurchase, DomainError]] = field(default_factory=list)


def record_past_purchases(
    purchases: Sequence[PastPurchase], *, actor: Actor, now: datetime, import_id: int | None = None
) -> Recorded:
    """Record those purchases that are not yet known and credit what they earn by the rules of their dates.

    The purchases of a customer must come in date order. No events are published: a log is one event, not thousands.
    """
    refuse_closed()
    batch = _Batch(actor=actor, now=now, import_id=import_id)
    with transaction.atomic():
        books = books_of({purchase.customer.pk for purchase in purchases}, now=now)
        batch.bring_forward([book.account for book in books.values()], purchases)
        batch.account_ids = [book.account.pk for book in books.values()]
        known = _known_keys(purchases)
        receipts = _known_receipts(purchases)
        for purchase in purchases:
            if purchase.import_key in known:
                batch.result.known += 1
                continue
            try:
                batch.check(purchase, receipts)
            except DomainError as refusal:
                batch.result.refused.append((purchase, refusal))
                continue
            batch.add(purchase, books[purchase.customer.pk])
        batch.write()
    return batch.result


class _Batch:
    """Purchases with what they earn, until they are written."""

    def __init__(self, *, actor: Actor, now: datetime, import_id: int | None) -> None:
        self.actor = actor
        self.now = now
        self.import_id = import_id
        self.result = Recorded()
        self.account_ids: Collection[int] = ()
        self._tenant = current_tenant()
        self._timeline = timeline()
        self._current = self._timeline.at(now)
        self._earnings: dict[tuple[int, int, int], Earning] = {}
        self._given: Given | None = None
        self._awards: list[_Award] = []

    def bring_forward(self, accounts: list[Account], purchases: Sequence[PastPurchase]) -> None:
        latest = max((purchase.purchased_at for purchase in purchases), default=self.now)
        bring_forward(accounts, self._current, at=min(max(self.now, latest), self.now + CLOCK_TOLERANCE))

    def check(self, past: PastPurchase, receipts: set[tuple[int | None, str]]) -> None:
        """Raises what recording it alone would; `receipts` are those already recorded and become one more."""
        refuse_future(past.purchased_at, now=self.now)
        refuse_blocked(past.customer)
        if past.receipt_number is not None:
            receipt = (past.store_id, past.receipt_number)
            if receipt in receipts:
                raise ReceiptAlreadyRecorded(field="receipt_number")
            receipts.add(receipt)

    def add(self, past: PastPurchase, book: BatchBook) -> None:
        account = book.account
        terms = self._timeline.at(past.purchased_at)
        tier = tier_before(account, tier_of(account, self._current, at=self.now), terms=terms)
        earned, facts = self._earning(past, account, terms, tier)
        stamps = self._stamping(past, terms, tier) if terms.stamp_cards else ()
        count_purchase(account, total=past.total, points=earned.points, at=past.purchased_at)
        account.tier_id = tier_of(account, self._current, at=self.now).id
        self._awards.append(_Award(past, book, terms, earned, facts, stamps))
        self.result.purchases += 1
        self.result.points += earned.points

    def _earning(
        self, past: PastPurchase, account: Account, terms: Terms, tier: TierTerms
    ) -> tuple[Earning, dict[str, Any]]:
        """The same amounts come again and again."""
        key = (terms.version_id, tier.id, past.total)
        if key in self._earnings:
            return self._earnings[key], {"tier": tier.id}
        at = past.purchased_at.astimezone(self._tenant.zone)
        facts = facts_of(
            Purchase(customer=past.customer, store_id=past.store_id, total=past.total, purchased_at=past.purchased_at),
            account=account,
            tier=tier,
            channel=Channel.IMPORT,
            lines=past.lines,
            left=self._given_so_far().left(terms.limited, account_id=account.pk, at=at),
        )
        earned = earning(terms, facts)
        if terms.looks_at_amount_only:
            self._earnings[key] = earned
        elif given := given_by(earned.as_json()):
            self._given_so_far().add(terms.limited, given, account_id=account.pk, at=at)
        return earned, as_stored(facts, terms)

    def _stamping(self, past: PastPurchase, terms: Terms, tier: TierTerms) -> tuple[Stamping, ...]:
        at = past.purchased_at.astimezone(self._tenant.zone)
        return stamping(terms, PurchaseFacts(total=past.total, tier=tier, at=at, lines=tuple(past.lines)))

    def _given_so_far(self) -> Given:
        """By all limited rules of all versions, since a log reaches over several."""
        if self._given is None:
            limited: dict[str, Rule] = {rule.code: rule for terms in self._timeline.terms for rule in terms.limited}
            self._given = locked_given_to(self.account_ids, limited.values()) if limited else Given()
        return self._given

    def write(self) -> None:
        rows = (self._row(award) for award in self._awards)
        ids = bulk.insert_returning(Purchase, PURCHASE, rows, known_by=("import_key",))
        lines = []
        for award in self._awards:
            past = award.past
            purchase_id = ids[past.import_key,]
            if past.quantity is not None:
                lines.append((purchase_id, 0, "", "", "", past.quantity, past.total))
            voucher = self._voucher(award, purchase_id, award.earned.as_json())
            credit(award.book, award.earned.points, voucher, terms=award.terms, zone=self._tenant.zone)
        bulk.insert(PurchaseLine, LINE, lines)
        if self._given is not None:
            self._given.write()
        write_books({award.book.account.pk: award.book for award in self._awards}.values())
        self._stamp(ids)
        mark_all((award.past.customer.pk, self._day(award.past)) for award in self._awards)

    def _stamp(self, purchase_ids: dict[tuple[Any, ...], int]) -> None:
        """Card by card, behind the locks of the points."""
        cards = {each.card.unit: each.card for award in self._awards for each in award.stamps}
        for unit in sorted(cards):
            stamped = [(award, each) for award in self._awards for each in award.stamps if each.card.unit == unit]
            customer_ids = {award.past.customer.pk for award, _each in stamped}
            program_id = self._current.program_id
            open_accounts(customer_ids, program_id=program_id, tier_id=None, now=self.now, unit=unit)
            books = lock_books(customer_ids, now=self.now, unit=unit)
            for award, each in stamped:
                purchase_id = purchase_ids[award.past.import_key,]
                explanation = [{**each.explanation, "card": each.card.name}]
                voucher = self._voucher(award, purchase_id, explanation)
                until = stamps_expire_at(each.card, voucher.occurred_at, zone=self._tenant.zone)
                available_at = min(voucher.occurred_at, self.now)
                books[award.past.customer.pk].earn(each.stamps, voucher, available_at=available_at, expires_at=until)
            write_books(books.values())

    def _voucher(self, award: _Award, purchase_id: int, explanation: list[dict[str, Any]]) -> Voucher:
        return Voucher(
            actor=self.actor,
            occurred_at=award.past.purchased_at,
            explanation=explanation,
            purchase_id=purchase_id,
            program_version_id=award.terms.version_id,
            store_id=award.past.store_id,
        )

    def _day(self, past: PastPurchase) -> date:
        return day_of(past.purchased_at, zone=self._tenant.zone)

    def _row(self, award: "_Award") -> tuple[Any, ...]:
        past = award.past
        return (
            new_public_id(),
            past.customer.pk,
            past.store_id,
            award.terms.version_id,
            past.total,
            self._tenant.currency,
            award.earned.points,
            past.receipt_number,
            past.purchased_at,
            self._day(past),
            self.now,
            self.actor.reference,
            past.import_key,
            self.import_id,
            json.dumps(award.facts),
        )


def open_points_accounts(customer_ids: Collection[int], *, now: datetime) -> None:
    """In the lowest tier, for those who have just been enrolled."""
    terms = terms_at(now)
    open_accounts(customer_ids, program_id=terms.program_id, tier_id=terms.tiers[0].id, now=now)


def books_of(customer_ids: set[int], *, now: datetime) -> dict[int, BatchBook]:
    """Books of all these customers; who has just been enrolled gets an account."""
    books = lock_books(customer_ids, now=now)
    if without := customer_ids - books.keys():
        open_points_accounts(without, now=now)
        books |= lock_books(without, now=now)
    return books


def _known_keys(purchases: Sequence[PastPurchase]) -> set[bytes]:
    """Asked again under the lock: another import may have been faster."""
    keys = [purchase.import_key for purchase in purchases]
    with connection.cursor() as cursor:
        cursor.execute("SELECT import_key FROM programs_purchase WHERE import_key = ANY(%s)", [keys])
        return {key for (key,) in cursor.fetchall()}


def _known_receipts(purchases: Sequence[PastPurchase]) -> set[tuple[int | None, str]]:
    numbers = defaultdict(list)
    for purchase in purchases:
        if purchase.receipt_number is not None:
            numbers[purchase.store_id].append(purchase.receipt_number)
    known: set[tuple[int | None, str]] = set()
    for store_id, wanted in numbers.items():
        recorded = Purchase.objects.filter(store=store_id, receipt_number__in=wanted, voided_at=None)
        known |= {(store_id, number) for number in recorded.values_list("receipt_number", flat=True) if number}
    return known
