"""What the shop owes in points at the end of a day: agrees with every balance of that day, and never changes again."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import liability as owed
from ledger import queries as ledger
from ledger.book import open_book, open_book_of, open_books_of
from ledger.jobs import settle_overdue
from ledger.liability import COLUMNS, liability, point_value, state_point_value
from ledger.models import Account, Entry
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_shop
from tests.ledger.test_ledger import DAY, earn, voucher

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = NOW.astimezone(BERLIN).date()
LONG_AFTER = NOW + 400 * DAY

acts = st.one_of(
    st.tuples(
        st.just("earn"), st.integers(0, 2), st.integers(1, 60), st.integers(0, 9), st.none() | st.integers(1, 12)
    ),
    st.tuples(st.just("spend"), st.integers(0, 2), st.integers(1, 60)),
    st.tuples(st.just("take back"), st.integers(0, 2), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(1, 9)),
    st.tuples(st.just("night")),
)


def end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), tzinfo=BERLIN)


def local_midnight(now: datetime, days: int) -> datetime:
    return end_of(now.astimezone(BERLIN).date() + (days - 1) * DAY)


def act(kind: str, rest: Sequence[Any], customers: list[int], awards: list[list[Entry]], now: datetime) -> None:
    who = rest[0]
    with open_book_of(customers[who], now=now) as book:
        if kind == "earn":
            _, points, wait, life = rest
            expires_at = local_midnight(now, life) if life else None
            available_at = now + wait * DAY
            awards[who].append(book.earn(points, voucher(now), available_at=available_at, expires_at=expires_at))
        elif kind == "spend" and book.account.balance >= rest[1]:
            book.spend(rest[1], voucher(now))
        elif kind == "take back" and awards[who]:
            award = awards[who].pop(rest[1] % len(awards[who]))
            book.take_back(award, award.points, voucher(now), kind=Entry.Kind.VOID)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(acts, max_size=25))
def test_a_days_figures_agree_with_every_balance_and_stay_what_they_were(life: list[Any]) -> None:
    shop, other = make_shop(), make_shop()
    with other.scope(), open_book_of(make_customer().pk, now=NOW) as book:
        earn(book, 1_000)
    with shop.scope():
        customers = [make_customer().pk for _ in range(3)]
    awards: list[list[Entry]] = [[], [], []]
    now, seen = NOW, {}
    for kind, *rest in [*life, ("wait", 1)]:
        if kind == "night":
            settle_overdue(shop.tenant, now=now)
        elif kind != "wait":
            with shop.scope():
                act(kind, rest, customers, awards, now)
        for _ in range(rest[0] if kind == "wait" else 0):
            day = now.astimezone(BERLIN).date()
            with shop.scope():
                accounts = list(Account.objects.all())
                figures = ledger.figures_of(accounts, now=end_of(day)).values()
                found = seen[day] = liability(on=day, now=end_of(day) + timedelta(hours=1))
            standing = [each.balance + each.pending for each in figures]
            assert found.outstanding == sum(points for points in standing if points > 0)
            assert found.deficit == -sum(points for points in standing if points < 0)
            assert found.holders == sum(points > 0 for points in standing)
            assert (found.months[-1].closing if found.months else 0) == found.outstanding - found.deficit
            now += DAY
    settle_overdue(shop.tenant, now=LONG_AFTER)
    with shop.scope():
        for day, found in seen.items():
            assert liability(on=day, now=LONG_AFTER) == found
        assert ledger.unsound_accounts() == {}


def test_each_month_opens_where_the_one_before_has_closed(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        jana, mia = make_customer().pk, make_customer().pk
        with open_book_of(jana, now=NOW) as book:
            award = earn(book, 100)
            book.earn(50, voucher(), kind=Entry.Kind.OPENING, available_at=NOW, expires_at=end_of(date(2026, 5, 31)))
            book.spend(30, voucher())
        with open_book_of(jana, now=NOW + 30 * DAY) as book:
            book.take_back(award, 100, voucher(), kind=Entry.Kind.VOID)
            book.earn(7, voucher(), kind=Entry.Kind.ADJUST, available_at=NOW, expires_at=None)
        with open_book_of(mia, now=NOW + 30 * DAY) as book:
            earn(book, 5)
        with open_books_of([jana, mia], now=NOW + 40 * DAY) as books:
            books[jana].hand_over(books[mia], voucher(NOW + 40 * DAY))
        found = liability(on=date(2026, 6, 15), now=LONG_AFTER)
    shown = [
        (month.first.month, month.opening, dict(zip(COLUMNS, month.movements, strict=True)), month.closing)
        for month in found.months
    ]
    nothing = dict.fromkeys(COLUMNS, 0)
    assert shown == [
        (3, 0, nothing | {"earned": 100, "imported": 50, "redeemed": -30}, 120),
        (4, 120, nothing | {"earned": 5, "taken_back": -100, "adjusted": 7}, 32),
        (5, 32, nothing | {"expired": -20}, 12),
        (6, 12, nothing, 12),
    ]
    with shops[1].scope():
        assert liability(on=FIRST, now=LONG_AFTER).months == []


def test_points_of_the_last_day_of_a_year_are_gone_at_its_end_whenever_that_is_written_down(shop: Shop) -> None:
    years_end = date(2026, 12, 31)
    with shop.scope():
        account = ledger.account_of(make_customer())
        with open_book(account.pk, now=NOW) as book:
            book.earn(10, voucher(), available_at=NOW, expires_at=end_of(years_end))
        before = liability(on=date(2026, 12, 30), now=LONG_AFTER)
        assert (before.outstanding, liability(on=years_end, now=LONG_AFTER).outstanding) == (10, 0)
    settle_overdue(shop.tenant, now=LONG_AFTER)
    with shop.scope():
        assert liability(on=date(2026, 12, 30), now=LONG_AFTER) == before
        december = liability(on=years_end, now=LONG_AFTER).months[-1]
        assert (december.expired, december.closing) == (-10, 0)


def test_a_purchase_that_is_booked_late_changes_no_day_that_is_over(shop: Shop) -> None:
    with shop.scope():
        account = ledger.account_of(make_customer())
        with open_book(account.pk, now=NOW + 30 * DAY) as book:
            book.earn(10, voucher(NOW), available_at=NOW, expires_at=NOW + DAY)
        settle = NOW + 31 * DAY
        with open_book(account.pk, now=settle):
            pass
        assert liability(on=FIRST + 20 * DAY, now=settle).months == []
        assert liability(on=FIRST + 30 * DAY, now=settle).outstanding == 0


def test_without_a_word_of_the_merchant_no_value_is_stated(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        with shop.scope(), open_book(ledger.account_of(make_customer()).pk, now=NOW) as book:
            earn(book, 250)
    with shops[0].scope():
        assert liability(on=FIRST, now=LONG_AFTER).value is None
        state_point_value(per_hundred=100, actor=SYSTEM, now=NOW + DAY)
        state_point_value(per_hundred=150, actor=SYSTEM, now=NOW + 5 * DAY)
        days = (FIRST, FIRST + 2 * DAY, FIRST + 6 * DAY)
        assert [liability(on=day, now=LONG_AFTER).value for day in days] == [250, 250, 375]
        for senseless in (0, -1, 1_000_001):
            with pytest.raises(Invalid):
                state_point_value(per_hundred=senseless, actor=SYSTEM, now=NOW)
    with shops[1].scope():
        assert point_value(at=LONG_AFTER) is None


def test_what_is_expected_to_expire_follows_from_the_shops_own_past(
    shops: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "ENOUGH_LOTS", 2)
    with shops[0].scope():
        with open_book(ledger.account_of(make_customer()).pk, now=NOW) as book:
            earn(book, 60, expires_in=DAY)
            returned = earn(book, 100, expires_in=DAY)
            book.take_back(returned, 100, voucher(), kind=Entry.Kind.VOID)
            earn(book, 40, expires_in=2 * DAY)
            book.spend(75, voucher())
        with open_book(ledger.account_of(make_customer()).pk, now=NOW + 5 * DAY) as book:
            earn(book, 200, expires_in=900 * DAY)
            earn(book, 1_000)
        assert liability(on=FIRST, now=LONG_AFTER).breakage is None
        found = liability(on=FIRST + 6 * DAY, now=LONG_AFTER)
        assert found.breakage
        assert (found.breakage.granted, found.breakage.expired, found.breakage.percent) == (100, 25, 25)
        assert (found.outstanding, found.breakage.expected) == (1_200, 50)
    with shops[1].scope():
        assert liability(on=FIRST, now=LONG_AFTER).breakage is None
