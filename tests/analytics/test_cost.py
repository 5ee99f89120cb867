"""What a programme costs and from when on it pays: exact, by what was true in the period, never called an effect."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from analytics.claims import Claim
from analytics.costing import parts, programme_cost
from analytics.gathering import overview
from analytics.kpis import MONTH, Cost, Period, Sales, Stretch
from analytics.models import BaseFigures, FiguresState, StatedCost
from analytics.overview import sales, window
from analytics.rollups.nightly import draw_figures
from analytics.stating import costs_in_force, set_window, state_cost
from events.models import Event
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.clients import signed_in
from tests.factories import NOW, Shop, make_customer, make_member, make_purchase, today

DAY = timedelta(days=1)
# 100 guests, 30 days, 5.3 purchases each for 6.40: 3392.00 of sales, 50.88 of which come back as cappuccinos.
CAFE = Cost(
    days=30,
    members=100,
    purchases=530,
    total=339_200,
    rewards=5_088,
    stretches=(Stretch(days=30, total=339_200, margin_percent=20, running=0),),
)
stretches = st.builds(
    Stretch,
    days=st.integers(1, 400),
    total=st.integers(0, 10**8),
    margin_percent=st.integers(1, 100),
    running=st.integers(0, 10**6),
)


@st.composite
def costs(draw: st.DrawFn) -> Cost:
    said = tuple(draw(st.lists(stretches, min_size=1, max_size=3)))
    return Cost(
        days=sum(each.days for each in said),
        members=draw(st.integers(1, 10_000)),
        purchases=draw(st.integers(1, 100_000)),
        total=sum(each.total for each in said),
        rewards=draw(st.integers(0, 10**7)),
        stretches=said,
    )


def stated(since: date, *, margin: int = 20, running: int = 4_900, now: datetime = NOW) -> StatedCost:
    return state_cost(margin_percent=margin, running=running, since=since, actor=SYSTEM, now=now)


def test_a_cafe_reads_what_its_programme_costs_and_from_when_on_it_pays() -> None:
    assert CAFE.per(100_00) == 150
    assert CAFE.margin_percent == 20
    # 0.52 a month for each guest; a further visit leaves 1.28 less 0.10 for rewards: 0.44 visits, rounded up.
    assert CAFE.left == 128
    assert CAFE.brings == Fraction(1184, 10)
    assert CAFE.extra_visits == Decimal("0.5")
    assert CAFE.can_pay is True


def test_what_runs_anyway_is_paid_for_as_well_but_not_again_by_further_visits() -> None:
    (whole,) = CAFE.stretches
    dearer = replace(CAFE, stretches=(replace(whole, running=4_900),))
    # 49.00 a month are 48.30 in 30 days.
    assert dearer.running == 4_900 * 30 / MONTH
    assert dearer.per(100_00) == 292
    assert dearer.extra_visits == Decimal("0.9")
    assert dearer.brings == CAFE.brings


@given(cost=costs())
def test_all_figures_agree_with_a_plain_count(cost: Cost) -> None:
    assert cost.rewards is not None
    running, left = Fraction(0), Fraction(0)
    for each in cost.stretches:
        running += Fraction(each.running * 12 * 400 * each.days, 146_097)
        left += Fraction(each.total, 100) * each.margin_percent
    spent, months = cost.rewards + running, Fraction(cost.days * 4_800, 146_097)
    brings = (left - cost.rewards) / cost.purchases
    assert (cost.running, cost.spent) == (running, spent)
    assert cost.per_member == spent / cost.members / months
    assert cost.brings == brings
    assert cost.can_pay == (brings > 0)
    if cost.total:
        per = cost.per(10_000)
        assert per is not None
        assert abs(Fraction(per) - spent * 10_000 / cost.total) <= Fraction(1, 2)
    if brings <= 0:
        assert cost.extra_visits is None
        return
    # With so many more visits it pays, with a tenth fewer it does not.
    assert cost.extra_visits is not None
    brought = brings * cost.members * months
    assert Fraction(cost.extra_visits) * brought >= spent
    assert (Fraction(cost.extra_visits) - Fraction(1, 10)) * brought < spent


@given(cost=costs(), times=st.integers(2, 1000))
def test_another_currency_changes_nothing_in_visits(cost: Cost, times: int) -> None:
    assert cost.rewards is not None
    said = tuple(replace(each, total=each.total * times, running=each.running * times) for each in cost.stretches)
    dearer = replace(cost, total=cost.total * times, rewards=cost.rewards * times, stretches=said)
    assert dearer.extra_visits == cost.extra_visits


def test_where_something_is_not_known_nothing_is_said() -> None:
    for unknown in (replace(CAFE, stretches=()), replace(CAFE, rewards=None)):
        assert (unknown.per(100_00), unknown.extra_visits, unknown.can_pay) == (None, None, None)
    assert replace(CAFE, members=0).extra_visits is None
    nothing_sold = replace(CAFE, purchases=0, total=0)
    assert (nothing_sold.extra_visits, nothing_sold.per(100_00), nothing_sold.margin_percent) == (None, None, None)


def test_rewards_dearer_than_the_margin_never_pay() -> None:
    generous = replace(CAFE, rewards=70_000)
    assert generous.extra_visits is None
    assert generous.can_pay is False


def test_it_cannot_be_called_an_effect() -> None:
    assert CAFE.claim is Claim.ASSOCIATION
    with pytest.raises(ValueError, match="init=False"):
        replace(CAFE, claim=Claim.EFFECT)


@given(starts=st.lists(st.integers(0, 40), unique=True, max_size=4), first=st.integers(0, 40), days=st.integers(1, 40))
def test_each_day_of_a_period_has_the_entry_that_held_on_it(starts: Sequence[int], first: int, days: int) -> None:
    begin = date(2026, 1, 1)
    entries = [StatedCost(pk=start, since_on=begin + start * DAY) for start in sorted(starts, reverse=True)]
    period = Period(begin + first * DAY, begin + (first + days - 1) * DAY)
    by_day: dict[date, int] = {}
    for part, entry in parts(period, entries):
        by_day |= {part.first + number * DAY: entry.pk for number in range(part.days)}
    expected = {}
    for number in range(days if starts else 0):
        day = period.first + number * DAY
        held = [start for start in starts if begin + start * DAY <= day]
        expected[day] = max(held, default=min(starts))
    assert by_day == expected


@pytest.mark.django_db
def test_a_period_keeps_what_was_true_in_it(shops: tuple[Shop, Shop]) -> None:
    shop, other = shops
    first, last = NOW.date() - 9 * DAY, NOW.date()
    for each, total in ((shop, 1_000), (other, 7_000)):
        with each.scope():
            jana = make_customer(now=NOW - 20 * DAY)
            for days in range(10):
                make_purchase(customer=jana, total=total, store=each.store, now=NOW - days * DAY)
        draw_figures(each.tenant, today=last + DAY)
    with shop.scope():
        stated(first, margin=50, running=3_000)
        stated(last - 2 * DAY, margin=30, running=6_000)
        # The last word of a day counts.
        stated(last - 2 * DAY, margin=20, running=6_000)
        period = Period(first - 5 * DAY, last)
        cost = programme_cost(period, sold=sales(period), active=1)
        assert [(each.days, each.total, each.margin_percent) for each in cost.stretches] == [
            (3, 3_000, 20),
            # Since the first day on which anything was sold.
            (7, 7_000, 50),
        ]
        assert cost.days == 10
        assert cost.running == (3 * 6_000 + 7 * 3_000) / MONTH
        assert cost.margin_percent == 41
        before = Period(first, last - 3 * DAY)
        assert programme_cost(before, sold=sales(before), active=1).margin_percent == 50
        whole = overview(period)
        assert whole.cost == cost
        assert whole.cost_per_hundred == cost.per(100_00)
        assert overview(period, store_id=None).cost is not None
    with other.scope():
        assert costs_in_force() == []
        assert programme_cost(period, sold=sales(period), active=1).extra_visits is None


@pytest.mark.django_db
def test_what_was_said_stays(shop: Shop) -> None:
    with shop.scope():
        entry = stated(NOW.date())
        for change in (entry.delete, entry.save):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        told = Event.objects.get(name="figures.cost_stated").payload
        assert told == {"since": NOW.date().isoformat(), "margin_percent": 20, "running": 4_900}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"margin": 0}, "margin_percent"),
        ({"margin": 101}, "margin_percent"),
        ({"running": -1}, "running"),
        ({"running": 10**12}, "running"),
        ({"since": NOW.date() + DAY}, "since"),
        ({"since": date(1999, 12, 31)}, "since"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, wrong: dict[str, int], field: str) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            stated(**({"since": NOW.date()} | wrong))  # type: ignore[arg-type]
        assert refused.value.field == field
        assert not StatedCost.objects.exists()
        for days in (6, 731):
            with pytest.raises(Invalid):
                set_window(days=days, actor=SYSTEM, now=NOW)


@pytest.mark.django_db
def test_another_window_draws_all_days_anew_in_the_next_night(shops: tuple[Shop, Shop]) -> None:
    last = NOW.date()
    for each in shops:
        with each.scope():
            jana = make_customer(now=NOW - 99 * DAY)
            for days in (80, 40, 0):
                make_purchase(customer=jana, store=each.store, now=NOW - days * DAY)
        draw_figures(each.tenant, today=last + DAY)
    with shops[0].scope():
        assert BaseFigures.objects.filter(active=0).count() == 0
        set_window(days=10, actor=SYSTEM, now=NOW)
        # What is shown stays what is drawn.
        drawn = window()
        assert (drawn.days, drawn.wanted) == (90, 10)
        assert BaseFigures.objects.filter(active=0).count() == 0
    for each in shops:
        draw_figures(each.tenant, today=last + 2 * DAY)
    with shops[0].scope():
        assert window().days == 10
        # 82 days, on ten of them after each purchase somebody is active; after the last one on two of them so far.
        assert BaseFigures.objects.filter(active=1).count() == 10 + 10 + 2
        assert BaseFigures.objects.filter(active=0).count() == 60
    with shops[1].scope():
        assert window().days == 90
        assert BaseFigures.objects.filter(active=0).count() == 0


@pytest.mark.django_db
def test_a_shop_without_a_night_begins_with_the_window_it_asked_for(shop: Shop) -> None:
    with shop.scope():
        set_window(days=14, actor=SYSTEM, now=NOW)
        assert FiguresState.objects.get().window_days == 14
        assert (window().days, window().last) == (14, None)


PAGE = "/backoffice/reports/entries/"


def desk(shop: Shop, role: str = "manager") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


@pytest.mark.django_db
def test_whoever_may_change_the_programme_enters_the_figures(shops: tuple[Shop, Shop]) -> None:
    client, since = desk(shops[0]), today() - 40 * DAY
    typed = {"margin_percent": "65", "running": "49,00", "since": since.isoformat()}
    assert client.post(f"{PAGE}cost/", typed).status_code == 302
    assert client.post(f"{PAGE}active/", {"days": "60"}).status_code == 302
    page = client.get(PAGE).content.decode()
    assert "49,00" in page
    assert 'value="65"' in page
    with shops[0].scope():
        entry = StatedCost.objects.get()
        assert (entry.margin_percent, entry.running, entry.since_on) == (65, 4_900, since)
        assert window().wanted == 60
    with shops[1].scope():
        assert not StatedCost.objects.exists()
        assert window().wanted == 90
    tomorrow = (timezone.now() + 2 * DAY).date().isoformat()
    refused = client.post(f"{PAGE}cost/", typed | {"since": tomorrow, "margin_percent": "200"}).content.decode()
    assert "200" in refused
    assert "errsum" in refused
    analyst = desk(shops[0], "analyst")
    assert analyst.get(PAGE).status_code == 403
    assert analyst.post(f"{PAGE}cost/", typed).status_code == 403
    assert analyst.post(f"{PAGE}active/", {"days": "60"}).status_code == 403


def test_sales_alone_make_no_break_even() -> None:
    assert Cost(days=1, members=0, purchases=Sales().purchases, total=0, rewards=0).per(100_00) is None
