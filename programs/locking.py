"""Changing what belongs to a customer: behind the lock of the account, on whomever it stands by now."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from django.db import transaction

from ledger.book import Book, open_any_book_of
from programs.models import Purchase


class Held(Protocol):
    """A row that a customer holds, or nobody."""

    @property
    def customer_id(self) -> int | None: ...


Row = TypeVar("Row", bound=Held)


class _Moved(Exception):
    """A merge or a claim has moved it while we waited; what was locked is let go again."""

    def __init__(self, customer_id: int | None) -> None:
        self.customer_id = customer_id


def open_purchase(purchase: Purchase, *, now: datetime) -> AbstractContextManager[tuple[Purchase, Book | None]]:
    """The purchase as it is now, locked, with the book of its customer, or None for an anonymous sale."""
    rows = Purchase.objects.select_for_update(no_key=True)
    return open_with_book(purchase, lambda: rows.get(pk=purchase.pk), now=now)


@contextmanager
def open_with_book(row: Row, lock: Callable[[], Row], *, now: datetime) -> Iterator[tuple[Row, Book | None]]:
    """The row as `lock` finds it behind the account of whoever holds it, and that account's book."""
    customer_id = row.customer_id
    while True:
        try:
            with _open_book(customer_id, now=now) as book:
                current = lock()
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
