"""What is usual for somebody, and why the score is what it is."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.churn import Customers, expected_gaps, probability_silent, reasons
from analytics.churn.rhythm import model_gap
from analytics.groups import LEAST_PAUSE, MISSED_AFTER, RHYTHM_DAYS, Group, usual_gap
from analytics.rfm import Habits, groups, usual_gaps
from analytics.why import Why
from tests.analytics.shoppers import model, one, shoppers

MONTH = 30.0
NONE = 0
pauses = st.lists(st.integers(1, 400), max_size=40)


def why(customers: Customers, **stated: np.ndarray) -> list[int]:
    """The reasons of the first of them, the strongest first."""
    strongest: list[int] = reasons(model(), customers, MONTH, **stated).strongest(4)[0].tolist()
    return [reason for reason in strongest if reason != NONE]


# --- Rhythm


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_half_of_the_gaps_are_shorter_than_what_the_model_expects(phases: int) -> None:
    behaviour, chance = model(phases, alpha=20.0 * phases), np.random.default_rng(1)
    expected = model_gap(behaviour, one(5, 100, 130))
    rates = chance.gamma(behaviour.r + phases * 5, size=40_000) / (behaviour.alpha + 100)
    gaps = chance.gamma(phases, size=40_000) / rates
    assert (gaps < expected).mean() == pytest.approx(0.5, abs=0.01)


@given(all_pauses=st.lists(pauses, min_size=1, max_size=20))
def test_what_is_usual_is_the_same_of_one_customer_and_of_a_column(all_pauses: list[list[int]]) -> None:
    days = np.array([len(each) + 1 for each in all_pauses])
    log_gaps = np.array([sum(map(log, each)) for each in all_pauses])
    alone = [usual_gap(int(count), float(logs)) for count, logs in zip(days, log_gaps, strict=True)]
    column = usual_gaps(days, log_gaps)
    assert [None if np.isnan(each) else each for each in column] == [pytest.approx(each, abs=1e-6) for each in alone]
    # And the models go by it as soon as there is one.
    customers = Customers(days - 1, days - 1.0, days + 400.0, log_gaps)
    expected = expected_gaps(model(), customers)
    has_rhythm = days >= RHYTHM_DAYS
    assert expected[has_rhythm] == pytest.approx(column[has_rhythm])
    assert expected[~has_rhythm] == pytest.approx(model_gap(model(), customers)[~has_rhythm])


@given(gaps=pauses, pause=st.integers(0, 89))
def test_who_is_missed_on_the_page_is_at_risk_in_the_list(gaps: list[int], pause: int) -> None:
    days, log_gaps = np.array([len(gaps) + 1]), np.array([sum(map(log, gaps))])
    usual = usual_gap(len(gaps) + 1, float(log_gaps[0]))
    age = np.array([sum(gaps) + pause])
    habits = Habits(days=days, age=age, pause=np.array([pause]), total=days, gap=usual_gaps(days, log_gaps))
    is_missed = usual is not None and pause > max(MISSED_AFTER * usual, LEAST_PAUSE)
    assert (groups(habits, window_days=90).group[0] == Group.AT_RISK) == is_missed


# --- Reasons


def test_a_long_pause_is_the_reason_of_a_regular_who_is_away() -> None:
    said = why(one(30, 270, 310))
    assert said[0] == Why.LONG_PAUSE
    assert not {Why.FEW_RETURNS, Why.MANY_RETURNS} & set(said)  # as many as the average of one


def test_who_was_here_lately_has_the_pause_in_favour() -> None:
    assert Why.SHORT_PAUSE in why(one(5, 100, 101))


def test_who_came_once_has_the_missing_returns_against_them() -> None:
    customers = Customers(np.array([0.0, 20.0]), np.array([0.0, 290.0]), np.array([20.0, 300.0]))
    found = reasons(model(), customers, MONTH)
    once, often = (set(row) for row in found.strongest(4).tolist())
    assert Why.FEW_RETURNS in once
    assert Why.MANY_RETURNS in often


def test_who_comes_twice_a_year_is_not_gone_after_a_silent_month() -> None:
    assert why(one(2, 360, 370))[0] == Why.SELDOM


def test_what_the_shops_own_past_adds_is_said() -> None:
    customers = one(5, 100, 130)
    silent = probability_silent(model(), customers, MONTH)
    assert not {Why.PAST_AGAINST, Why.PAST_FOR} & set(why(customers, recalibrated=silent))
    for factor, said in ((np.e, Why.PAST_AGAINST), (1 / np.e, Why.PAST_FOR)):
        odds = silent / (1 - silent) * factor
        found = reasons(model(), customers, MONTH, recalibrated=odds / (1 + odds))
        assert abs(found.effects[0, 3]) == pytest.approx(1)
        assert said in found.strongest(4)[0]


@settings(max_examples=50, deadline=None)
@given(repeats=st.integers(1, 300), last=st.floats(1, 700), pause=st.floats(0, 700), longer=st.floats(0, 100))
def test_a_longer_pause_never_speaks_less_for_keeping_away(
    repeats: int, last: float, pause: float, longer: float
) -> None:
    now, later = (reasons(model(), one(repeats, last, last + away), MONTH) for away in (pause, pause + longer))
    assert later.effects[0, 0] >= now.effects[0, 0] - 1e-6


def test_the_strongest_reasons_come_first() -> None:
    customers, _ = shoppers(model(), 300)
    found = reasons(model(), customers, MONTH)
    assert found.effects.shape == (300, 4)
    assert (found.effects[:, 2] >= -1e-9).all()
    assert np.isfinite(found.effects).all()
    two = found.strongest(2)
    assert two.shape == (300, 2)
    # Who has only one reason has it first.
    assert not ((two[:, 0] == NONE) & (two[:, 1] != NONE)).any()
