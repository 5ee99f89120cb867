"""The figures of a merchant, by their definitions and against sets in plain Python."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.kpis import Base, Period, Ratio, Repeats, Sales, frequency, redemption_rate, simple_value

people = st.sets(st.integers(0, 60))


def test_of_a_hundred_who_were_there_eighty_stay_and_some_of_the_new_lapse_again() -> None:
    base = Base(start=100, end=110, kept=80, new=25)
    assert (base.joined, base.returned) == (30, 5)
    assert base.retention.percent == Decimal("80.0")
    assert base.churn.percent == Decimal("20.0")
    assert base.growth.percent == Decimal("10.0")


@given(start=people, end=people, known=people)
def test_who_is_kept_and_who_has_joined_are_sets(start: set[int], end: set[int], known: set[int]) -> None:
    known |= start
    base = Base(start=len(start), end=len(end), kept=len(start & end), new=len(end - known))
    assert base.joined == len(end - start)
    assert base.returned == len((end - start) & known)
    if start:
        retention, churn = base.retention.percent, base.churn.percent
        assert retention is not None
        assert churn is not None
        assert 0 <= retention <= 100
        # Each is rounded by itself.
        assert abs(retention + churn - 100) <= Decimal("0.1")


def test_without_anything_to_divide_by_there_is_no_figure() -> None:
    nobody = Base(start=0, end=0, kept=0, new=0)
    assert nobody.retention.percent is None
    assert Repeats(bought=0, bought_again=0, active=0, active_again=0).ever.percent is None
    assert (Sales().average, Sales().with_card.percent, frequency(purchases=0, customers=0, days=30)) == (None,) * 3
    assert simple_value(total=0, customers=0, days=90, monthly=nobody) is None
    assert redemption_rate(redeemed=0, still_there=0).percent is None


def test_a_lifetime_without_end_is_no_figure() -> None:
    monthly = Base(start=40, end=50, kept=40, new=10)
    assert simple_value(total=100_000, customers=50, days=90, monthly=monthly) is None


def test_rates_are_rounded_half_up() -> None:
    assert Ratio(1, 8).percent == Decimal("12.5")
    assert Ratio(1, 2000).percent == Decimal("0.1")
    assert Ratio(-1, 2000).percent == Decimal("-0.1")


def test_averages_are_whole_cents_and_purchases_come_per_month() -> None:
    sold = Sales(purchases=3, total=1_001, card_purchases=2, card_total=500)
    assert [sold.average, sold.card_average, sold.other_average] == [Decimal(334), Decimal(250), Decimal(501)]
    # 90 purchases of 30 customers in 90 days: three each in 2.957 months.
    assert frequency(purchases=90, customers=30, days=90) == Decimal("1.0")


def test_the_simple_value_is_revenue_a_month_times_months_until_they_leave() -> None:
    """10 euros a head in 30 days, and one of ten leaves in 30 days: ten times as much."""
    monthly = Base(start=100, end=95, kept=90, new=5)
    assert simple_value(total=100_000, customers=100, days=30, monthly=monthly) == 10_000


@pytest.mark.parametrize(("days", "first"), [(30, date(2026, 2, 9)), (1, date(2026, 3, 10))])
def test_a_period_has_its_last_day_and_as_many_days_before_it(days: int, first: date) -> None:
    period = Period.ending(date(2026, 3, 10), days=days)
    assert (period.first, period.days) == (first, days)
    assert period.before.last == period.day_before
    assert period.before.days == days
    assert period.year_before.last == date(2025, 3, 11)
    assert period.year_before.last.weekday() == period.last.weekday()
