"""What is shown of a programme without a hold-out: right to the cent, and never called an effect."""

import statistics
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from analytics.association import Change, ProgrammeCost, change_on_joining
from analytics.effect import Claim, Reason, Unanswered

# 100 guests who come 5.3 times a month and buy for 6.40: 3392.00 of sales, 50.88 of which come back as cappuccinos.
CAFE = ProgrammeCost(members=100, months=1, visits=530, sales=339_200, rewards=5_088, running=0, margin_percent=20)
costs = st.builds(
    ProgrammeCost,
    members=st.integers(1, 10_000),
    months=st.integers(1, 24),
    visits=st.integers(1, 100_000),
    sales=st.integers(1, 10**9),
    rewards=st.integers(0, 10**7),
    running=st.integers(0, 10**6),
    margin_percent=st.integers(1, 100),
)


def test_a_cafe_reads_what_its_programme_costs_and_from_when_on_it_pays() -> None:
    assert CAFE.per(100_00) == 150
    # 0.51 a month for each guest; a further visit leaves 1.28 less 0.10 for rewards: 0.43 visits, rounded up.
    assert CAFE.extra_visits == Decimal("0.5")
    assert CAFE.can_pay is True


def test_what_runs_anyway_is_paid_for_as_well_but_not_again_by_further_visits() -> None:
    assert replace(CAFE, running=4_900).per(100_00) == 294
    assert replace(CAFE, running=4_900).extra_visits == Decimal("0.9")


@given(cost=costs)
def test_the_programme_pays_with_so_many_more_visits_and_not_with_a_tenth_fewer(cost: ProgrammeCost) -> None:
    assert cost.margin_percent is not None
    leaves = Fraction(cost.sales * cost.margin_percent, 100 * cost.visits) - Fraction(cost.rewards, cost.visits)
    assert cost.can_pay == (leaves > 0)
    if cost.extra_visits is None:
        assert leaves <= 0
        return
    brings = leaves * cost.members * cost.months
    spent = cost.rewards + cost.running
    assert Fraction(cost.extra_visits) * brings >= spent
    assert (Fraction(cost.extra_visits) - Fraction(1, 10)) * brings < spent


@given(cost=costs, times=st.integers(2, 1000))
def test_another_currency_changes_nothing_in_visits(cost: ProgrammeCost, times: int) -> None:
    dearer = replace(cost, sales=cost.sales * times, rewards=cost.rewards * times, running=cost.running * times)
    assert dearer.extra_visits == cost.extra_visits


def test_where_something_is_not_known_nothing_is_said() -> None:
    assert replace(CAFE, margin_percent=None).extra_visits is None
    assert replace(CAFE, margin_percent=None).can_pay is None
    assert replace(CAFE, members=0).extra_visits is None
    assert replace(CAFE, visits=0, sales=0).extra_visits is None
    assert replace(CAFE, visits=0, sales=0).per(100_00) is None


def test_rewards_dearer_than_the_margin_never_pay() -> None:
    generous = replace(CAFE, rewards=70_000)
    assert generous.extra_visits is None
    assert generous.can_pay is False


def test_members_before_and_after_joining_agree_with_the_textbook() -> None:
    rng = np.random.default_rng(90)
    before = rng.integers(0, 5_000, 200)
    after = before + rng.integers(-1_000, 1_500, 200)
    top = sorted([*before, *after])[-1 - 3]
    found = change_on_joining(before=before, after=after)
    assert isinstance(found, Change)
    was, became = np.minimum(before, top), np.minimum(after, top)
    expected = ttest_rel(became, was).confidence_interval(0.95)
    assert (found.members, found.before, found.after) == (200, round(was.mean()), round(became.mean()))
    assert found.difference.estimate == round(statistics.fmean(became - was))
    assert (found.difference.low, found.difference.high) == (round(expected.low), round(expected.high))


def test_a_handful_of_members_has_no_before_and_after() -> None:
    few = np.full(18, 2_000)
    assert change_on_joining(before=few, after=few) == Unanswered(reason=Reason.FEW, more_customers=12)


def test_neither_can_be_called_an_effect() -> None:
    same = np.full(40, 2_000)
    found = change_on_joining(before=same, after=same)
    assert isinstance(found, Change)
    for each in (CAFE, found):
        assert each.claim is Claim.ASSOCIATION
        with pytest.raises(ValueError, match="init=False"):
            replace(each, claim=Claim.EFFECT)
