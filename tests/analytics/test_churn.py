"""The model of coming back: published figures, somebody else's code, plain formulas, invented customers."""

import math
import warnings
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, gammaln, logsumexp

from analytics.churn import (
    Customers,
    Footing,
    Model,
    expected_purchases,
    fit,
    fitting,
    probability_alive,
    probability_silent,
    score,
)
from analytics.churn.customers import Floats, patterns
from analytics.churn.expecting import _by_phase, _of_one_phase
from analytics.churn.fitting import Likelihood
from tests.analytics.cdnow import WEEKS_TO_JUDGE, cdnow
from tests.analytics.shoppers import model, one, shoppers

positive = st.floats(0.05, 20)
behaviours = st.builds(model, st.just(1), r=positive, alpha=positive, a=positive, b=positive)


def plain_likelihood(behaviour: Model, customers: Customers) -> float:
    """The formula of the papers, customer by customer."""
    k, (r, alpha, a, b) = behaviour.phases, map(float, parameters(behaviour))
    assert customers.log_gaps is not None
    total = 0.0
    rows = zip(customers.repeats, customers.last, customers.age, customers.log_gaps, strict=True)
    for x, last, age, log_gaps in rows:
        shape = r + k * x
        gone = betaln(a + 1, b + x) - betaln(a, b) - shape * math.log(alpha + last)
        pause = (age - last) / (alpha + age)
        phases = [gammaln(shape + j) - gammaln(shape) - gammaln(j + 1) + j * math.log(pause) for j in range(k)]
        stays = betaln(a, b + x + 1) - betaln(a, b) - shape * math.log(alpha + age) + logsumexp(phases)
        gaps = (k - 1) * log_gaps - x * gammaln(k)
        total += gaps + gammaln(shape) - gammaln(r) + r * math.log(alpha) + float(np.logaddexp(gone, stays))
    return total


def of_somebody_else(fitted: Model) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ModifiedBetaGeoFitter
    theirs = ModifiedBetaGeoFitter()
    theirs.params_ = {"r": fitted.r, "alpha": fitted.alpha, "a": fitted.a, "b": fitted.b}
    return theirs


def parameters(behaviour: Model) -> Floats:
    return np.array([behaviour.r, behaviour.alpha, behaviour.a, behaviour.b])


def numerical_gradient(likelihood: Likelihood, at: Floats, step: float = 1e-6) -> list[float]:
    steps = np.eye(4) * at * step
    return [(likelihood(at + each)[0] - likelihood(at - each)[0]) / (2 * each.sum()) for each in steps]


# --- Figures of others


def test_on_cdnow_it_finds_the_published_parameters() -> None:
    fitted = fit(cdnow().customers, penalty=0)
    assert fitted.phases == 1
    assert (fitted.r, fitted.alpha, fitted.a, fitted.b) == pytest.approx((0.5248, 6.1830, 0.8914, 1.6140), rel=1e-3)
    assert fitted.log_likelihood == pytest.approx(-9582.1327, abs=1e-3)
    assert not fitted.is_degenerate


def test_it_agrees_with_somebody_elses_code() -> None:
    customers = cdnow().customers
    fitted = fit(customers, penalty=0)
    theirs, history = of_somebody_else(fitted), (customers.repeats, customers.last, customers.age)
    for horizon in (1.0, 13.0, WEEKS_TO_JUDGE, 104.0):
        expected = theirs.conditional_expected_number_of_purchases_up_to_time(horizon, *history)
        assert np.abs(expected_purchases(fitted, customers, horizon) - expected).max() < 1e-9
    assert np.abs(probability_alive(fitted, customers) - theirs.conditional_probability_alive(*history)).max() < 1e-9


@pytest.mark.parametrize("penalty", [0.0, 1e-3])
def test_the_penalty_hardly_moves_what_is_expected_of_many(penalty: float) -> None:
    customers, later = cdnow().customers, cdnow().later
    error = expected_purchases(fit(customers, penalty=penalty), customers, WEEKS_TO_JUDGE) - later
    assert math.sqrt((error**2).mean()) <= 1.615
    assert abs(error.mean()) <= 0.17


# --- Formulas


@pytest.mark.parametrize("phases", [1, 2, 3])
@settings(max_examples=15, deadline=None)
@given(behaviour=behaviours)
def test_likelihood_and_gradient_are_those_of_the_plain_formula(phases: int, behaviour: Model) -> None:
    customers, _ = shoppers(model(phases), 60)
    likelihood, at = Likelihood(customers, phases), parameters(behaviour)
    value, gradient = likelihood(at)
    assert value == pytest.approx(plain_likelihood(replace(behaviour, phases=phases), customers), rel=1e-9)
    scale = np.abs(gradient).max()
    assert gradient == pytest.approx(numerical_gradient(likelihood, at), rel=1e-4, abs=1e-5 * scale + 1e-6)


@settings(max_examples=50, deadline=None)
@given(behaviour=behaviours, repeats=st.integers(0, 300), age=st.floats(1, 700), horizon=st.floats(1, 700))
def test_the_closed_form_is_the_sum(behaviour: Model, repeats: int, age: float, horizon: float) -> None:
    column = (np.array([float(repeats)]), np.array([age]))
    within = (np.array([horizon / 2, horizon]), np.array([0.5, 1.0]))
    summed = _by_phase(behaviour, *column, *within)[0]
    assert _of_one_phase(behaviour, *column, *within) == pytest.approx(summed, rel=1e-7)


def test_many_ages_on_a_curve_are_as_exact_as_each_alone() -> None:
    ages, behaviour = np.linspace(20, 700, 500), model(3, alpha=60)
    within = (np.array([30.0, 90.0]), np.array([0.5, 1.0]))
    together = _by_phase(behaviour, np.full(500, 12.0), ages, *within)
    alone = [_by_phase(behaviour, np.array([12.0]), ages[row : row + 1], *within)[:, 0] for row in range(0, 500, 50)]
    assert pytest.approx(np.array(alone), rel=1e-8) == together[:, ::50].T


def test_nothing_depends_on_the_unit_of_time() -> None:
    in_days, _ = shoppers(model(2), 400)
    assert in_days.log_gaps is not None
    weeks = in_days.log_gaps - in_days.repeats * math.log(7)
    in_weeks = Customers(in_days.repeats, in_days.last / 7, in_days.age / 7, weeks)
    ours, theirs = score(in_days, 90), score(in_weeks, 90 / 7)
    assert ours.model is not None
    assert theirs.model is not None
    assert ours.model.alpha == pytest.approx(theirs.model.alpha * 7, rel=1e-3)
    assert ours.silent == pytest.approx(theirs.silent, abs=1e-4)
    assert ours.expected == pytest.approx(theirs.expected, rel=1e-3)


def test_customers_who_look_alike_are_counted_once() -> None:
    customers, _ = shoppers(model(), 300)
    whole = Customers(customers.repeats, np.ceil(customers.last), customers.age)
    for each in (customers, whole, whole.of(np.r_[0:300, 0:300])):
        rows = patterns(each)
        assert rows.counts.sum() == len(each)
        assert rows.counts @ (rows.repeats + 3 * rows.last + 7 * rows.age) == pytest.approx(
            (each.repeats + 3 * each.last + 7 * each.age).sum()
        )
    assert len(patterns(whole).counts) < 300


# --- Invented customers


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_behaviour_is_found_again_and_foretold(phases: int) -> None:
    behaviour = model(phases, alpha=20.0 * phases)
    customers, later = shoppers(behaviour, 6000, horizon=90)
    fitted = fit(customers)
    assert fitted.phases == phases
    true = Likelihood(customers, phases)(parameters(behaviour))[0]
    assert -0.5 < 2 * (fitted.log_likelihood - true) < 18.5  # chi² with four degrees of freedom, one in a thousand
    assert fitted.r / fitted.alpha == pytest.approx(behaviour.r / behaviour.alpha, rel=0.1)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(behaviour.a / (behaviour.a + behaviour.b), rel=0.3)
    assert expected_purchases(fitted, customers, 90).sum() == pytest.approx(later.sum(), rel=0.06)
    silent = probability_silent(fitted, customers, 90)
    for group in np.array_split(np.argsort(silent), 5):
        assert silent[group].mean() == pytest.approx((later[group] == 0).mean(), abs=0.045)


@pytest.mark.parametrize("phases", [1, 2])
def test_many_customers_lead_to_the_same_from_where_a_sample_of_them_ends(
    phases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers, _ = shoppers(model(phases), 2_400)
    monkeypatch.setattr(fitting, "SAMPLE", 500)
    from_sample = fit(customers)
    monkeypatch.setattr(fitting, "SAMPLE", 2_400)
    from_nothing = fit(customers)
    assert from_sample.phases == from_nothing.phases == phases
    assert parameters(from_sample) == pytest.approx(parameters(from_nothing), rel=1e-4)
    assert from_sample.log_likelihood == pytest.approx(from_nothing.log_likelihood, abs=1e-4)


def test_without_gaps_there_is_no_rhythm_to_find() -> None:
    customers, _ = shoppers(model(3, alpha=60), 300)
    assert fit(replace(customers, log_gaps=None)).phases == 1
    with pytest.raises(ValueError, match="gaps"):
        fit(replace(customers, log_gaps=None), phases=[2])


@pytest.mark.parametrize("phases", [1, 2, 3])
@settings(max_examples=50, deadline=None)
@given(repeats=st.integers(0, 200), last=st.floats(1, 300), pause=st.floats(0, 500), horizon=st.floats(1, 400))
def test_longer_silence_is_a_higher_risk(phases: int, repeats: int, last: float, pause: float, horizon: float) -> None:
    behaviour, last = model(phases), last if repeats else 0.0
    now, later = one(repeats, last, last + pause + 1), one(repeats, last, last + pause + 31)
    assert probability_alive(behaviour, now) >= probability_alive(behaviour, later)
    if phases == 1:  # somebody with a rhythm does not come the day after the last purchase either
        assert probability_silent(behaviour, now, horizon) <= probability_silent(behaviour, later, horizon) + 1e-12
    assert probability_silent(behaviour, now, horizon) >= probability_silent(behaviour, now, horizon + 30)
    assert expected_purchases(behaviour, now, horizon) <= expected_purchases(behaviour, now, horizon + 30) + 1e-9
    assert 0 <= probability_silent(behaviour, now, horizon) <= 1


def test_who_bought_once_may_be_gone() -> None:
    assert probability_alive(model(), one(0, 0, 300)) < probability_alive(model(), one(0, 0, 30)) < 1


# --- Few, odd, wrong


@pytest.mark.parametrize("count", [30, 60])
def test_few_customers_never_make_a_degenerate_fit(count: int) -> None:
    for seed in range(20):
        chosen = np.random.default_rng(seed).choice(len(cdnow().customers), count, replace=False)
        assert not fit(cdnow().customers.of(chosen)).is_degenerate


def test_below_two_hundred_there_are_sums_only() -> None:
    customers = cdnow().customers
    few, enough = score(customers.of(slice(199)), 13), score(customers.of(slice(200)), 13)
    assert (few.footing, few.alive, few.silent, few.expected) == (Footing.FEW, None, None, None)
    assert 0 < few.alive_in_all < 199
    assert few.expected_in_all > 0
    assert enough.footing is Footing.SOUND
    assert enough.silent is not None
    assert enough.silent.sum() == pytest.approx(enough.silent_in_all)


@pytest.mark.parametrize("penalty", [1e-3, 0])
def test_many_customers_who_are_all_alike_do_not_lead_without_end(
    penalty: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SAMPLE", 500)
    alike = np.ones(1_200)
    fitted = fit(Customers(5 * alike, 50 * alike, 60 * alike, 5 * np.log(10) * alike), penalty=penalty)
    assert np.isfinite(parameters(fitted)).all()
    assert fitted.log_likelihood < 0


def test_a_degenerate_model_is_called_so() -> None:
    regulars = Customers(np.full(300, 20.0), np.full(300, 200.0), np.full(300, 205.0))
    nobody_leaves = fit(regulars, penalty=0)
    assert nobody_leaves.is_degenerate
    scores = score(regulars, 30, model=nobody_leaves)
    assert scores.footing is Footing.DEGENERATE
    assert scores.expected is not None
    assert scores.expected == pytest.approx(np.full(300, 3.0), rel=0.1)


@pytest.mark.parametrize(
    "customers",
    [
        one(0, 0, 0),
        one(0, 0, 700),
        one(1, 1, 1),
        one(2, 0, 8),
        one(5000, 3650, 3650),
        Customers(np.zeros(1000), np.zeros(1000), np.arange(1000.0)),
        Customers(np.arange(300.0), np.arange(300.0), np.arange(300.0)),
    ],
)
def test_odd_histories_have_figures_too(customers: Customers) -> None:
    scores = score(customers, 90)
    assert all(map(math.isfinite, astuple(scores)[4:7]))
    assert 0 <= scores.silent_in_all <= len(customers) + 1e-9


def test_nobody_has_no_scores() -> None:
    nobody = Customers(np.zeros(0), np.zeros(0), np.zeros(0))
    assert score(nobody, 90).footing is Footing.NOBODY
    with pytest.raises(ValueError, match="no customer"):
        fit(nobody)


@pytest.mark.parametrize(
    ("repeats", "last", "age", "problem"),
    [
        ([1], [9], [8], "between the first and now"),
        ([0], [3], [8], "not bought again"),
        ([0.5], [3], [8], "whole numbers"),
        ([-1], [0], [8], "whole numbers"),
        ([1], [math.nan], [8], "missing"),
        ([1, 2], [3], [8], "length"),
    ],
)
def test_impossible_histories_are_refused(repeats: list, last: list, age: list, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Customers(np.array(repeats), np.array(last), np.array(age))
