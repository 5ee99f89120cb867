"""Changing a purchase that is recorded: behind the lock of its customer's account, on whomever it stands by now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from ledger.book import Book, open_any_book_of
from programs.models import Purchase


class _Moved(Exception):
    """A merge or a claim has moved it while we waited; what was locked is let go again."""

    def __init__(self, customer_id: int | None) -> None:
        self.customer_id = customer_id


@contextmanager
def open_purchase(purchase: Purchase, *, now: datetime) -> Iterator[tuple[Purchase, Book | None]]:
    """The purchase as it is now, locked, with the book of its customer, or None for an anonymous sale."""
    customer_id = purchase.customer_id
    while True:
        try:
            with _open_book(customer_id, now=now) as book:
                current = Purchase.objects.select_for_update(no_key=True).get(pk=purchase.pk)
                if current.customer_id != customer_id:
                    raise _Moved(current.customer_id)
                yield current, book
                return
        except _Moved as moved:
            customer_id = moved.customer_id


@contextmanager
def _open_book(customer_id: int | None, *, now: datetime) -> Iterator[Book | None]:
    if customer_id is None:
        with transaction.atomic():
            yield None
    else:
        with open_any_book_of(customer_id, now=now) as book:
            yield book
