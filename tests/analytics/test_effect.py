"""The hold-out engine: silent where nothing happened, right where something did, and no figure where none is known."""

import math
import statistics
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from analytics.effect import Claim, Effect, Panel, Range, Reason, Unanswered, effect
from analytics.looks import ERROR, AnyDay, AtTheEnd, Look, Weekly
from tests.analytics.panels import course, panel

# A change that large is worth knowing to nobody: then every panel is answered.
ANYTHING = 100_000
FEW_SEEDS = settings(max_examples=25, deadline=None)


def answered(customers: Panel, *, look: Look | None = None, **options: Any) -> Effect:
    found = effect(
        customers, look=look or AtTheEnd(), **{"margin_percent": 30, "worthwhile_percent": ANYTHING, **options}
    )
    assert isinstance(found, Effect), found
    return found


def is_seen(customers: Panel, look: Look) -> bool:
    """As the product asks: also where the answer is that there is none."""
    found = effect(customers, look=look, margin_percent=None)
    return isinstance(found, Effect) and found.is_seen


# Without an effect


def test_a_campaign_without_effect_shows_none() -> None:
    rng = np.random.default_rng(70)
    found = [answered(course(rng, customers=500).at(1), margin_percent=None) for _ in range(2000)]
    false_alarms = sum(each.is_seen for each in found) / len(found)
    bias = statistics.fmean(each.per_customer.estimate for each in found)
    assert abs(bias) <= 0.01 * statistics.fmean(each.without for each in found)
    assert 0.03 <= false_alarms <= 0.07


def test_looking_every_day_raises_false_alarms_only_with_the_plain_interval() -> None:
    rng = np.random.default_rng(71)
    days = 30
    courses = [course(rng, looks=days, days_between=1) for _ in range(120)]
    plain = sum(any(is_seen(each.at(day), AtTheEnd()) for day in range(1, days + 1)) for each in courses)
    always = sum(any(is_seen(each.at(day), AnyDay(day, days)) for day in range(1, days + 1)) for each in courses)
    assert plain / len(courses) >= 0.15
    assert always / len(courses) <= ERROR


def test_weekly_decisions_raise_no_more_false_alarms_than_one() -> None:
    rng = np.random.default_rng(72)
    weeks = 6
    courses = [course(rng, customers=500, looks=weeks, days_between=7) for _ in range(600)]
    alarms = sum(any(is_seen(each.at(week), Weekly(week, weeks)) for week in range(1, weeks + 1)) for each in courses)
    assert 0.02 <= alarms / len(courses) <= ERROR


# With an effect


@pytest.mark.parametrize(("customers", "lift", "runs"), [(600, 0.4, 600), (5000, 0.2, 200)])
def test_a_real_effect_is_found_and_the_interval_holds_it(customers: int, lift: float, runs: int) -> None:
    rng = np.random.default_rng(73)
    courses = [course(rng, customers=customers, lift=lift) for _ in range(runs)]
    found = [answered(each.at(1)) for each in courses]
    holds = sum(is_within(each.adds, its.per_customer) for each, its in zip(courses, found, strict=True))
    assert holds / runs == pytest.approx(0.95, abs=0.03)
    assert sum(each.per_customer.low > 0 for each in found) / runs >= 0.8


def test_the_interval_for_screens_holds_the_effect_on_every_day_at_once() -> None:
    rng = np.random.default_rng(74)
    looks = 15
    holds = 0
    for _ in range(100):
        each = course(rng, customers=800, looks=looks, days_between=2, lift=0.3)
        # Nobody stays away for good so soon that it would matter.
        holds += all(
            is_within(each.adds * look / looks, answered(each.at(look), look=AnyDay(look, looks)).per_customer)
            for look in range(4, looks + 1)
        )
    assert holds >= 95


def test_what_is_said_to_be_detectable_is_found_in_four_of_five_campaigns() -> None:
    rng = np.random.default_rng(75)
    detectable = answered(course(rng, customers=1500).at(1)).detectable_percent
    courses = [course(rng, customers=1500, lift=detectable / 100) for _ in range(200)]
    found = sum(answered(each.at(1)).per_customer.low > 0 for each in courses)
    assert found / 200 == pytest.approx(0.8, abs=0.12)


def test_the_spend_before_makes_the_interval_narrower() -> None:
    one = course(np.random.default_rng(76), customers=2000).at(1)
    assert width(answered(one).per_customer) < 0.8 * width(answered(without_before(one)).per_customer)


def test_one_whale_changes_next_to_nothing() -> None:
    rng = np.random.default_rng(77)
    one = course(rng, customers=600).at(1)
    spend = one.spend.copy()
    spend[np.flatnonzero(~one.is_held_out)[0]] = 100_000_00
    calm, hit = answered(one).per_customer, answered(replace(one, spend=spend)).per_customer
    assert abs(hit.estimate - calm.estimate) < 0.1 * width(calm)
    assert width(hit) < 1.05 * width(calm)


def test_what_was_given_and_what_it_cost_are_taken_off_the_margin() -> None:
    one = course(np.random.default_rng(78), customers=1000).at(1)
    given = np.where(one.is_held_out, 0, 150)
    found = answered(replace(one, given=given), margin_percent=40, fixed_cost=5_000)
    assert found.profit is not None
    for side in ("low", "estimate", "high"):
        # Less exactly what is due: the spend before foretells a little differently.
        expected = getattr(found.revenue, side) * 0.4 - 150 * found.treated - 5_000
        assert getattr(found.profit, side) == pytest.approx(expected, rel=0.002)


def test_without_a_margin_there_is_no_profit_but_revenue() -> None:
    found = answered(course(np.random.default_rng(79)).at(1), margin_percent=None)
    assert found.profit is None
    assert found.revenue.estimate == pytest.approx(found.per_customer.estimate * found.treated, abs=found.treated / 2)


def test_an_effect_says_that_it_is_one_and_cannot_say_otherwise() -> None:
    found = answered(course(np.random.default_rng(80)).at(1))
    assert found.claim is Claim.EFFECT
    with pytest.raises(ValueError, match="init=False"):
        replace(found, claim=Claim.ASSOCIATION)


# Not enough data


def test_a_small_shop_gets_no_figure_but_how_many_more_customers_would_do() -> None:
    found = effect(course(np.random.default_rng(81), customers=150).at(1), look=AtTheEnd(), margin_percent=30)
    assert isinstance(found, Unanswered)
    assert found.reason is Reason.FEW
    assert found.more_customers is not None
    assert found.more_customers > 1000


def test_a_shop_where_nobody_bought_gets_no_figure() -> None:
    nothing = np.zeros(1000, dtype=np.int64)
    held = np.arange(1000) % 5 == 0
    found = effect(panel(is_held_out=held, before=nothing, spend=nothing), look=AtTheEnd(), margin_percent=30)
    assert found == Unanswered(reason=Reason.FEW, more_customers=29_000)


def test_so_many_more_customers_do() -> None:
    rng = np.random.default_rng(82)
    few = course(rng, customers=400).at(1)
    found = effect(few, look=AtTheEnd(), margin_percent=30, worthwhile_percent=25)
    assert isinstance(found, Unanswered)
    assert found.reason is Reason.NOISY
    assert found.more_customers is not None
    then = [course(rng, customers=400 + found.more_customers, lift=0.25) for _ in range(100)]
    assert sum(is_seen(each.at(1), AtTheEnd()) for each in then) / 100 == pytest.approx(0.8, abs=0.15)


def test_at_first_only_time_is_missing() -> None:
    each = course(np.random.default_rng(83), customers=3000, looks=6, days_between=7)
    found = [
        effect(each.at(week), look=Weekly(week, 6), margin_percent=None, worthwhile_percent=40) for week in range(1, 7)
    ]
    assert found[0] == Unanswered(reason=Reason.NOISY, more_customers=0)
    assert isinstance(found[-1], Effect)


def test_groups_of_other_sizes_than_agreed_are_not_compared() -> None:
    one = course(np.random.default_rng(84), customers=2000).at(1)
    # Those who could not be reached were left out, but only of the treated.
    kept = one.is_held_out | (np.arange(2000) % 3 > 0)
    some = panel(is_held_out=one.is_held_out[kept], before=one.before[kept], spend=one.spend[kept])
    assert effect(some, look=AtTheEnd(), margin_percent=30) == Unanswered(reason=Reason.LOPSIDED)


# Against others


def test_figures_agree_with_those_of_tea_tasting() -> None:
    """Version 1.14.0, Mean("spend", "before", use_t=True, equal_var=False) on the capped columns."""
    number = np.arange(600, dtype=np.int64)
    before = (number * 7919 % 1009) ** 2
    one = panel(
        is_held_out=number * 13 % 5 == 0, before=before, spend=before * 3 // 4 + (number * number * 31 % 977) ** 2
    )
    found = answered(one)
    assert found.per_customer == Range(low=-48_283, estimate=9_996, high=68_275)
    assert found.without == 572_092
    assert answered(without_before(one)).per_customer == Range(low=-61_387, estimate=13_223, high=87_833)


@pytest.mark.parametrize("seed", range(5))
def test_figures_agree_with_the_textbook(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = course(rng, customers=500, lift=0.2).at(1)
    one = replace(one, given=rng.integers(0, 300, 500))
    found = answered(one, margin_percent=35, fixed_cost=777)
    spend, before = capped(one.spend.tolist()), capped(one.before.tolist())
    left = [0.35 * paid - cost for paid, cost in zip(spend, one.given.tolist(), strict=True)]
    held = one.is_held_out.tolist()
    assert found.per_customer == textbook(spend, before, held)
    assert found.revenue == textbook(spend, before, held, times=held.count(False))
    assert found.profit == textbook(left, before, held, times=held.count(False), less=777)


def test_critical_values_of_weekly_looks_are_the_published_ones() -> None:
    published = {1: 1.960, 2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 6: 2.053, 8: 2.072, 10: 2.087, 20: 2.126}
    assert {weeks: round(Weekly(weeks, weeks).critical, 3) for weeks in published} == published
    assert Weekly(1, 4).critical == pytest.approx(2 * 2.024, abs=0.001)


@pytest.mark.parametrize("day", [1, 7, 30, 60, 200])
def test_critical_values_of_daily_looks_are_those_of_the_mixture(day: int) -> None:
    """As the asymptotic confidence sequence is published: for a mean of `day` values of variance 1."""
    look = AnyDay(day, 60)
    rho = 8.211968 / 60
    margin = math.sqrt(2 * (day * rho + 1) / (day**2 * rho) * math.log(math.sqrt(day * rho + 1) / ERROR))
    assert look.critical == pytest.approx(margin * math.sqrt(day), rel=1e-6)


def test_brownian_motion_hardly_ever_leaves_either_boundary() -> None:
    rng = np.random.default_rng(85)
    walks = rng.standard_normal((20_000, 120)).cumsum(axis=1) / np.sqrt(np.arange(1, 121))
    daily = np.array([AnyDay(day, 60).critical for day in range(1, 121)])
    assert (np.abs(walks) > daily).any(axis=1).mean() <= ERROR
    weekly = np.array([Weekly(week, 12).critical for week in range(1, 13)])
    assert (np.abs(walks[:, :12]) > weekly).any(axis=1).mean() == pytest.approx(ERROR, abs=0.005)


def test_the_interval_for_screens_is_narrowest_at_the_planned_end() -> None:
    widths = [AnyDay(day, 40).critical for day in range(1, 81)]
    assert all(later < earlier for earlier, later in pairwise(widths[:40]))
    assert min(widths) == widths[39]
    assert widths[39] == AnyDay(3, 40).critical_at_end


@pytest.mark.parametrize("week", [0, 5])
def test_a_week_that_was_not_planned_is_not_looked_at(week: int) -> None:
    with pytest.raises(ValueError, match="not planned"):
        Weekly(week, 4)


def test_a_campaign_is_not_looked_at_before_its_first_day() -> None:
    with pytest.raises(ValueError, match="day 0"):
        AnyDay(0, 30)


# Whatever the figures


LOOKS = st.sampled_from([AtTheEnd(), AnyDay(3, 30), AnyDay(30, 30), Weekly(2, 4)])


@given(seed=st.integers(0, 2**32), look=LOOKS)
@FEW_SEEDS
def test_swapped_groups_change_the_sign(seed: int, look: Look) -> None:
    one = course(np.random.default_rng(seed), customers=400).at(1)
    swapped = replace(one, is_held_out=~one.is_held_out, percent=100 - one.percent)
    here, there = answered(one, look=look).per_customer, answered(swapped, look=look).per_customer
    assert (here.low, here.estimate, here.high) == (-there.high, -there.estimate, -there.low)


@given(seed=st.integers(0, 2**32), look=LOOKS, times=st.integers(2, 1000))
@FEW_SEEDS
def test_another_currency_gives_the_same_answer_in_it(seed: int, look: Look, times: int) -> None:
    one = course(np.random.default_rng(seed), customers=400).at(1)
    dearer = replace(one, spend=one.spend * times, before=one.before * times, given=one.given * times)
    here, there = answered(one, look=look), answered(dearer, look=look, fixed_cost=0)
    assert here.is_seen == there.is_seen
    assert here.detectable_percent == there.detectable_percent
    for ours, theirs in ((here.per_customer, there.per_customer), (here.revenue, there.revenue)):
        for side in ("low", "estimate", "high"):
            assert getattr(theirs, side) == pytest.approx(getattr(ours, side) * times, abs=times / 2 + 1)


@given(seed=st.integers(0, 2**32))
@FEW_SEEDS
def test_the_order_of_customers_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = course(rng, customers=400).at(1)
    order = rng.permutation(400)
    mixed = panel(is_held_out=one.is_held_out[order], before=one.before[order], spend=one.spend[order])
    for ours, theirs in zip(sides(answered(one)), sides(answered(mixed)), strict=True):
        assert ours == pytest.approx(theirs, abs=1)


@given(seed=st.integers(0, 2**32), look=LOOKS)
@FEW_SEEDS
def test_the_interval_is_around_the_estimate_and_seen_is_what_leaves_zero_out(seed: int, look: Look) -> None:
    found = answered(course(np.random.default_rng(seed), customers=400, lift=0.3).at(1), look=look)
    low, estimate, high = sides(found)
    assert low < estimate < high
    assert high - estimate == pytest.approx(estimate - low, abs=2)
    assert found.is_seen == (low > 0 or high < 0)


def is_within(value: float, interval: Range) -> bool:
    return interval.low <= value <= interval.high


def width(interval: Range) -> int:
    return interval.high - interval.low


def sides(found: Effect) -> tuple[int, int, int]:
    return found.revenue.low, found.revenue.estimate, found.revenue.high


def without_before(one: Panel) -> Panel:
    return replace(one, before=np.zeros_like(one.before))


def capped(money: list[int]) -> list[int]:
    highest = sorted(money, reverse=True)
    return [min(each, highest[math.ceil(len(money) ** 0.5 / 8)]) for each in money]


def textbook(values: list[Any], before: list[int], held: list[bool], *, times: int = 1, less: int = 0) -> Range:
    """Regression and Welch's test with nothing but the standard library and Student's quantile."""
    slope = statistics.linear_regression(before, values).slope
    usual = statistics.fmean(before)
    adjusted = [value - slope * (was - usual) for value, was in zip(values, before, strict=True)]
    groups = [[value for value, is_held in zip(adjusted, held, strict=True) if is_held == kind] for kind in (0, 1)]
    first, second = (statistics.variance(group) / len(group) for group in groups)
    freedom = (first + second) ** 2 / (first**2 / (len(groups[0]) - 1) + second**2 / (len(groups[1]) - 1))
    half = float(student.ppf(0.975, freedom)) * math.sqrt(first + second)
    middle = statistics.fmean(groups[0]) - statistics.fmean(groups[1])
    low, estimate, high = (round(times * (middle + by) - less) for by in (-half, 0, half))
    return Range(low=low, estimate=estimate, high=high)
