"""Settling whole shops by night: what a book does to one account, done to many, beside tills and in spite of kills."""

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import jobs
from ledger import queries as ledger
from ledger.book import open_book, open_books_of
from ledger.jobs import settle_overdue
from ledger.models import Account, Entry, Lot, LotUse
from ledger.overdue import overdue_accounts
from tests.factories import NOW, Shop, make_customer, make_shop
from tests.ledger.test_ledger import DAY, earn, voucher
from tests.ledger.test_races_and_failures import at_once

LATER = NOW + 10 * DAY
awards = st.tuples(st.integers(1, 60), st.integers(0, 15), st.none() | st.integers(0, 15))
lives = st.lists(
    st.tuples(st.lists(awards, max_size=4), st.integers(0, 120), st.sets(st.integers(0, 3)), st.integers(0, 2)),
    min_size=1,
    max_size=4,
)


def live(account_id: int, life: list[Any]) -> None:
    """Awards, redemptions and awards taken back, some days apart, so that lots are spent, pending, overdue, owed."""
    now = NOW - DAY
    for earned, spent, taken_back, days in life:
        with open_book(account_id, now=now) as book:
            entries = [
                earn(book, points, available_in=wait * DAY, expires_in=None if left is None else left * DAY + DAY)
                for points, wait, left in earned
            ]
            if min(spent, book.account.balance) > 0:
                book.spend(min(spent, book.account.balance), voucher(now))
            for entry in (entry for number, entry in enumerate(entries) if number in taken_back):
                book.take_back(entry, entry.points, voucher(now), kind=Entry.Kind.VOID)
        now += days * DAY


def state(account_id: int) -> dict[str, Any]:
    """Everything the ledger knows of an account, but for keys."""
    keys = Lot.objects.filter(account=account_id).order_by("id").values_list("pk", flat=True)
    lots = {pk: number for number, pk in enumerate(keys)}
    figures = ("balance", "pending", "last_seq", "lifetime_earned", "next_due_at")
    columns = (
        *("seq", "kind", "points", "balance_after", "purchase_id", "redemption_id", "reverses", "program_version_id"),
        *("explanation", "actor", "device_id", "store_id", "occurred_at", "created_at"),
    )
    of = {"account": account_id}
    uses = LotUse.objects.filter(**of).values_list("entry_seq", "lot_id", "points")
    return {
        "account": Account.objects.filter(pk=account_id).values(*figures).get(),
        "entries": list(Entry.objects.filter(**of).order_by("seq").values(*columns)),
        "lots": list(Lot.objects.filter(**of).order_by("id").values("entry_seq", "points", "remaining", "is_pending")),
        "uses": sorted((seq, lots[lot], points) for seq, lot, points in uses),
    }


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(lives, min_size=1, max_size=3), st.integers(0, 20))
def test_the_night_does_exactly_what_a_book_would(several: list[Any], days: int) -> None:
    shop, other = make_shop(), make_shop()
    now = NOW + days * DAY
    pairs = []
    for life in several:
        with shop.scope():
            pair = [ledger.account_of(make_customer()).pk for _ in range(2)]
            for account_id in pair:
                live(account_id, life)
            pairs.append(pair)
        with other.scope():
            live(ledger.account_of(make_customer()).pk, life)
    with shop.scope():
        overdue = set(overdue_accounts(now=now))
        seen = {pair[1]: ledger.figures(Account.objects.get(pk=pair[1]), now=now) for pair in pairs}
    with other.scope():
        untouched = {pk: state(pk) for pk in Account.objects.values_list("pk", flat=True)}
    for one, _ in pairs:
        with shop.scope(), open_book(one, now=now):
            pass
    settle_overdue(shop.tenant, now=now)
    with shop.scope():
        for one, twin in pairs:
            by_book, by_night = state(one), state(twin)
            if twin not in overdue:  # nothing was due, so nothing was looked at: a moment that is early may stay so
                by_book["account"].pop("next_due_at"), by_night["account"].pop("next_due_at")
            assert by_night == by_book
            account = Account.objects.get(pk=twin)
            assert ledger.Figures(account.balance, account.pending) == seen[twin]
        assert ledger.unsound_accounts() == {}
        assert overdue_accounts(now=now) == []
    with other.scope():
        assert {pk: state(pk) for pk in untouched} == untouched


def expiring_accounts(shop: Shop, count: int, *, points: int = 10) -> list[int]:
    with shop.scope():
        accounts = [ledger.account_of(make_customer()).pk for _ in range(count)]
        for account_id in accounts:
            with open_book(account_id, now=NOW) as book:
                earn(book, points, expires_in=DAY)
                earn(book, points, available_in=2 * DAY)
    return accounts


@pytest.mark.django_db
def test_a_night_that_was_cut_short_is_finished_by_the_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    expiring_accounts(shop, 5)
    monkeypatch.setattr(jobs, "ACCOUNTS_AT_ONCE", 2)
    settle, chunks = jobs.settle_accounts, []

    def killed_in_the_second_chunk(accounts: list[int], *, now: datetime) -> int:
        settled = settle(accounts, now=now)
        chunks.append(settled)
        if len(chunks) == 2:
            raise KeyboardInterrupt
        return settled

    monkeypatch.setattr(jobs, "settle_accounts", killed_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        settle_overdue(shop.tenant, now=LATER)
    with shop.scope():
        assert Entry.objects.filter(kind=Entry.Kind.EXPIRE).count() == 2
        assert ledger.unsound_accounts() == {}
    assert settle_overdue(shop.tenant, now=LATER) == 3
    with shop.scope():
        assert Entry.objects.filter(kind=Entry.Kind.EXPIRE).count() == 5
        assert set(Account.objects.values_list("balance", "pending")) == {(10, 0)}
        assert ledger.unsound_accounts() == {}
    assert settle_overdue(shop.tenant, now=LATER) == 0


@pytest.mark.django_db
def test_points_that_a_merge_has_moved_expire_on_their_new_account(shop: Shop) -> None:
    with shop.scope():
        gone, stays = make_customer(name="Jana"), make_customer(name="Jana K")
        with open_book(ledger.account_of(gone).pk, now=NOW) as book:
            earn(book, 30, expires_in=DAY)
        with open_books_of([gone.pk, stays.pk], now=NOW) as books:
            books[gone.pk].hand_over(books[stays.pk], voucher())
    assert settle_overdue(shop.tenant, now=LATER) == 1
    with shop.scope():
        assert list(Account.objects.values_list("balance", flat=True)) == [0, 0]
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_an_account_in_use_is_left_to_whoever_holds_it(shop: Shop) -> None:
    held, free = expiring_accounts(shop, 2)
    taken, done = threading.Event(), threading.Event()

    def till() -> None:
        with shop.scope(), open_book(held, now=NOW) as book:
            taken.set()
            assert done.wait(timeout=30)
            earn(book, 5)
        connection.close()

    thread = threading.Thread(target=till)
    thread.start()
    assert taken.wait(timeout=30)
    try:
        assert settle_overdue(shop.tenant, now=LATER) == 1
    finally:
        done.set()
        thread.join()
    with shop.scope():
        assert dict(Account.objects.values_list("pk", "balance")) == {held: 15, free: 10}
        assert ledger.unsound_accounts() == {}
    assert settle_overdue(shop.tenant, now=LATER) == 1


@pytest.mark.django_db(transaction=True)
def test_two_nights_at_once_and_tills_beside_them_expire_each_point_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ACCOUNTS_AT_ONCE", 3)
    accounts = expiring_accounts(shop, 20)

    def till() -> int:
        for account_id in accounts:
            with shop.scope(), open_book(account_id, now=LATER) as book:
                earn(book, 1)
        return 0

    night = partial(settle_overdue, shop.tenant, now=LATER)
    results = at_once(night, till, night, till)
    assert [result for result in results if not isinstance(result, int)] == []
    settle_overdue(shop.tenant, now=LATER)
    with shop.scope():
        assert set(Account.objects.values_list("balance", "pending")) == {(12, 0)}
        assert Entry.objects.filter(kind=Entry.Kind.EXPIRE).count() == 20
        assert ledger.unsound_accounts() == {}


def test_a_day_is_all_that_settling_needs(shops: tuple[Shop, Shop]) -> None:
    """The other shop is not looked at."""
    expiring_accounts(shops[1], 1)
    assert settle_overdue(shops[0].tenant, now=NOW + timedelta(days=400)) == 0
    with shops[1].scope():
        assert overdue_accounts(now=NOW + timedelta(days=400)) != []
