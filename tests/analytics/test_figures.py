"""Figures drawn at night agree with what a naive oracle counts, whatever has happened to which day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import log
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.gathering import overview
from analytics.jobs import draw, prove
from analytics.kpis import Base, Period, Repeats
from analytics.models import BaseFigures, CustomerMonth, DayFigures, FiguresState
from analytics.models.figures import SPANS
from analytics.overview import base, sales, sales_by_month
from analytics.rollups.nightly import draw_figures
from analytics.rollups.proof import prove_figures
from customers.merging import merge
from customers.models import Customer
from events.models import Event
from programs.claiming import claim_purchase
from programs.models import CustomerStat, LateChange, Purchase
from programs.returns import return_goods
from programs.services import void_purchase
from rewards.models import Redemption
from rewards.redeeming import cancel_redemption, use_voucher
from team.models import Store
from tenants.roles import SYSTEM
from tests.factories import (
    NOW,
    Shop,
    give_points,
    make_customer,
    make_purchase,
    make_redemption,
    make_reward,
    make_shop,
    make_store,
)

pytestmark = pytest.mark.django_db
START = datetime(2025, 3, 28, 22, 30, tzinfo=UTC)
PEOPLE = 3
REPEATS = ("bought", "bought_again", "active", "active_again")
DAY = timedelta(days=1)


@dataclass
class Sale:
    """A purchase as the oracle knows it."""

    row: Purchase
    day: date
    at: datetime
    store: int | None
    left: int
    was: int
    customer: int | None
    stands: bool = True


@dataclass
class Book:
    """What happened, and what follows from it in plain words."""

    window: int
    sales: list[Sale] = field(default_factory=list)

    def standing(self) -> list[Sale]:
        return [sale for sale in self.sales if sale.stands and (sale.left > 0 or sale.was == 0)]

    def of(self, customer: int, store: int | None = None) -> list[Sale]:
        own = [sale for sale in self.standing() if sale.customer == customer and store in (None, sale.store)]
        return sorted(own, key=lambda sale: sale.at)

    def customers(self) -> set[int]:
        return {sale.customer for sale in self.standing() if sale.customer is not None}

    def count_on(self, customer: int, day: date, store: int | None) -> int:
        since = day - self.window * DAY
        return sum(since < sale.day <= day for sale in self.of(customer, store))

    def base(self, day: date, store: int | None) -> dict[str, int]:
        bought = {who: [sale.day for sale in self.of(who, store) if sale.day <= day] for who in self.customers()}
        active = {who for who in bought if self.count_on(who, day, store) >= 1}
        figures = {
            "bought": sum(len(days) >= 1 for days in bought.values()),
            "bought_again": sum(len(days) >= 2 for days in bought.values()),
            "active": len(active),
            "active_again": sum(self.count_on(who, day, store) >= 2 for who in bought),
        }
        for span in SPANS:
            then = day - span * DAY
            figures[f"kept_{span}"] = sum(self.count_on(who, then, store) >= 1 for who in active)
            figures[f"new_{span}"] = sum(bought[who][0] > then for who in active)
        return figures


actions = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "buy", "late", "void", "return", "claim", "merge", "night"]),
        st.integers(0, PEOPLE),
        st.integers(0, 200),
        st.sampled_from([0, 1, 60 * 7, 60 * 24 * 3, 60 * 24 * 11, 60 * 24 * 45]),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25)
@given(story=actions, window=st.integers(1, 40))
def test_figures_are_what_an_oracle_counts(story: list[tuple[str, int, int, int]], window: int) -> None:
    shop, other = make_shop(now=START - 900 * DAY), make_shop(now=START - 900 * DAY)
    with other.scope():
        make_purchase(customer=make_customer(), now=START)
    with shop.scope():
        FiguresState.objects.create(window_days=window)
        stores = [shop.store, make_store(code="hafen"), None]
        people = [make_customer(now=START - 800 * DAY) for _ in range(PEOPLE)]
    book, now = Book(window), START
    for what, number, amount, minutes in story:
        now += timedelta(minutes=minutes)
        if what == "night":
            draw_figures(shop.tenant, today=local(now, shop))
            continue
        with shop.scope():
            live(what, number, amount, now=now, book=book, people=people, stores=stores, shop=shop)
    last = local(now, shop)
    draw_figures(shop.tenant, today=last + DAY)
    with shop.scope():
        assert not LateChange.objects.exists()
        assert_drawn(book, last=last, stores=[store.pk if store else None for store in stores])
    with other.scope():
        assert not BaseFigures.objects.exists()
        assert CustomerStat.objects.get().purchases == 1


def local(now: datetime, shop: Shop) -> date:
    return now.astimezone(shop.tenant.zone).date()


def live(
    what: str,
    number: int,
    amount: int,
    *,
    now: datetime,
    book: Book,
    people: list[Customer],
    stores: list[Store | None],
    shop: Shop,
) -> None:
    """One thing happens in the shop, and the book says the same."""
    who = people[number % len(people)] if number < PEOPLE else None
    standing = [sale for sale in book.sales if sale.stands and sale.left > 0]
    if what in ("buy", "late"):
        at = now - timedelta(hours=amount * 30) if what == "late" else now
        store = stores[amount % 3]
        receipt = f"R{len(book.sales)}"
        row = make_purchase(
            customer=who, total=amount, store=store, receipt_number=receipt, purchased_at=at, now=now
        ).purchase
        owner = who.pk if who else None
        book.sales.append(Sale(row, local(at, shop), at, store.pk if store else None, amount, amount, owner))
    elif what == "void" and standing:
        sale = standing[amount % len(standing)]
        void_purchase(purchase=sale.row, actor=SYSTEM, now=now)
        sale.stands = False
    elif what == "return" and standing:
        sale = standing[amount % len(standing)]
        given_back = max(sale.left * (number + 1) // (PEOPLE + 1), 1)
        return_goods(purchase=sale.row, total=given_back, actor=SYSTEM, now=now)
        sale.left -= given_back
    elif what == "claim" and (nobodys := [sale for sale in standing if sale.customer is None]) and who:
        sale = nobodys[0]
        claim_purchase(
            customer=who, receipt_number=sale.row.receipt_number or "", total=sale.was, actor=SYSTEM, now=now
        )
        sale.customer = who.pk
    elif what == "merge" and len(people) > 1:
        gone, stays = people.pop(), people[0]
        merge(customer=gone, into=stays, actor=SYSTEM, now=now)
        for sale in book.sales:
            if sale.customer == gone.pk:
                sale.customer = stays.pk


def assert_drawn(book: Book, *, last: date, stores: list[int | None]) -> None:
    assert {(row.day, row.store_id): sums(row) for row in DayFigures.objects.all()} == dict(days_of(book))
    assert {stat.customer_id: stat_of(stat) for stat in CustomerStat.objects.all()} == {
        who: expected_stat(book.of(who)) for who in book.customers()
    }
    months: dict[tuple[int, date], list[Sale]] = defaultdict(list)
    for who in book.customers():
        for sale in book.of(who):
            months[who, sale.day.replace(day=1)].append(sale)
    assert {
        (row.customer_id, row.month): (row.days, row.purchases, row.total) for row in CustomerMonth.objects.all()
    } == {
        key: (len({sale.day for sale in sales}), len(sales), sum(sale.left for sale in sales))
        for key, sales in months.items()
    }
    for row in BaseFigures.objects.all():
        assert {name: getattr(row, name) for name in book.base(row.day, row.store_id)} == book.base(
            row.day, row.store_id
        ), (row.day, row.store_id)
    assert_read(book, last=last, store=stores[0])
    if book.customers():
        first = min(sale.day for sale in book.standing() if sale.customer is not None)
        assert BaseFigures.objects.filter(store=None).count() >= (last - first).days + 1


def assert_read(book: Book, *, last: date, store: int | None) -> None:
    """Any period is what the oracle counts, whether it is drawn already or counted when asked."""
    for days in (1, 7, *SPANS, 400):
        period = Period.ending(last, days=days)
        for place in (None, store):
            found = base(period, store_id=place)
            active = {
                day: {who for who in book.customers() if book.count_on(who, day, place)}
                for day in (period.day_before, period.last)
            }
            start, end = active[period.day_before], active[period.last]
            new = {who for who in end if book.of(who, place)[0].day > period.day_before}
            assert found == Base(start=len(start), end=len(end), kept=len(start & end), new=len(new)), (days, place)
            sold = [
                sale
                for sale in book.standing()
                if period.first <= sale.day <= period.last and place in (None, sale.store)
            ]
            figures = sales(period, store_id=place)
            assert (figures.purchases, figures.total) == (len(sold), sum(sale.left for sale in sold))
            months = sales_by_month(period, store_id=place)
            assert [month for month, _ in months] == sorted({sale.day.replace(day=1) for sale in sold})
            assert sum(each.total for _, each in months) == figures.total
            whole = overview(period, store_id=place)
            assert (whole.base, whole.sales) == (found, figures)
            since = period.last - book.window * DAY
            lately = [sale.left for who in end for sale in book.of(who, place) if since < sale.day <= period.last]
            assert (whole.lately.card_purchases, whole.lately.card_total) == (len(lately), sum(lately))
            assert whole.repeats == Repeats(**{name: book.base(period.last, place)[name] for name in REPEATS})
            assert (whole.members.part, whole.repeats.active) == (len(end), len(end))


def sums(row: DayFigures) -> tuple[int, ...]:
    return row.purchases, row.total, row.card_purchases, row.card_total


def days_of(book: Book) -> Iterator[tuple[tuple[date, int | None], tuple[int, ...]]]:
    by_day: dict[tuple[date, int | None], list[Sale]] = defaultdict(list)
    for sale in book.standing():
        by_day[sale.day, sale.store].append(sale)
    for key, sold in by_day.items():
        cards = [sale for sale in sold if sale.customer is not None]
        yield key, (len(sold), sum(s.left for s in sold), len(cards), sum(s.left for s in cards))


def stat_of(stat: CustomerStat) -> tuple[Any, ...]:
    return (
        *(stat.purchases, stat.days, stat.first_on, stat.last_on, stat.second_on, stat.total, stat.first_total),
        pytest.approx(stat.log_gaps),
    )


def expected_stat(sales: list[Sale]) -> tuple[Any, ...]:
    days = sorted({sale.day for sale in sales})
    return (
        len(sales),
        len(days),
        days[0],
        days[-1],
        sales[1].day if len(sales) > 1 else None,
        sum(sale.left for sale in sales),
        sum(sale.left for sale in sales if sale.day == days[0]),
        sum(log((later - earlier).days) for earlier, later in pairwise(days)),
    )


def test_night_by_night_the_base_is_what_all_spells_come_to(shop: Shop, other_shop: Shop) -> None:
    """Over a month and a half, with a week as the window: many come again on the very day on which it is over."""
    chance = Random(7)
    with other_shop.scope():
        make_purchase(customer=make_customer(), now=NOW)
    with shop.scope():
        FiguresState.objects.create(window_days=7)
        stores, people = [shop.store, make_store(code="hafen")], [make_customer(now=NOW) for _ in range(12)]
    for night in range(1, 46):
        with shop.scope():
            for who in chance.sample(people, 2):
                moment = NOW + (night - 1) * DAY
                make_purchase(customer=who, store=chance.choice(stores), purchased_at=moment, now=moment)
        draw_figures(shop.tenant, today=NOW.date() + night * DAY)
    proof = prove_figures(shop.tenant, today=NOW.date() + 45 * DAY)
    assert (proof.days, proof.unequal_days, proof.unequal_customers) == (45, 0, 0)


def test_a_customer_counts_at_once_what_is_bought_today(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        customer = make_customer()
        for days, hours in ((0, 0), (0, 2), (9, 0), (12, 0)):
            make_purchase(customer=customer, total=500, now=NOW + timedelta(days=days, hours=hours))
        stat = CustomerStat.objects.get()
        assert not LateChange.objects.exists()
        assert (stat.purchases, stat.days, stat.total, stat.first_total) == (4, 3, 2_000, 1_000)
        assert (stat.second_on, stat.last_on) == (NOW.date(), NOW.date() + timedelta(days=12))
        assert round(stat.log_gaps, 6) == 3.295837
    with other_shop.scope():
        assert not CustomerStat.objects.exists()


def test_a_server_whose_clock_is_still_in_the_day_before_refuses_nobody(shop: Shop, other_shop: Shop) -> None:
    tomorrow = NOW + DAY
    for each in (shop, other_shop):
        with each.scope():
            make_purchase(customer=make_customer(), total=500, now=tomorrow)
    with shop.scope():
        make_purchase(customer=Customer.objects.get(), total=300, now=NOW)
    for each in (shop, other_shop):
        draw_figures(each.tenant, today=tomorrow.date() + DAY)
    with shop.scope():
        stat = CustomerStat.objects.get()
        assert (stat.days, stat.first_on, stat.second_on, stat.total) == (2, NOW.date(), tomorrow.date(), 800)
    with other_shop.scope():
        assert CustomerStat.objects.get().total == 500


def test_redeemed_rewards_stand_on_their_day_until_they_are_taken_back(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        vouchers = [redeemed(name, cost) for name, cost in (("Cappuccino", 75), ("Kuchen", None), ("Brot", 90))]
        draw_figures(shop.tenant, today=NOW.date() + DAY)
        cancel_redemption(redemption=vouchers[-1], actor=SYSTEM, now=NOW + DAY)
    draw_figures(shop.tenant, today=NOW.date() + 2 * DAY)
    draw_figures(other_shop.tenant, today=NOW.date() + DAY)
    with shop.scope():
        drawn = DayFigures.objects.get()
        assert (drawn.redemptions, drawn.redeemed_points, drawn.reward_cost, drawn.uncosted) == (2, 1_000, 75, 1)
    with other_shop.scope():
        assert not DayFigures.objects.exists()


def redeemed(name: str, cost: int | None) -> Redemption:
    customer = make_customer()
    give_points(customer, 500)
    voucher = make_redemption(customer=customer, reward=make_reward(name=name, cost=cost))
    return use_voucher(redemption=voucher, actor=SYSTEM, now=NOW)


def test_with_a_second_store_the_first_one_has_figures_of_its_own_at_once(shop: Shop, other_shop: Shop) -> None:
    for each in (shop, other_shop):
        with each.scope():
            make_purchase(customer=make_customer(), store=each.store, now=NOW)
        draw(each.tenant, NOW.date() + DAY)
    with shop.scope():
        make_store(code="hafen")
    for each in (shop, other_shop):
        draw(each.tenant, NOW.date() + 2 * DAY)
        assert prove_figures(each.tenant, today=NOW.date() + 2 * DAY).holds
    with shop.scope():
        assert set(BaseFigures.objects.filter(day=NOW.date()).values_list("store", "active")) == {
            *((None, 1), (shop.store.pk, 1))
        }
    with other_shop.scope():
        assert BaseFigures.objects.get(day=NOW.date()).store_id is None


def test_a_store_that_opens_later_has_no_figures_before_its_first_customer(shop: Shop, other_shop: Shop) -> None:
    for each in (shop, other_shop):
        with each.scope():
            make_store(code="hafen")
            make_purchase(customer=make_customer(), store=each.store, now=NOW)
        draw(each.tenant, NOW.date() + DAY)
    with shop.scope():
        late = make_store(code="neustadt")
        make_purchase(customer=make_customer(), store=late, now=NOW + DAY)
    for each in (shop, other_shop):
        draw(each.tenant, NOW.date() + 2 * DAY)
        assert prove_figures(each.tenant, today=NOW.date() + 2 * DAY).holds
    with shop.scope():
        assert BaseFigures.objects.get(store=late).day == NOW.date() + DAY


def test_on_sundays_the_figures_are_drawn_anew_and_must_be_equal(shop: Shop, other_shop: Shop) -> None:
    sunday = date(2026, 3, 15)
    for each in (shop, other_shop):
        with each.scope():
            for _ in range(2):
                make_purchase(customer=make_customer(), now=NOW)
        for day in range(5):
            draw(each.tenant, NOW.date() + (day + 1) * DAY)
    with shop.scope():
        CustomerMonth.objects.filter(pk=CustomerMonth.objects.earliest("pk").pk).update(total=1)
        BaseFigures.objects.filter(day=NOW.date()).update(active=0, active_again=0)
    for each in (shop, other_shop):
        prove(each.tenant, sunday - DAY)
        prove(each.tenant, sunday)
    with other_shop.scope():
        assert proved() == {"customers": 2, "days": 5, "unequal_customers": 0, "unequal_days": 0}
    with shop.scope():
        assert proved() == {"customers": 2, "days": 5, "unequal_customers": 1, "unequal_days": 1}
        assert CustomerMonth.objects.filter(total=2490).count() == 2
        assert BaseFigures.objects.get(day=NOW.date()).active == 2


def proved() -> dict[str, int]:
    return Event.objects.get(name="figures.proved").payload
