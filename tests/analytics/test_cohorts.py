"""Who comes again in the months after the first, against a naive oracle, and what is read of it from the database."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.cohorts import Cell, Cohort, lean, triangle
from analytics.kpis import Period, Ratio
from analytics.loyalty import course, loyalty
from analytics.models import CustomerMonth
from analytics.overview import base, cohort_counts, repeats, sales
from analytics.rollups.nightly import draw_figures
from tests.factories import NOW, Shop, make_customer, make_purchase, make_store

Month = tuple[int, int]
months = st.tuples(st.integers(2024, 2026), st.integers(1, 12))
# What each customer has bought in: at least one month.
histories = st.lists(st.sets(months, min_size=1, max_size=6), max_size=30)
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def after(first: Month, count: int) -> Month:
    for _ in range(count):
        first = (first[0] + 1, 1) if first[1] == 12 else (first[0], first[1] + 1)
    return first


def rows_of(bought: list[set[Month]]) -> list[tuple[date, int, int]]:
    """As the database counts."""
    return [
        (date(*first, 1), later, sum(min(own) == first and after(first, later) in own for own in bought))
        for first in {min(own) for own in bought}
        for later in range(40)
    ]


@given(bought=histories, until=days, cohorts=st.integers(1, 14), reach=st.integers(1, 8))
def test_each_cell_counts_who_bought_in_that_month(
    bought: list[set[Month]], until: date, cohorts: int, reach: int
) -> None:
    now = (until.year, until.month)
    # The database knows nothing of what comes after the last day.
    bought = [own for own in ({month for month in own if month <= now} for own in bought) if own]
    found = triangle(rows_of(bought), until=until, cohorts=cohorts, months=reach)
    firsts = [first for first in sorted({min(own) for own in bought}) if first < now <= after(first, cohorts)]
    assert [cohort.first for cohort in found] == [date(*first, 1) for first in firsts]
    for cohort in found:
        first = (cohort.first.year, cohort.first.month)
        own = [each for each in bought if min(each) == first]
        assert cohort.customers == len(own)
        shown = [later for later in range(1, reach + 1) if after(first, later) <= now]
        assert [cell.months for cell in cohort.cells] == shown
        for cell in cohort.cells:
            month = after(first, cell.months)
            assert cell.came == Ratio(sum(month in each for each in own), len(own))
            assert cell.is_running == (month == now and until.day < monthrange(*now)[1])


def test_the_last_day_of_a_month_ends_it() -> None:
    rows = [(date(2026, 1, 1), 0, 4), (date(2026, 1, 1), 1, 2)]
    for until, is_running in ((date(2026, 2, 27), True), (date(2026, 2, 28), False)):
        assert triangle(rows, until=until, cohorts=12, months=6) == (
            Cohort(date(2026, 1, 1), 4, (Cell(1, Ratio(2, 4), is_running),)),
        )


def cohorts_of(*shares: Ratio) -> list[Cohort]:
    firsts = (date(2026, 1 + number, 1) for number in range(len(shares)))
    cells = [(Cell(1, share, is_running=False),) for share in shares]
    return [Cohort(first, cell[0].came.whole, cell) for first, cell in zip(firsts, cells, strict=True)]


def test_a_trend_is_said_only_where_chance_would_hardly_make_it() -> None:
    few, many = Ratio(40, 100), Ratio(65, 100)
    assert lean(cohorts_of(few, few, many, many)) == 1
    assert lean(cohorts_of(many, many, few, few)) == -1
    assert lean(cohorts_of(few, Ratio(45, 100))) == 0
    assert lean(cohorts_of(Ratio(2, 5), Ratio(4, 5))) == 0
    assert lean(cohorts_of(Ratio(5, 5), Ratio(5, 5))) == 0
    assert lean(cohorts_of(few)) == lean([]) == 0


def test_a_month_that_runs_is_no_sign_of_anything() -> None:
    running = Cohort(date(2026, 3, 1), 1_000, (Cell(1, Ratio(1, 1_000), is_running=True),))
    assert lean([*cohorts_of(Ratio(50, 100), Ratio(50, 100)), running]) == 0


@pytest.mark.django_db
def test_the_database_counts_from_the_first_month_on_in_which_anything_stands(shop: Shop, other_shop: Shop) -> None:
    histories = [["2025-11", "2026-01"], ["2026-01", "2026-02"], ["2026-01", "2026-03"], ["2026-03"]]
    for each, times in ((shop, 1), (other_shop, 2)):
        with each.scope():
            CustomerMonth.objects.bulk_create(
                CustomerMonth(customer=customer, month=f"{month}-01", days=1, purchases=1, total=100)
                for own in histories * times
                for customer in [make_customer()]
                for month in own
            )
    january, march = date(2026, 1, 1), date(2026, 3, 1)
    with shop.scope():
        assert cohort_counts(january) == [(january, 0, 2), (january, 1, 1), (january, 2, 1), (march, 0, 1)]
        assert cohort_counts(date(2025, 1, 1))[:2] == [(date(2025, 11, 1), 0, 1), (date(2025, 11, 1), 2, 1)]


@pytest.mark.django_db
def test_many_periods_at_once_are_what_each_is_by_itself(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        make_purchase(customer=make_customer(), now=NOW)
    with shop.scope():
        stores = [shop.store, make_store(code="hafen")]
        people = [make_customer(now=NOW - timedelta(days=400)) for _ in range(4)]
        visits = sorted((-step * (11 + 9 * number), number) for number in range(len(people)) for step in range(8))
        for day, number in visits:
            make_purchase(
                customer=people[number],
                total=700 + 100 * number,
                store=stores[day % 2],
                now=NOW + timedelta(days=day),
            )
    today = NOW.date() + timedelta(days=1)
    draw_figures(shop.tenant, today=today)
    with shop.scope():
        for days in (30, 90, 365):
            period = Period.ending(NOW.date(), days=days)
            periods = [*course(period, points=4), period.year_before]
            for place in (None, stores[0].pk):
                for found in loyalty(periods, window_days=90, store_id=place):
                    asked = found.period
                    assert found.base == base(asked, store_id=place)
                    assert found.repeats == repeats(asked.last, store_id=place)
                    assert found.sales == sales(asked, store_id=place)
                    assert found.last_month == base(Period.ending(asked.last, days=30), store_id=place)
                    assert found.lately == sales(Period.ending(asked.last, days=90), store_id=place)
                    # Of four customers no rate is made.
                    assert (found.retention, found.repeat, found.frequency, found.value) == (None,) * 4
