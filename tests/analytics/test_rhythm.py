"""What is usual for somebody, and why the score is what it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.churn import Customers, Reason, probability_silent, reasons, rhythm
from tests.analytics.shoppers import model, one, shoppers

MONTH = 30.0


def why(customers: Customers, **stated: np.ndarray) -> dict[Reason, float]:
    return dict(reasons(model(), customers, MONTH, rhythm(model(), customers), **stated).of(0))


# --- Rhythm


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_half_of_the_gaps_are_shorter_than_the_usual_one(phases: int) -> None:
    behaviour, chance = model(phases, alpha=20.0 * phases), np.random.default_rng(1)
    found = rhythm(behaviour, one(5, 100, 130))
    rates = chance.gamma(behaviour.r + phases * 5, size=40_000) / (behaviour.alpha + 100)
    gaps = chance.gamma(phases, size=40_000) / rates
    assert (gaps < found.usual_gap).mean() == pytest.approx(0.5, abs=0.01)
    assert (gaps > 30).mean() == pytest.approx(found.chance[0], abs=0.01)


def test_of_a_regular_it_is_nearly_the_own_gap() -> None:
    often = rhythm(model(3, alpha=60.0), one(40, 360, 391))
    assert often.usual_gap == pytest.approx([9.0], rel=0.15)
    assert often.pause.tolist() == [31]
    assert often.chance[0] < 0.02


def test_enough_own_gaps_speak_for_themselves() -> None:
    customers = Customers(np.array([4.0, 3, 4, 1, 0]), np.array([40.0, 30, 40, 10, 0]), np.full(5, 50.0))
    found = rhythm(model(), customers, np.array([7.0, 7.0, np.nan, 10.0, np.nan]))
    assert found.is_own.tolist() == [True, False, False, False, False]
    assert found.usual_gap[0] == 7
    assert found.usual_gap[1] != 7
    assert found.is_usual.tolist() == [True, True, True, False, False]
    assert np.isfinite(found.usual_gap).all()


@settings(max_examples=50, deadline=None)
@given(repeats=st.integers(0, 300), last=st.floats(1, 700), pause=st.floats(0, 700), longer=st.floats(0, 100))
def test_the_longer_the_pause_the_less_usual(repeats: int, last: float, pause: float, longer: float) -> None:
    last = last if repeats else 0.0
    now, later = (rhythm(model(), one(repeats, last, last + away)) for away in (pause, pause + longer))
    assert now.usual_gap == later.usual_gap
    assert 0 <= later.chance[0] <= now.chance[0] <= 1


# --- Reasons


def test_a_long_pause_is_the_reason_of_a_regular_who_is_away() -> None:
    effects = why(one(30, 270, 310))
    assert next(iter(effects)) is Reason.PAUSE
    assert effects[Reason.PAUSE] > 1
    assert Reason.RETURNS not in effects  # as many as the average of one


def test_who_was_here_lately_has_the_pause_in_favour() -> None:
    assert why(one(5, 100, 101))[Reason.PAUSE] < 0


def test_who_came_once_has_the_missing_returns_against_them() -> None:
    customers = Customers(np.array([0.0, 20.0]), np.array([0.0, 290.0]), np.array([20.0, 300.0]))
    found = reasons(model(), customers, MONTH, rhythm(model(), customers))
    once, often = dict(found.of(0)), dict(found.of(1))
    assert once[Reason.RETURNS] > 0.3
    assert often[Reason.RETURNS] < -0.1


def test_who_comes_twice_a_year_is_not_gone_after_a_silent_month() -> None:
    seldom = why(one(2, 360, 370))
    assert seldom[Reason.SELDOM] > 1
    assert next(iter(seldom)) is Reason.SELDOM


def test_what_the_shops_own_past_adds_is_said() -> None:
    customers = one(5, 100, 130)
    silent = probability_silent(model(), customers, MONTH)
    assert Reason.EXPERIENCE not in why(customers, recalibrated=silent)
    odds = silent / (1 - silent) * np.e
    assert why(customers, recalibrated=odds / (1 + odds))[Reason.EXPERIENCE] == pytest.approx(1)


def test_a_list_can_be_split_by_the_strongest_reason() -> None:
    customers, _ = shoppers(model(), 300)
    found = reasons(model(), customers, MONTH, rhythm(model(), customers))
    groups = [found.strongest(reason) for reason in Reason]
    assert np.sum(groups, axis=0).max() == 1
    assert found.effects.shape == (300, 4)
    assert (found.effects[:, 2] >= -1e-9).all()
    assert np.isfinite(found.effects).all()
