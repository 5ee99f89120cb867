"""A cancelled redemption gives its points back to the lots that they came from, with their dates."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from ledger import queries as ledger
from ledger.book import GIVEN_BACK_FOR, Voucher, end_of_day, open_book, open_book_of, open_books_of
from ledger.bulk import lock_books_for_reversals, reverse, write_books
from ledger.errors import AlreadyReversed
from ledger.jobs import settle_overdue
from ledger.models import Account, Entry, Lot
from rewards.models import Redemption
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_redemption, make_reward, make_shop
from tests.ledger.test_ledger import DAY, earn, voucher
from tests.ledger.test_overdue import live, state
from tests.ledger.test_races_and_failures import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(shop: Shop) -> Account:
    with shop.scope():
        return ledger.account_of(make_customer())


def redeemed() -> Voucher:
    """In the name of one redemption, whoever's it is."""
    redemption = Redemption.objects.first()
    if redemption is None:
        redemption = make_redemption(customer=Customer.objects.earliest("pk"), reward=make_reward(points=0))
    return Voucher(actor=SYSTEM, occurred_at=NOW, redemption_id=redemption.pk)


def lots() -> list[tuple[int, int, bool]]:
    """What is left of each, with its points and whether it ends."""
    rows = Lot.objects.order_by("pk").values_list("remaining", "points", "expires_at")
    return [(remaining, points, expires_at is not None) for remaining, points, expires_at in rows]


def test_points_return_to_their_lots_with_their_old_expiry(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 50)
            earn(book, 40, expires_in=90 * DAY)
            redemption = book.spend(60, redeemed())
            given_back = book.give_back(redemption, redeemed())
        assert (given_back.kind, given_back.points, given_back.balance_after) == ("void", 60, 90)
        assert given_back.reverses == redemption.seq
        assert lots() == [(50, 50, False), (40, 40, True)]
        assert ledger.unsound_accounts() == {}
        with open_book(account.pk, now=NOW + 90 * DAY) as book:
            assert (book.account.balance, book.account.lifetime_earned) == (50, 90)


def test_a_redemption_is_cancelled_once(shop: Shop, account: Account) -> None:
    with shop.scope(), open_book(account.pk, now=NOW) as book:
        earn(book, 50)
        redemption = book.spend(50, redeemed())
        book.give_back(redemption, redeemed())
        with pytest.raises(AlreadyReversed):
            book.give_back(redemption, redeemed())


@pytest.mark.parametrize("life", [1, 10, 35])
def test_points_whose_time_is_over_or_nearly_so_last_for_the_stated_minimum(
    shop: Shop, account: Account, life: int
) -> None:
    cancelled_at = NOW + 8 * DAY
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            earn(book, 50, expires_in=life * DAY)
            redemption = book.spend(30, redeemed())
        with open_book(account.pk, now=cancelled_at) as book:
            book.give_back(redemption, redeemed())
        least = end_of_day(cancelled_at + GIVEN_BACK_FOR)
        assert Lot.objects.latest("pk").expires_at == least
        assert ledger.unsound_accounts() == {}
        ends = [each.points for each in ledger.expiring(Account.objects.get(), now=cancelled_at)]
        assert ends == ([30] if life == 1 else [20, 30])
    settle_overdue(shop.tenant, now=least)
    with shop.scope():
        assert Account.objects.get().balance == 0
        assert ledger.unsound_accounts() == {}


def test_a_deficit_that_has_come_up_meanwhile_is_filled_first(shop: Shop, account: Account) -> None:
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            award = earn(book, 30)
            earn(book, 20, expires_in=90 * DAY)
            redemption = book.spend(50, redeemed())
            book.take_back(award, 30, voucher(), kind=Entry.Kind.VOID)
            assert book.account.balance == -30
            book.give_back(redemption, redeemed())
            assert book.account.balance == 20
        assert sum(left for left, *_ in lots()) == 20
        assert ledger.unsound_accounts() == {}


@pytest.mark.parametrize("life", [1, 90, None])
def test_points_come_back_after_a_merge_too_and_still_belong_to_their_award(shop: Shop, life: int | None) -> None:
    with shop.scope():
        gone, stays = make_customer(name="Jana").pk, make_customer(name="Jana K").pk
        with open_book_of(gone, now=NOW) as book:
            award = earn(book, 100, expires_in=life * DAY if life else None)
            redemption = book.spend(60, redeemed())
        with open_books_of([gone, stays], now=NOW) as books:
            books[gone].hand_over(books[stays], voucher())
        with open_book_of(stays, now=NOW) as book:
            given_back = book.give_back(redemption, redeemed())
            assert (given_back.reverses, book.account.balance) == (None, 100)
            with pytest.raises(AlreadyReversed):
                book.give_back(redemption, redeemed())
        assert ledger.unsound_accounts() == {}
        with open_book_of(stays, now=NOW) as book:
            taken = book.take_back(award, 100, voucher(), kind=Entry.Kind.VOID)
            assert taken
            assert (taken.points, book.account.balance) == (-100, 0)
        assert ledger.unsound_accounts() == {}


@pytest.mark.parametrize("at_once_or_singly", ["singly", "at once"])
def test_an_award_is_taken_back_with_what_a_cancellation_has_renewed(
    shop: Shop, account: Account, at_once_or_singly: str
) -> None:
    """What has expired of it is gone already, on whichever lot that was."""
    later = NOW + 5 * DAY
    with shop.scope():
        with open_book(account.pk, now=NOW) as book:
            award = earn(book, 100, expires_in=DAY)
            redemption = book.spend(60, redeemed())
        with open_book(account.pk, now=later) as book:
            book.give_back(redemption, redeemed())
            assert book.account.balance == 60
        if at_once_or_singly == "singly":
            with open_book(account.pk, now=later) as book:
                book.take_back(award, 100, voucher(), kind=Entry.Kind.VOID)
        else:
            books = lock_books_for_reversals([account.customer_id], now=later)
            assert reverse(books[account.customer_id], award, voucher()) == 60
            write_books(books.values())
        assert Account.objects.get().balance == 0
        assert ledger.unsound_accounts() == {}


lives = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 60), st.integers(0, 15), st.none() | st.integers(60, 90)), max_size=4),
        st.integers(0, 120),
        st.sets(st.integers(0, 3)),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
@given(lives, st.integers(1, 200))
def test_a_redemption_that_is_cancelled_leaves_everything_as_it_was(life: list[object], points: int) -> None:
    shop = make_shop()
    make_shop()
    with shop.scope():
        account_id = ledger.account_of(make_customer()).pk
        live(account_id, life)
        with open_book(account_id, now=NOW + 8 * DAY) as book:
            points = min(points, book.account.balance)
        before = state(account_id)
        if points <= 0:
            return
        with open_book(account_id, now=NOW + 8 * DAY) as book:
            redemption = book.spend(points, redeemed())
            book.give_back(redemption, redeemed())
        after = state(account_id)
        assert after["lots"] == before["lots"]
        figures = ("balance", "pending", "lifetime_earned")
        assert [after["account"][name] for name in figures] == [before["account"][name] for name in figures]
        assert ledger.unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_cancellations_at_once_one_wins(shop: Shop) -> None:
    with shop.scope():
        account_id = ledger.account_of(make_customer()).pk
        with open_book(account_id, now=NOW) as book:
            earn(book, 50)
            redemption = book.spend(50, redeemed())

    def cancel() -> bool:
        with shop.scope(), open_book(account_id, now=NOW + timedelta(minutes=1)) as book:
            book.give_back(redemption, redeemed())
        return True

    results = at_once(partial(cancel), partial(cancel))
    assert sorted(type(result).__name__ for result in results) == ["AlreadyReversed", "bool"]
    with shop.scope():
        assert Account.objects.get(pk=account_id).balance == 50
        assert ledger.unsound_accounts() == {}
