"""What customers spend and will bring: published figures, plain formulas, invented customers whose future is known."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from analytics.churn import Customers, Footing, Model, expected_purchases, fit
from analytics.churn.customers import Floats
from analytics.clv import (
    Limits,
    Prospects,
    Spending,
    SpendModel,
    Terms,
    customer_value,
    discounted_purchases,
    expected_value,
    fit_spending,
)
from analytics.clv.spending import _Loss, moved
from analytics.clv.value import _futures, _simulated_purchases
from tests.analytics.cdnow import WEEKS_TO_JUDGE, cdnow
from tests.analytics.shoppers import model, shoppers

YEARLY = Terms()
GIVEN = SpendModel(p=6.0, q=4.0, v=15.0, log_likelihood=0.0, customers=0)


def repeat_spending() -> Spending:
    return Spending(cdnow().customers.repeats, cdnow().mean_value)


def spenders(purchases: Floats, *, seed: int = 3) -> Spending:
    """Invented mean values, exactly as the model says; nobody who has not bought."""
    chance = np.random.default_rng(seed)
    rates = chance.gamma(GIVEN.q, size=len(purchases)) / GIVEN.v
    means = chance.gamma(GIVEN.p * np.maximum(purchases, 1)) / rates / np.maximum(purchases, 1)
    return Spending(purchases, np.where(purchases > 0, means, 0.0))


def plain_likelihood(p: float, q: float, v: float, spending: Spending) -> float:
    total = 0.0
    for x, z in zip(spending.purchases, spending.mean_value, strict=True):
        if x > 0 and z > 0:
            total += gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * math.log(v)
            total += (p * x - 1) * math.log(z) + p * x * math.log(x) - (p * x + q) * math.log(x * z + v)
    return total


# --- What a customer spends


def test_on_cdnow_it_finds_the_published_parameters() -> None:
    fitted = fit_spending(repeat_spending(), penalty=0)
    assert fitted is not None
    assert (fitted.p, fitted.q, fitted.v) == pytest.approx((6.2488, 3.7446, 15.4477), rel=1e-3)
    assert fitted.customers == 946


def test_the_published_customer_is_expected_to_spend_as_published() -> None:
    published = SpendModel(6.25, 3.74, 15.44, 0.0, 0)
    found = expected_value(published, Spending(np.array([1.0, 2.0, 0.0]), np.array([11.77, 22.35, 0.0])))
    plain = [6.25 * (15.44 + x * z) / (6.25 * x + 3.74 - 1) for x, z in ((1, 11.77), (2, 22.35))]
    assert found == pytest.approx([*plain, published.mean_value])
    assert published.mean_value == pytest.approx(35.2, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(logs=st.tuples(*[st.floats(-2, 2)] * 3))
def test_likelihood_and_gradient_are_those_of_the_plain_formula(logs: tuple[float, ...]) -> None:
    spending, at = spenders(np.arange(40.0) % 7), np.array(logs)
    loss = _Loss(spending, penalty=0.01)
    p, q, v = loss.parameters(at)
    value, gradient = loss(at)
    plain = 0.01 * (at @ at) - plain_likelihood(p, q, v, spending) / loss.customers
    steps = np.eye(3) * 1e-5
    numerical = [(loss(at + step)[0] - loss(at - step)[0]) / 2e-5 for step in steps]
    assert value == pytest.approx(plain, rel=1e-9)
    assert gradient == pytest.approx(numerical, rel=1e-4, abs=1e-6)


def test_spending_is_found_again() -> None:
    purchases = np.random.default_rng(5).integers(0, 9, 8000).astype(float)
    fitted = fit_spending(spenders(purchases))
    assert fitted is not None
    assert (fitted.p, fitted.q) == pytest.approx((GIVEN.p, GIVEN.q), rel=0.15)
    assert fitted.mean_value == pytest.approx(GIVEN.mean_value, rel=0.03)


def test_who_paid_nothing_is_left_out() -> None:
    paid = spenders(np.full(50, 3.0))
    with_gifts = Spending(np.append(paid.purchases, [2.0, 0.0]), np.append(paid.mean_value, [0.0, 0.0]))
    assert fit_spending(with_gifts) == fit_spending(paid)
    assert expected_value(GIVEN, with_gifts)[-2:] == pytest.approx([GIVEN.mean_value] * 2)
    assert fit_spending(Spending(np.zeros(3), np.zeros(3))) is None


@pytest.mark.parametrize("values", [[20.0], [20.0, 20.0], [5.0, 80.0, 20.0], [1e-2, 1e6]])
def test_few_paying_customers_leave_the_mean_where_it_was_observed(values: list[float]) -> None:
    fitted = fit_spending(Spending(np.ones(len(values)), np.array(values)))
    assert fitted is not None
    assert 0.05 * np.mean(values) < fitted.mean_value < 3 * np.mean(values)


def test_the_unit_of_money_does_not_matter() -> None:
    euros = repeat_spending()
    cents = replace(euros, mean_value=euros.mean_value * 100)
    of_euros, of_cents = fit_spending(euros), fit_spending(cents)
    assert of_euros is not None
    assert of_cents is not None
    assert of_cents.mean_value == pytest.approx(100 * of_euros.mean_value, rel=1e-4)


def test_the_more_purchases_the_nearer_to_the_own_mean() -> None:
    found = expected_value(GIVEN, Spending(np.array([1.0, 5.0, 50.0]), np.full(3, 100.0)))
    assert GIVEN.mean_value < found[0] < found[1] < found[2] < 100
    assert moved(GIVEN, np.zeros(3)).v == pytest.approx(GIVEN.v)


@pytest.mark.parametrize(
    ("purchases", "values", "problem"),
    [([1.0], [1.0, 2.0], "length"), ([1.0], [math.inf], "missing"), ([-1.0], [1.0], "counted")],
)
def test_impossible_spending_is_refused(purchases: Any, values: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Spending(np.array(purchases), np.array(values))


# --- What customers will bring


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_discounting_is_that_of_many_small_steps(phases: int) -> None:
    customers, _ = shoppers(model(phases), 12)
    times = np.linspace(0, 730, 244)
    counts = np.array([expected_purchases(model(phases), customers, time) if time else np.zeros(12) for time in times])
    middles, rate = (times[1:] + times[:-1]) / 2, YEARLY.rate
    plain = (np.diff(counts, axis=0) * np.exp(-rate * middles)[:, None]).sum(axis=0)
    assert discounted_purchases(model(phases), customers, 730, rate) == pytest.approx(plain, rel=3e-4)
    assert discounted_purchases(model(phases), customers, 730, 0.0) == pytest.approx(counts[-1])


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_simulated_futures_agree_with_what_is_expected(phases: int) -> None:
    behaviour = model(phases, alpha=20.0 * phases)
    customers, _ = shoppers(behaviour, 200)
    simulated = _simulated_purchases(behaviour, customers, 180, 2000, np.random.default_rng(2))
    expected = expected_purchases(behaviour, customers, 180)
    error = simulated.std(axis=0) / math.sqrt(2000) + 1e-3
    assert np.abs((simulated.mean(axis=0) - expected) / error).max() < 5


@pytest.mark.parametrize("phases", [1, 2])
def test_the_sum_comes_true_within_its_limits(phases: int) -> None:
    inside, chance = 0, np.random.default_rng(9)
    behaviour = model(phases, alpha=20.0 * phases)
    for seed in range(12):
        customers, later = shoppers(behaviour, 400, horizon=365, seed=seed)
        rates = chance.gamma(GIVEN.q, size=400) / GIVEN.v
        bought = customers.repeats + 1
        spending = Spending(bought, chance.gamma(GIVEN.p * bought) / rates / bought)
        spend = fit_spending(spending)
        assert spend is not None
        terms = Terms(year=365, discount=0.0)
        foretold = customer_value(Prospects(fit(customers), spend, customers, spending), terms=terms)
        came_true = float((chance.gamma(GIVEN.p * later) / rates).sum())
        inside += foretold.interval.low <= came_true <= foretold.interval.high
    assert inside >= 6  # of 12, nearly 10 on average; fewer by chance once in 250 times


def share_within(limits: Limits, came_true: Floats) -> float:
    return float(((limits.low <= came_true) & (came_true <= limits.high)).mean())


@pytest.mark.parametrize(
    "behaviour",
    [
        model(),
        model(2, alpha=40.0),
        model(3, alpha=60.0),
        model(r=2.0, alpha=10.0, a=0.3, b=6.0),
        model(3, r=2.0, alpha=30.0, a=0.3, b=6.0),
        model(a=0.05, b=5.0),
    ],
    ids=["seldom", "k = 2", "k = 3", "often", "often, k = 3", "few leave"],
)
def test_limits_of_one_customer_hold_four_times_in_five(behaviour: Model) -> None:
    """As well as simulating each of them would, which takes ten thousand times as long."""
    chance = np.random.default_rng(4)
    customers, later = shoppers(behaviour, 600, horizon=365)
    rates, terms = chance.gamma(GIVEN.q, size=600) / GIVEN.v, Terms(year=365, discount=0.0)
    bought = np.maximum(customers.repeats, 1)
    means = chance.gamma(GIVEN.p * bought) / rates / bought
    spending = Spending(customers.repeats, np.where(customers.repeats > 0, means, 0.0))
    came_true = chance.gamma(GIVEN.p * later) / rates
    prospects = Prospects(behaviour, GIVEN, customers, spending)
    limits = prospects.limits(prospects.revenue(1.0, terms), 365)
    simulated = np.quantile(_futures(prospects, 1.0, terms, draws=1000, seed=0), [0.1, 0.9], axis=0)
    assert 0.76 <= share_within(limits, came_true) <= 0.95  # nothing bought is often the lower limit
    assert share_within(limits, came_true) == pytest.approx(share_within(Limits(*simulated), came_true), abs=0.06)
    assert (came_true > limits.high).mean() == pytest.approx(0.1, abs=0.06)
    assert (came_true < limits.low).mean() < 0.13


def test_on_cdnow_the_limits_of_one_customer_hold_as_often() -> None:
    """Known for 39 weeks, judged by what they paid in the next 39."""
    known, spending = cdnow().customers, repeat_spending()
    spend = fit_spending(spending)
    assert spend is not None
    prospects = Prospects(fit(known), spend, known, spending)
    revenue = prospects.revenue(1.0, Terms(year=WEEKS_TO_JUDGE, discount=0.0))
    limits = prospects.limits(revenue, WEEKS_TO_JUDGE)
    assert share_within(limits, cdnow().paid_later) == pytest.approx(0.872, abs=0.01)
    assert (cdnow().paid_later > limits.high).mean() == pytest.approx(0.127, abs=0.01)
    again = known.repeats > 0
    of_these = Limits(limits.low[again], limits.high[again])
    assert share_within(of_these, cdnow().paid_later[again]) == pytest.approx(0.851, abs=0.01)


def test_the_expected_value_lies_between_the_limits() -> None:
    customers, _ = shoppers(model(), 400)
    spending = spenders(customers.repeats)
    revenue = Prospects(model(), GIVEN, customers, spending).revenue(1.0, YEARLY)
    limits = Prospects(model(), GIVEN, customers, spending).limits(revenue, YEARLY.year)
    assert ((limits.low >= 0) & (limits.low <= revenue) & (revenue <= limits.high)).all()
    assert np.isfinite(limits.high).all()


def test_margin_and_horizon() -> None:
    customers, spending = cdnow().customers, repeat_spending()
    spend = fit_spending(spending)
    assert spend is not None
    prospects, terms = Prospects(fit(customers), spend, customers, spending), Terms(year=52.18, margin=0.3)
    one, two = (customer_value(prospects, years=years, terms=terms) for years in (1.0, 2.0))
    assert one.footing is Footing.SOUND
    assert one.margin_total == pytest.approx(0.3 * one.total)
    assert one.margin_interval is not None
    assert one.margin_interval.low == pytest.approx(0.3 * one.interval.low)
    assert one.total < two.total < 2 * one.total
    assert one.interval.low < one.total < one.interval.high
    assert one.interval.high / one.interval.low < 1.5
    assert one.revenue is not None
    assert one.revenue.sum() == pytest.approx(one.total)
    assert one.limits is not None
    assert one.limits.high.shape == one.revenue.shape
    without = customer_value(prospects, terms=replace(terms, margin=None))
    assert (without.margin_total, without.margin_interval) == (None, None)
    undiscounted = customer_value(prospects, terms=replace(terms, discount=0.0))
    assert one.total < undiscounted.total < one.total * 1.1


def test_few_customers_have_a_sum_with_wide_limits_and_nobody_has_none() -> None:
    customers, spending = cdnow().customers.of(slice(40)), repeat_spending().of(slice(40))
    spend = fit_spending(spending)
    assert spend is not None
    prospects, terms = Prospects(fit(customers), spend, customers, spending), Terms(year=52.18)
    few = customer_value(prospects, terms=terms)
    assert (few.footing, few.revenue, few.limits) == (Footing.FEW, None, None)
    assert few.interval.high / few.interval.low > 1.5
    nobody = customer_value(prospects.of(slice(0)), terms=terms)
    assert (nobody.footing, nobody.total, nobody.revenue) == (Footing.NOBODY, 0.0, None)


def test_of_customers_who_are_long_gone_the_sum_still_has_limits() -> None:
    customers = Customers(np.full(8, 6.0), np.full(8, 60.0), np.full(8, 3_000.0), np.full(8, 6 * math.log(10)))
    spending = Spending(np.full(8, 6.0), np.full(8, 900.0))
    spend = fit_spending(spending)
    assert spend is not None
    gone = model(a=0.9, b=1.1, alpha=5.0)
    value = customer_value(Prospects(gone, spend, customers, spending), terms=Terms())
    assert 0 <= value.interval.low <= value.total <= value.interval.high < math.inf
