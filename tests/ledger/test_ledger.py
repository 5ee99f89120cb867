"""The ledger against an independent oracle, and against time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError
from hypothesis import given
from hypothesis import strategies as st

from ledger import queries as ledger
from ledger.book import Book, Voucher, open_book
from ledger.errors import AlreadyReversed, InsufficientPoints
from ledger.models import Account, Entry, Lot, LotUse
from ledger.settlement import settlement
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer

DAY = timedelta(days=1)


def voucher(now: datetime = NOW) -> Voucher:
    return Voucher(actor=SYSTEM, occurred_at=now)


def earn(
    book: Book, points: int, *, available_in: timedelta = timedelta(), expires_in: timedelta | None = None
) -> Entry:
    return book.earn(
        points,
        voucher(book.now),
        available_at=book.now + available_in,
        expires_at=book.now + expires_in if expires_in else None,
    )


@pytest.fixture
def account(shop: Shop) -> Account:
    with shop.scope():
        return ledger.account_of(make_customer())


def test_points_are_spent_soonest_expiring_first_and_those_without_expiry_last(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            never = earn(book, 10)
            late = earn(book, 10, expires_in=90 * DAY)
            soon = earn(book, 10, expires_in=30 * DAY)
            book.spend(15, voucher())
        left = dict(Lot.objects.values_list("entry_seq", "remaining"))
        assert left == {never.seq: 10, late.seq: 5, soon.seq: 0}


def test_a_lot_that_was_partly_spent_expires_with_the_rest_only(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 100, expires_in=DAY)
            book.spend(40, voucher())
        with open_book(account.pk, now=NOW + DAY) as book:
            assert book.account.balance == 0
        expired = Entry.objects.get(kind=Entry.Kind.EXPIRE)
        assert (expired.points, expired.balance_after) == (-60, 0)
        assert ledger.unsound_accounts() == {}


def test_points_of_two_dates_expire_in_two_entries_with_a_running_balance(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 10, expires_in=DAY)
            earn(book, 20, expires_in=2 * DAY)
            earn(book, 5)
        with open_book(account.pk, now=NOW + 3 * DAY):
            pass
        expired = Entry.objects.filter(kind=Entry.Kind.EXPIRE).order_by("seq")
        assert [(entry.points, entry.balance_after) for entry in expired] == [(-10, 25), (-20, 5)]
        assert ledger.unsound_accounts() == {}


def test_pending_points_cannot_be_spent_until_they_are_available(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 50, available_in=14 * DAY)
            with pytest.raises(InsufficientPoints) as refusal:
                book.spend(1, voucher())
            assert refusal.value.facts == {"balance": 0, "points": 1}
        with open_book(account.pk, now=NOW + 14 * DAY) as book:
            book.spend(50, voucher())
        assert ledger.unsound_accounts() == {}


def test_points_that_become_available_fill_a_deficit_first(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            award = earn(book, 30)
            book.spend(30, voucher())
            earn(book, 50, available_in=DAY)
            book.take_back(award, 30, voucher(), kind=Entry.Kind.VOID)
            assert (book.account.balance, book.account.pending) == (-30, 50)
        with open_book(account.pk, now=NOW + DAY) as book:
            assert (book.account.balance, book.account.pending) == (20, 0)
        assert ledger.unsound_accounts() == {}


def test_points_may_expire_before_they_ever_became_available(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 10)
            earn(book, 50, available_in=14 * DAY, expires_in=DAY)
            assert (book.account.balance, book.account.pending) == (10, 50)
        assert ledger.figures(Account.objects.get(pk=account.pk), now=NOW + DAY) == ledger.Figures(10, 0)
        with open_book(account.pk, now=NOW + DAY) as book:
            assert (book.account.balance, book.account.pending) == (10, 0)
        assert ledger.unsound_accounts() == {}
        with open_book(account.pk, now=NOW + 14 * DAY) as book:
            assert (book.account.balance, book.account.pending) == (10, 0)


def test_a_lot_that_was_used_up_is_never_due(shop: Shop, account: Account) -> None:
    with shop.scope(), open_book(account.pk, now=NOW) as book:
        award = earn(book, 30)
        book.spend(30, voucher())
        book.take_back(award, 30, voucher(), kind=Entry.Kind.VOID)
        earn(book, 20, expires_in=DAY)
        assert (book.account.balance, book.account.next_due_at) == (-10, None)


def test_a_read_sees_what_settling_would_do_and_writes_nothing(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 10, expires_in=DAY)
            earn(book, 20, available_in=DAY)
        stored = Account.objects.get(pk=account.pk)
        seen = ledger.figures(stored, now=NOW + DAY)
        assert (seen.balance, seen.pending) == (20, 0)
        assert Entry.objects.count() == 2


def test_no_more_than_the_award_is_ever_reversed(shop: Shop, account: Account) -> None:
    with shop.scope(), open_book(account.pk, now=NOW) as book:
        award = earn(book, 30)
        book.take_back(award, 20, voucher(), kind=Entry.Kind.RETURN)
        with pytest.raises(AlreadyReversed):
            book.take_back(award, 11, voucher(), kind=Entry.Kind.RETURN)
        book.take_back(award, 10, voucher(), kind=Entry.Kind.RETURN)
        assert book.account.lifetime_earned == 0


@pytest.mark.parametrize("change", [{"points": 9}, {"balance_after": 9}, {"explanation": []}])
def test_an_entry_never_changes(shop: Shop, account: Account, change: dict[str, Any]) -> None:
    with shop.scope(), open_book(account.pk, now=NOW) as book:
        earn(book, 1)
    with pytest.raises(ProgrammingError, match="permission denied"), shop.scope():
        Entry.objects.update(**change)


def test_an_entry_and_a_use_of_a_lot_are_never_deleted(shop: Shop, account: Account) -> None:
    for model in (Entry, LotUse):
        with pytest.raises(ProgrammingError, match="permission denied"), shop.scope():
            model.objects.all().delete()


def test_the_proof_names_what_a_broken_account_breaks(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 10)
        assert ledger.unsound_accounts() == {}
        Account.objects.update(balance=11)
        assert ledger.unsound_accounts() == {account.pk: ["sum of entries", "available lots"]}
        Account.objects.update(balance=10, last_seq=3)
        assert ledger.unsound_accounts() == {account.pk: ["sequence"]}
        Account.objects.update(last_seq=1)
        Lot.objects.update(remaining=4)
        assert ledger.unsound_accounts() == {account.pk: ["available lots", "uses of lots"]}


lots = st.builds(
    Lot,
    remaining=st.integers(0, 50),
    is_pending=st.booleans(),
    available_at=st.integers(-5, 5).map(lambda days: NOW + days * DAY),
    expires_at=st.none() | st.integers(-5, 5).map(lambda days: NOW + days * DAY),
)


@given(st.lists(lots, max_size=6), st.integers(-5, 6))
def test_settling_in_two_steps_is_settling_at_once(held: list[Lot], days: int) -> None:
    """Arithmetic that depended on how often somebody looks would be wrong."""
    start = {
        "balance": sum(lot.remaining for lot in held if not lot.is_pending),
        "pending": sum(lot.remaining for lot in held if lot.is_pending),
    }
    once = settlement(**start, lots=held, now=NOW + 6 * DAY)
    first = settlement(**start, lots=held, now=NOW + days * DAY)
    between = [
        Lot(
            remaining=lot.remaining - sum(points for at, points in first.filled + first.expired if at == index),
            is_pending=lot.is_pending and index not in first.matured,
            available_at=lot.available_at,
            expires_at=lot.expires_at,
        )
        for index, lot in enumerate(held)
    ]
    assert first.balance == sum(lot.remaining for lot in between if not lot.is_pending)
    assert first.pending == sum(lot.remaining for lot in between if lot.is_pending)
    then = settlement(balance=first.balance, pending=first.pending, lots=between, now=NOW + 6 * DAY)
    assert (then.balance, then.pending) == (once.balance, once.pending)
