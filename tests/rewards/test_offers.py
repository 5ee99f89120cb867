"""What stands in the way of a reward: one pure function, asked by till, portal and API."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rules import Conditions
from rewards.offers import Obstacle, Offer, Situation, most_points, obstacles, worth

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 3, 10, 10, 30, tzinfo=BERLIN)
ENOUGH = Situation(at=TUESDAY, balance=500)
OFFER = Offer(points=500, value=340)


def test_whoever_has_enough_points_gets_it() -> None:
    assert obstacles(OFFER, ENOUGH) == []
    assert obstacles(OFFER, replace(ENOUGH, balance=499)) == [Obstacle.POINTS]


@pytest.mark.parametrize(
    ("asked", "situation", "obstacle"),
    [
        ({"is_open": False}, {}, Obstacle.ENDED),
        ({"is_given": True}, {}, Obstacle.NOT_FOR_CHOICE),
        ({"tier_rank": 1}, {}, Obstacle.TIER),
        ({"conditions": Conditions(stores=(7,))}, {"store_id": 8}, Obstacle.OTHER_STORE),
        ({"conditions": Conditions(from_on=date(2026, 3, 11))}, {}, Obstacle.NOT_YET),
        ({"conditions": Conditions(until_on=date(2026, 3, 9))}, {}, Obstacle.OVER),
        ({"event_over_at": TUESDAY}, {}, Obstacle.OVER),
        ({"stock": 0}, {}, Obstacle.SOLD_OUT),
        ({"per_customer": 1}, {"had": 1}, Obstacle.HAD_ENOUGH),
        ({"per_customer_day": 1}, {"had_today": 1}, Obstacle.HAD_TODAY),
        ({"per_day": 20}, {"taken_today": 20}, Obstacle.NONE_TODAY),
        ({"conditions": Conditions(weekdays=(0,))}, {}, Obstacle.HOURS),
        ({"conditions": Conditions(from_minute=14 * 60, until_minute=17 * 60)}, {}, Obstacle.HOURS),
        ({"min_total": 1_000}, {"total": 999}, Obstacle.PURCHASE_TOO_SMALL),
    ],
)
def test_each_condition_stands_in_the_way_alone(
    asked: dict[str, Any], situation: dict[str, Any], obstacle: Obstacle
) -> None:
    assert obstacles(replace(OFFER, **asked), replace(ENOUGH, **situation)) == [obstacle]


def test_what_nobody_knows_stands_in_nobodys_way() -> None:
    """In the portal there is no store and no purchase yet; the till asks again."""
    asked = replace(OFFER, conditions=Conditions(stores=(7,)), min_total=1_000)
    assert obstacles(asked, ENOUGH) == []


def test_the_last_day_belongs_to_an_offer() -> None:
    asked = replace(OFFER, conditions=Conditions(until_on=date(2026, 3, 10)))
    assert obstacles(asked, replace(ENOUGH, at=TUESDAY.replace(hour=23, minute=59))) == []
    assert obstacles(asked, replace(ENOUGH, at=TUESDAY + timedelta(days=1))) == [Obstacle.OVER]


def test_a_higher_tier_comes_first_and_others_see_a_countdown() -> None:
    asked = replace(OFFER, conditions=Conditions(from_on=date(2026, 3, 17)), early_rank=2, early_days=7, teaser_days=3)
    platinum, silver = replace(ENOUGH, rank=2), ENOUGH
    assert obstacles(asked, platinum) == []
    assert obstacles(asked, silver) == [Obstacle.NOT_YET]
    assert not asked.is_announced(0, on=date(2026, 3, 13))
    assert asked.is_announced(0, on=date(2026, 3, 14))
    assert asked.is_announced(2, on=date(2026, 3, 7))


def test_3030_points_at_three_cents_are_spendable_to_the_last() -> None:
    """Case 15: no float, nothing left over."""
    offer = Offer(points=1, value=3, chooses_points=True)
    assert worth(offer, 3_030) == 9_090
    assert most_points(offer, balance=3_030) == 3_030
    assert obstacles(offer, Situation(at=TUESDAY, balance=3_030), points=3_030) == []


@given(st.integers(1, 10_000), st.integers(1, 100_000), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_chosen_amount_is_never_rounded_up_and_splitting_it_gains_nothing(
    unit: int, value: int, one: int, other: int
) -> None:
    offer = Offer(points=unit, value=value, chooses_points=True)
    together, first, second = worth(offer, one + other), worth(offer, one), worth(offer, other)
    assert together is not None
    assert first is not None
    assert second is not None
    assert together * unit <= (one + other) * value
    assert first + second <= together
