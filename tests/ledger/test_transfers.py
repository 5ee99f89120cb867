"""Two accounts that become one: no point is lost, none appears, and each keeps its dates and where it came from."""

from datetime import datetime

import pytest

from ledger import queries as ledger
from ledger.book import open_book, open_book_of, open_books_of
from ledger.errors import AccountClosed, AlreadyReversed
from ledger.models import Account, Entry, Lot
from tenants.errors import NotFound
from tests.factories import NOW, Shop, make_customer
from tests.ledger.test_ledger import DAY, earn, voucher

GONE, STAYS = 0, 1


@pytest.fixture
def pair(shop: Shop) -> tuple[int, int]:
    """The customers' keys: who goes, and who stays."""
    with shop.scope():
        return make_customer(name="Jana").pk, make_customer(name="Jana K").pk


def join(pair: tuple[int, int], *, now: datetime = NOW) -> None:
    with open_books_of(pair, now=now) as books:
        books[pair[GONE]].hand_over(books[pair[STAYS]], voucher(now))


def account(customer_id: int) -> Account:
    return Account.objects.get(customer_id=customer_id)


def points(customer_id: int) -> tuple[int, int]:
    held = account(customer_id)
    return held.balance, held.pending


def test_points_move_as_a_pair_of_transfers_and_keep_their_dates(shop: Shop, pair: tuple[int, int]) -> None:
    with shop.scope():
        with open_book_of(pair[GONE], now=NOW) as book:
            earn(book, 100, expires_in=90 * DAY)
            earn(book, 40, available_in=14 * DAY)
            book.spend(30, voucher())
        join(pair)
        assert (points(pair[GONE]), points(pair[STAYS])) == ((0, 0), (70, 40))
        transfers = Entry.objects.filter(kind=Entry.Kind.TRANSFER).order_by("account", "seq")
        assert [(entry.account_id, entry.points, entry.balance_after) for entry in transfers] == [
            (account(pair[GONE]).pk, -110, 0),
            (account(pair[STAYS]).pk, 110, 110),
        ]
        lots = Lot.objects.filter(account=account(pair[STAYS])).order_by("pk")
        assert [(lot.remaining, lot.is_pending, lot.available_at, lot.expires_at) for lot in lots] == [
            (70, False, NOW, NOW + 90 * DAY),
            (40, True, NOW + 14 * DAY, None),
        ]
        assert account(pair[STAYS]).next_due_at == NOW + 14 * DAY
        assert account(pair[STAYS]).lifetime_earned == 140
        assert ledger.unsound_accounts() == {}
        with open_book_of(pair[STAYS], now=NOW + 90 * DAY) as book:
            assert (book.account.balance, book.account.pending) == (40, 0)
        assert ledger.unsound_accounts() == {}


def test_what_has_expired_by_then_does_not_move(shop: Shop, pair: tuple[int, int]) -> None:
    with shop.scope():
        with open_book_of(pair[GONE], now=NOW) as book:
            earn(book, 100, expires_in=DAY)
        join(pair, now=NOW + 2 * DAY)
        assert points(pair[STAYS]) == (0, 0)
        assert not Entry.objects.filter(kind=Entry.Kind.TRANSFER).exists()
        assert ledger.unsound_accounts() == {}


def owe(customer_id: int, debt: int, *, pending: int = 0) -> None:
    """A deficit from an award that was taken back after it was spent."""
    with open_book_of(customer_id, now=NOW) as book:
        award = earn(book, debt)
        book.spend(debt, voucher())
        if pending:
            earn(book, pending, available_in=DAY)
        book.take_back(award, debt, voucher(), kind=Entry.Kind.VOID)


@pytest.mark.parametrize(
    ("debt", "pending", "balance", "after"),
    [
        (30, 0, 100, (70, 0)),
        (30, 0, 10, (-20, 0)),
        (30, 30, 0, (-30, 30)),
        (30, 50, 10, (-20, 50)),
        (30, 0, 0, (-30, 0)),
    ],
)
def test_a_deficit_moves_and_is_paid_with_what_is_there(
    shop: Shop, pair: tuple[int, int], debt: int, pending: int, balance: int, after: tuple[int, int]
) -> None:
    with shop.scope():
        owe(pair[GONE], debt, pending=pending)
        if balance:
            with open_book_of(pair[STAYS], now=NOW) as book:
                earn(book, balance)
        join(pair)
        assert (points(pair[GONE]), points(pair[STAYS])) == ((0, 0), after)
        assert ledger.unsound_accounts() == {}


def test_a_deficit_of_who_stays_is_filled_by_what_comes_soonest_expiring_first(
    shop: Shop, pair: tuple[int, int]
) -> None:
    with shop.scope():
        owe(pair[STAYS], 30)
        with open_book_of(pair[GONE], now=NOW) as book:
            earn(book, 50)
            earn(book, 20, expires_in=DAY)
        join(pair)
        assert points(pair[STAYS]) == (40, 0)
        left = Lot.objects.filter(account=account(pair[STAYS]), origin_seq__isnull=False).order_by("origin_seq")
        assert [lot.remaining for lot in left] == [40, 0]
        assert ledger.unsound_accounts() == {}


def test_two_deficits_add_up(shop: Shop, pair: tuple[int, int]) -> None:
    with shop.scope():
        owe(pair[GONE], 30)
        owe(pair[STAYS], 20)
        join(pair)
        assert points(pair[STAYS]) == (-50, 0)
        assert ledger.unsound_accounts() == {}


def test_a_closed_account_takes_nothing_more_and_can_still_settle(shop: Shop, pair: tuple[int, int]) -> None:
    with shop.scope():
        join(pair)
        with pytest.raises(AccountClosed), open_book_of(pair[GONE], now=NOW):
            pass
        with pytest.raises(AccountClosed):
            join(pair)
        with pytest.raises(AccountClosed):
            join((pair[STAYS], pair[GONE]))
        with open_book(account(pair[GONE]).pk, now=NOW + DAY) as book:
            assert book.account.balance == 0
        with pytest.raises(NotFound):
            join((pair[STAYS], 999_999))


def test_an_award_is_taken_back_from_its_own_points_wherever_they_have_moved(shop: Shop) -> None:
    with shop.scope():
        jana, second, third = (make_customer().pk for _ in range(3))
        with open_book_of(jana, now=NOW) as book:
            award = earn(book, 50, available_in=14 * DAY)
        with open_book_of(third, now=NOW) as book:
            earn(book, 80)
        join((jana, second))
        join((second, third))
        with open_book_of(third, now=NOW) as book:
            taken = book.take_back(award, 50, voucher(), kind=Entry.Kind.VOID)
            assert taken is not None
            assert (taken.points, taken.reverses) == (-50, None)
            assert (book.account.balance, book.account.pending, book.account.lifetime_earned) == (80, 0, 80)
        assert ledger.unsound_accounts() == {}


def test_what_was_spent_of_an_award_before_the_merge_is_taken_from_the_others_after_it(
    shop: Shop, pair: tuple[int, int]
) -> None:
    with shop.scope():
        with open_book_of(pair[GONE], now=NOW) as book:
            award = earn(book, 50)
            book.spend(40, voucher())
        with open_book_of(pair[STAYS], now=NOW) as book:
            earn(book, 25)
        join(pair)
        with open_book_of(pair[STAYS], now=NOW) as book:
            book.take_back(award, 50, voucher(), kind=Entry.Kind.VOID)
            assert book.account.balance == -15
        assert ledger.unsound_accounts() == {}


def test_what_has_expired_on_either_side_of_a_merge_is_not_taken_a_second_time(
    shop: Shop, pair: tuple[int, int]
) -> None:
    with shop.scope():
        with open_book_of(pair[GONE], now=NOW) as book:
            early = earn(book, 50, expires_in=DAY)
            late = earn(book, 60, expires_in=5 * DAY)
        join(pair, now=NOW + 2 * DAY)
        with open_book_of(pair[STAYS], now=NOW + 6 * DAY) as book:
            assert book.account.balance == 0
            assert book.take_back(early, 50, voucher(), kind=Entry.Kind.VOID) is None
            assert book.take_back(late, 60, voucher(), kind=Entry.Kind.VOID) is None
        assert ledger.unsound_accounts() == {}


def test_no_more_than_the_award_is_taken_back_before_and_after_a_merge(shop: Shop, pair: tuple[int, int]) -> None:
    with shop.scope():
        with open_book_of(pair[GONE], now=NOW) as book:
            award = earn(book, 30)
            book.take_back(award, 20, voucher(), kind=Entry.Kind.RETURN)
        join(pair)
        with open_book_of(pair[STAYS], now=NOW) as book:
            with pytest.raises(AlreadyReversed):
                book.take_back(award, 11, voucher(), kind=Entry.Kind.RETURN)
            book.take_back(award, 10, voucher(), kind=Entry.Kind.RETURN)
