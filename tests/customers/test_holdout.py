"""Who is held out of a campaign stays so, and is nobody in particular."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.holdout import PERCENT, is_held_out, place

CAMPAIGN, OTHER = UUID(int=1), UUID(int=2)
CUSTOMERS = [UUID(int=number) for number in range(1_000_000, 1_020_000)]


def held_out(*, campaign: UUID, percent: int) -> set[UUID]:
    return {customer for customer in CUSTOMERS if is_held_out(customer, campaign=campaign, percent=percent)}


def test_the_draw_is_the_same_in_every_release() -> None:
    assert place(UUID(int=3), campaign=CAMPAIGN) == 465_484_486_794_018_469
    assert place(UUID(int=1), campaign=UUID(int=3)) == 16_631_114_368_836_741_497


@given(customer=st.uuids(), campaign=st.uuids())
def test_whoever_is_held_out_stays_so_when_the_share_grows(customer: UUID, campaign: UUID) -> None:
    answers = [is_held_out(customer, campaign=campaign, percent=percent) for percent in PERCENT]
    assert answers == sorted(answers)


@pytest.mark.parametrize("percent", [10, 15, 20])
def test_the_share_is_kept(percent: int) -> None:
    assert len(held_out(campaign=CAMPAIGN, percent=percent)) / len(CUSTOMERS) == pytest.approx(percent / 100, abs=0.01)


def test_each_campaign_draws_anew() -> None:
    both = held_out(campaign=CAMPAIGN, percent=20) & held_out(campaign=OTHER, percent=20)
    assert len(both) / len(CUSTOMERS) == pytest.approx(0.04, abs=0.005)


@pytest.mark.parametrize("percent", [0, 9, 21, 100])
def test_too_few_or_too_many_are_never_held_out(percent: int) -> None:
    with pytest.raises(ValueError, match="10 to 20 percent"):
        is_held_out(CUSTOMERS[0], campaign=CAMPAIGN, percent=percent)
