"""Recording the purchases of a log: by the same rules as one at a time, written together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from customers.models import Customer
from ledger.bulk import BatchBook, lock_books, open_accounts, write_books
from ledger.models import Entry
from programs.earning import PurchaseFacts, Terms, earning
from programs.errors import ReceiptAlreadyRecorded
from programs.facts import refuse_bad_purchase
from programs.models import Purchase, PurchaseLine
from programs.services import credit
from programs.terms import terms_at, terms_by_moment
from tenants import bulk
from tenants.errors import DomainError
from tenants.roles import Actor
from tenants.scope import current_tenant


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


@dataclass(slots=True)
class Recorded:
    """What became of a batch."""

    purchases: int = 0
    points: int = 0
    known: int = 0
    refused: list[tuple[PastPurchase, DomainError]] = field(default_factory=list)


def record_past_purchases(purchases: Sequence[PastPurchase], *, actor: Actor, now: datetime) -> Recorded:
    """Record those purchases that are not yet known and credit what they earn by the rules of their dates.

    The purchases of a customer must come in date order. No events are published: a log is one event, not thousands.
    """
    batch = _Batch(actor=actor, now=now)
    with transaction.atomic():
        books = _books_of({purchase.customer.pk for purchase in purchases}, now=now)
        known = _known_keys(purchases)
        receipts = _known_receipts(purchases)
        for purchase in purchases:
            if purchase.import_key in known:
                batch.result.known += 1
                continue
            try:
                _refuse(purchase, receipts, now=now)
            except DomainError as refusal:
                batch.result.refused.append((purchase, refusal))
                continue
            batch.add(purchase, books[purchase.customer.pk])
        batch.write()
    return batch.result


class _Batch:
    """Purchases with what they earn, until they are written."""

    def __init__(self, *, actor: Actor, now: datetime) -> None:
        self.actor = actor
        self.now = now
        self.result = Recorded()
        self._terms_at = terms_by_moment()
        self._purchases: list[Purchase] = []
        self._earned: list[tuple[Purchase, Entry]] = []
        self._quantities: list[tuple[Purchase, Decimal]] = []
        self._books: dict[int, BatchBook] = {}

    def add(self, past: PastPurchase, book: BatchBook) -> None:
        terms = self._terms_at(past.purchased_at)
        earned = earning(terms, PurchaseFacts(total=past.total, tier=terms.tier_of(book.account.tier_id)))
        purchase = self._purchase(past, terms, points=earned.points)
        entry = credit(book, purchase, earned, terms=terms, actor=self.actor)
        book.account.tier_id = terms.tier_for(book.account.qualifying_points).id
        self._books[book.account.pk] = book
        self._purchases.append(purchase)
        if entry is not None:
            self._earned.append((purchase, entry))
        if past.quantity is not None:
            self._quantities.append((purchase, past.quantity))
        self.result.purchases += 1
        self.result.points += earned.points

    def write(self) -> None:
        bulk.insert(self._purchases, known_by=("import_key",))
        bulk.insert(
            [
                PurchaseLine(purchase_id=purchase.pk, index=0, quantity=quantity, total=purchase.total)
                for purchase, quantity in self._quantities
            ]
        )
        for purchase, entry in self._earned:
            entry.purchase_id = purchase.pk
        write_books(self._books.values())

    def _purchase(self, past: PastPurchase, terms: Terms, *, points: int) -> Purchase:
        return Purchase(
            customer_id=past.customer.pk,
            store_id=past.store_id,
            program_version_id=terms.version_id,
            total=past.total,
            currency=current_tenant().currency,
            points=points,
            receipt_number=past.receipt_number,
            purchased_at=past.purchased_at,
            recorded_at=self.now,
            actor=self.actor.reference,
            import_key=past.import_key,
        )


def _books_of(customer_ids: set[int], *, now: datetime) -> dict[int, BatchBook]:
    """Books of all these customers; who has just been enrolled gets an account."""
    books = lock_books(customer_ids, now=now)
    if without := customer_ids - books.keys():
        terms = terms_at(now)
        open_accounts(without, program_id=terms.program_id, tier_id=terms.tiers[0].id, now=now)
        books |= lock_books(without, now=now)
    return books


def _refuse(purchase: PastPurchase, receipts: set[tuple[int | None, str]], *, now: datetime) -> None:
    refuse_bad_purchase(
        customer=purchase.customer,
        currency=current_tenant().currency,
        purchased_at=purchase.purchased_at,
        now=now,
    )
    if purchase.receipt_number is not None:
        receipt = (purchase.store_id, purchase.receipt_number)
        if receipt in receipts:
            raise ReceiptAlreadyRecorded(field="receipt_number")
        receipts.add(receipt)


def _known_keys(purchases: Sequence[PastPurchase]) -> set[bytes]:
    """Asked again under the lock: another import may have been faster."""
    keys = [purchase.import_key for purchase in purchases]
    return {bytes(key) for key in Purchase.objects.filter(import_key__in=keys).values_list("import_key", flat=True)}


def _known_receipts(purchases: Sequence[PastPurchase]) -> set[tuple[int | None, str]]:
    numbers = defaultdict(list)
    for purchase in purchases:
        if purchase.receipt_number is not None:
            numbers[purchase.store_id].append(purchase.receipt_number)
    known: set[tuple[int | None, str]] = set()
    for store_id, wanted in numbers.items():
        recorded = Purchase.objects.filter(store=store_id, receipt_number__in=wanted)
        known |= {(store_id, number) for number in recorded.values_list("receipt_number", flat=True) if number}
    return known
