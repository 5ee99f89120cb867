"""Voiding many purchases at once, for the undoing of an import: the rules of one void, written together."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ledger.book import Voucher
from ledger.bulk import BatchBook, lock_books_for_reversals, reverse, write_books
from ledger.models import POINTS, Entry
from programs.customer_stats import mark_all
from programs.holding import bring_forward, tier_of
from programs.models import Purchase
from programs.remains import given_for
from programs.services import return_uses, uncount_rest, void_purchase
from programs.stamps import stamps_of_purchase
from programs.terms import terms_at
from tenants import bulk
from tenants.roles import Actor

REASON = "import_undone"
VOIDED = ("voided_at", "import_key")


@dataclass(frozen=True, slots=True)
class Voided:
    purchases: int
    points: int


def void_imported_purchases(
    *, import_id: int, customer_ids: Collection[int], at_most: int, actor: Actor, now: datetime
) -> Voided:
    """Void purchases that an import recorded for these customers, up to so many of them.

    Their rows are free afterwards, so that the same file can be read again. No events are published, except for
    purchases that a merge has moved: those are voided one by one.
    """
    with transaction.atomic():
        books = lock_books_for_reversals(customer_ids, now=now)
        imported = Purchase.objects.filter(import_id=import_id, customer__in=customer_ids, voided_at=None)
        purchases = list(imported.order_by("customer_id", "id")[:at_most])
        entries = Entry.objects.filter(purchase_id__in=[purchase.pk for purchase in purchases], kind=Entry.Kind.EARN)
        earned = {entry.purchase_id: entry for entry in entries.filter(account__unit=POINTS)}
        moved: list[Purchase] = []
        points = 0
        current = terms_at(now)
        bring_forward([book.account for book in books.values()], current, at=now)
        for purchase in purchases:
            book, entry = books[purchase.customer_id or 0], earned.get(purchase.pk)
            if entry is not None and entry.account_id != book.account.pk:
                moved.append(purchase)
            else:
                points += _take_back(book, purchase, entry, actor=actor)
        for book in books.values():
            book.account.tier_id = tier_of(book.account, current, at=now).id
        write_books(books.values())
        _take_back_stamps([purchase for purchase in purchases if purchase not in moved], actor=actor, now=now)
        for purchase in moved:
            points += void_purchase(purchase=purchase, actor=actor, now=now, reason=REASON).points
        mark_all((purchase.customer_id, purchase.purchased_on) for purchase in purchases)
        bulk.update(Purchase, VOIDED, ((purchase.pk, now, None) for purchase in purchases))
    return Voided(purchases=len(purchases), points=points)


def _take_back(book: BatchBook, purchase: Purchase, earned: Entry | None, *, actor: Actor) -> int:
    account, points = book.account, 0
    if earned is not None:
        points = reverse(book, earned, _voucher(purchase, actor=actor, now=book.now))
        return_uses(purchase, account, given_for(purchase, earned))
    uncount_rest(account, purchase)
    return points


def _take_back_stamps(purchases: Collection[Purchase], *, actor: Actor, now: datetime) -> None:
    """Card by card, behind the locks of the points."""
    by_unit: dict[str, list[Entry]] = defaultdict(list)
    for entry in stamps_of_purchase([purchase.pk for purchase in purchases]):
        by_unit[entry.account.unit].append(entry)
    voided = {purchase.pk: purchase for purchase in purchases}
    for unit, entries in sorted(by_unit.items()):
        books = lock_books_for_reversals({entry.account.customer_id for entry in entries}, now=now, unit=unit)
        for entry in entries:
            purchase = voided[entry.purchase_id or 0]
            reverse(books[entry.account.customer_id], entry, _voucher(purchase, actor=actor, now=now))
        write_books(books.values())


def _voucher(purchase: Purchase, *, actor: Actor, now: datetime) -> Voucher:
    return Voucher(
        actor=actor,
        occurred_at=now,
        purchase_id=purchase.pk,
        program_version_id=purchase.program_version_id,
        store_id=purchase.store_id,
    )
