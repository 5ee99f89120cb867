"""Windows, grace and soft landing by themselves: what time does to a tier, on every calendar."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.qualifying import (
    Basis,
    Counted,
    TierRules,
    Window,
    bring_forward,
    change_window,
    count,
    counts,
    earned_rank,
    held_rank,
    join,
    last_counting_day,
    midnight,
    window_begins,
    year_before,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC")])
DAYS = st.dates(date(2023, 1, 1), date(2033, 12, 31))
SILVER, GOLD, PLATIN = 1, 2, 3
LIFETIME = TierRules(steps=((SILVER, 0), (GOLD, 100), (PLATIN, 300)))
YEAR = replace(LIFETIME, window=Window.YEAR)
ROLLING = replace(LIFETIME, window=Window.ROLLING)


@dataclass
class Somebody:
    """What an account keeps for a tier."""

    qualifying_points: int = 0
    qualifying_spend: int = 0
    qualifying_visits: int = 0
    qualifying_window: str = "lifetime"
    qualifying_since: datetime | None = None
    start_rank: int | None = None
    kept_rank: int | None = None
    kept_until: datetime | None = None
    given_rank: int | None = None
    given_until: datetime | None = None


def noon(day: date, zone: ZoneInfo = BERLIN) -> datetime:
    return midnight(day, zone=zone) + timedelta(hours=12)


class Life:
    """A customer who buys on days under fixed rules; every look brings forward what is kept and nothing else."""

    def __init__(self, rules: TierRules, begins: date, zone: ZoneInfo = BERLIN) -> None:
        self.rules, self.zone, self.bought = rules, zone, list[Counted]()
        self.holder = Somebody()
        change_window(self.holder, rules, held=SILVER, counted=(), at=noon(begins, zone), zone=zone)

    def on(self, day: date) -> "Life":
        at = noon(day, self.zone)
        begins = window_begins(self.rules.window, at, zone=self.zone)
        since = self.holder.qualifying_since
        leaving = [one for one in self.bought if since and begins and since <= one.at < begins]
        bring_forward(self.holder, self.rules, to=at, zone=self.zone, leaving=leaving)
        return self

    def buy(self, day: date, points: int) -> int:
        self.on(day)
        self.bought.append(Counted(noon(day, self.zone), points, points * 10))
        count(self.holder, points=points, spend=points * 10, visits=1)
        return self.tier(day)

    def give_back(self, day: date, bought_on: date, points: int) -> int:
        self.on(day)
        if counts(self.holder, noon(bought_on, self.zone)):
            count(self.holder, points=-points, spend=-points * 10, visits=-1)
        return self.tier(day)

    def tier(self, day: date) -> int:
        self.on(day)
        return held_rank(self.holder, self.rules, at=noon(day, self.zone))


# --- Windows --------------------------------------------------------------------------------------------------------


def test_a_window_begins_at_midnight_of_the_shop() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    assert window_begins(Window.YEAR, new_year, zone=BERLIN) == datetime(2027, 1, 1, tzinfo=BERLIN)
    assert window_begins(Window.YEAR, new_year, zone=ZoneInfo("UTC")) == datetime(2026, 1, 1, tzinfo=UTC)
    assert window_begins(Window.ROLLING, new_year, zone=BERLIN) == datetime(2026, 1, 1, tzinfo=BERLIN)
    assert window_begins(Window.LIFETIME, new_year, zone=BERLIN) is None


@given(DAYS)
def test_a_purchase_counts_for_twelve_months_and_not_a_day_longer(day: date) -> None:
    last = last_counting_day(day)
    assert year_before(last) <= day < year_before(last + timedelta(days=1))
    assert 365 <= (last - day).days <= 366


@pytest.mark.parametrize(
    ("bought", "last"),
    [
        (date(2026, 3, 10), date(2027, 3, 10)),
        (date(2027, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
    ],
)
def test_leap_days(bought: date, last: date) -> None:
    assert last_counting_day(bought) == last


# --- A lifetime -----------------------------------------------------------------------------------------------------


def test_in_a_lifetime_a_tier_goes_down_by_returns_only() -> None:
    life = Life(LIFETIME, date(2026, 1, 1))
    assert life.buy(date(2026, 1, 1), 100) == GOLD
    assert life.tier(date(2046, 1, 1)) == GOLD
    assert life.give_back(date(2046, 1, 1), date(2026, 1, 1), 100) == SILVER


@pytest.mark.parametrize(("points", "tier"), [(0, SILVER), (99, SILVER), (100, GOLD), (299, GOLD), (300, PLATIN)])
def test_real_bug_10_the_first_purchase_starts_in_the_lowest_tier_and_thresholds_are_exact(
    points: int, tier: int
) -> None:
    life = Life(LIFETIME, date(2026, 1, 1))
    assert life.tier(date(2026, 1, 1)) == SILVER
    assert life.buy(date(2026, 1, 1), points) == tier


@pytest.mark.parametrize(("basis", "tier"), [(Basis.POINTS, SILVER), (Basis.SPEND, PLATIN), (Basis.VISITS, SILVER)])
def test_a_tier_is_reached_by_what_the_version_counts(basis: Basis, tier: int) -> None:
    assert Life(replace(YEAR, basis=basis), date(2026, 1, 1)).buy(date(2026, 1, 1), 30) == tier


# --- Calendar years -------------------------------------------------------------------------------------------------


def test_what_a_year_has_reached_lasts_to_the_end_of_the_next() -> None:
    life = Life(YEAR, date(2026, 1, 1))
    assert life.buy(date(2026, 12, 31), 100) == GOLD
    assert life.tier(date(2027, 1, 1)) == GOLD
    assert life.buy(date(2027, 6, 1), 99) == GOLD
    assert life.tier(date(2027, 12, 31)) == GOLD
    assert life.tier(date(2028, 1, 1)) == SILVER


def test_grace_follows_the_period_and_then_the_tier_is_what_the_last_year_reached() -> None:
    life = Life(replace(YEAR, grace_days=30), date(2026, 1, 1))
    assert life.buy(date(2026, 5, 1), 300) == PLATIN
    life.buy(date(2027, 5, 1), 100)
    assert life.tier(date(2028, 1, 30)) == PLATIN
    assert life.tier(date(2028, 1, 31)) == GOLD
    assert life.tier(date(2029, 1, 30)) == GOLD
    assert life.tier(date(2029, 1, 31)) == SILVER


def test_a_soft_landing_is_one_step_a_year() -> None:
    life = Life(replace(YEAR, one_step_down=True, grace_days=10), date(2026, 1, 1))
    life.buy(date(2026, 5, 1), 300)
    seen = [life.tier(date(year, month, 11)) for year in (2027, 2028, 2029, 2030) for month in (1, 12)]
    assert seen == [PLATIN, PLATIN, GOLD, GOLD, SILVER, SILVER, SILVER, SILVER]


def test_a_return_takes_what_its_year_has_made_and_never_what_the_year_began_with() -> None:
    life = Life(YEAR, date(2026, 1, 1))
    life.buy(date(2026, 5, 1), 100)
    assert life.buy(date(2027, 2, 1), 300) == PLATIN
    assert life.give_back(date(2027, 2, 2), date(2027, 2, 1), 300) == GOLD
    assert life.give_back(date(2027, 2, 3), date(2026, 5, 1), 100) == GOLD
    assert life.holder.qualifying_points == 0


# --- The last twelve months -----------------------------------------------------------------------------------------


def test_in_the_last_twelve_months_a_tier_is_what_they_reach() -> None:
    life = Life(ROLLING, date(2026, 3, 10))
    life.buy(date(2026, 3, 10), 50)
    assert life.buy(date(2026, 9, 1), 50) == GOLD
    assert life.tier(date(2027, 3, 10)) == GOLD
    assert life.tier(date(2027, 3, 11)) == SILVER


def test_grace_begins_on_the_day_that_falls_out_also_after_missed_nights() -> None:
    life = Life(replace(ROLLING, grace_days=30), date(2026, 3, 10))
    life.buy(date(2026, 3, 10), 100)
    assert life.tier(date(2027, 4, 9)) == GOLD  # nobody has looked since
    assert life.holder.kept_until == midnight(date(2027, 4, 10), zone=BERLIN)
    assert life.tier(date(2027, 4, 10)) == SILVER


def test_a_soft_landing_holds_for_a_year() -> None:
    life = Life(replace(ROLLING, one_step_down=True), date(2026, 3, 10))
    life.buy(date(2026, 3, 10), 300)
    seen = [life.tier(day) for day in (date(2027, 3, 10), date(2027, 3, 11), date(2028, 3, 10), date(2028, 3, 11))]
    assert seen == [PLATIN, GOLD, GOLD, SILVER]


def test_what_leaves_together_after_a_leap_day_costs_one_step_where_the_landing_is_soft() -> None:
    life = Life(replace(ROLLING, one_step_down=True), date(2028, 2, 28))
    life.buy(date(2028, 2, 28), 200)
    assert life.buy(date(2028, 2, 29), 100) == PLATIN
    assert [life.tier(day) for day in (date(2029, 2, 28), date(2029, 3, 1), date(2030, 3, 1))] == [PLATIN, GOLD, SILVER]


def test_within_grace_the_tier_is_won_back_by_buying() -> None:
    life = Life(replace(ROLLING, grace_days=30), date(2026, 3, 10))
    life.buy(date(2026, 3, 10), 100)
    life.buy(date(2027, 4, 1), 100)
    assert life.tier(date(2028, 4, 1)) == GOLD


PURCHASES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 200)), max_size=12)
RULES = st.builds(
    replace,
    st.sampled_from([LIFETIME, YEAR, ROLLING]),
    grace_days=st.sampled_from([0, 1, 30, 180]),
    one_step_down=st.booleans(),
)


@given(RULES, PURCHASES, st.sets(st.integers(0, 1500), max_size=20), DAYS, ZONES)
def test_missed_nights_change_nothing(
    rules: TierRules, purchases: list[tuple[int, int]], looks: set[int], begins: date, zone: ZoneInfo
) -> None:
    """Whoever is looked at every night holds the same as somebody who is only looked at now and then."""
    nightly, seldom = Life(rules, begins, zone), Life(rules, begins, zone)
    for day in range(1501):
        on = begins + timedelta(days=day)
        nightly.on(on)
        for bought, points in purchases:
            if bought == day:
                assert nightly.buy(on, points) == seldom.buy(on, points)
        if day in looks:
            assert nightly.tier(on) == seldom.tier(on)
    last = begins + timedelta(days=1500)
    assert nightly.on(last).holder == seldom.on(last).holder


@given(RULES, PURCHASES, DAYS)
def test_buying_never_costs_a_tier_and_the_counters_are_what_lies_in_the_window(
    rules: TierRules, purchases: list[tuple[int, int]], begins: date
) -> None:
    life = Life(rules, begins)
    for day, points in sorted(purchases):
        on = begins + timedelta(days=day)
        before = life.tier(on)
        assert life.buy(on, points) >= before
        assert earned_rank(life.holder, rules, at=noon(on)) >= rules.reached(life.holder.qualifying_points)
        since = life.holder.qualifying_since
        inside = [one for one in life.bought if since is None or one.at >= since]
        assert life.holder.qualifying_points == sum(one.points for one in inside)
        assert life.holder.qualifying_visits == len(inside)


# --- Changing the window, and given tiers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "last"),
    [(YEAR, date(2026, 12, 31)), (replace(YEAR, grace_days=10), date(2027, 1, 10)), (ROLLING, date(2027, 6, 29))],
)
def test_another_window_takes_nobody_s_tier_overnight(rules: TierRules, last: date) -> None:
    life = Life(LIFETIME, date(2020, 1, 1))
    life.buy(date(2024, 1, 1), 100)
    change_window(life.holder, rules, held=GOLD, counted=life.bought, at=noon(date(2026, 6, 30)), zone=BERLIN)
    life.rules = rules
    assert life.holder.qualifying_points == 0
    assert life.tier(last) == GOLD
    assert life.tier(last + timedelta(days=1)) == SILVER


def test_real_bug_12_a_tier_given_by_hand_ends_and_goes_down_by_the_rules() -> None:
    life = Life(ROLLING, date(2026, 3, 10))
    life.holder.given_rank, life.holder.given_until = PLATIN, midnight(date(2026, 7, 1), zone=BERLIN)
    assert life.tier(date(2026, 6, 30)) == PLATIN
    assert life.tier(date(2026, 7, 1)) == SILVER
    life.buy(date(2026, 7, 1), 100)
    life.holder.given_rank, life.holder.given_until = PLATIN, midnight(date(2026, 8, 1), zone=BERLIN)
    assert [life.tier(date(2026, 7, 31)), life.tier(date(2026, 8, 1))] == [PLATIN, GOLD]


def test_of_two_who_become_one_a_gift_that_is_over_does_not_outdo_one_that_runs() -> None:
    stays, gone = Life(LIFETIME, date(2026, 1, 1)), Life(LIFETIME, date(2026, 1, 1))
    stays.holder.given_rank, stays.holder.given_until = PLATIN, midnight(date(2026, 2, 1), zone=BERLIN)
    gone.holder.given_rank, gone.holder.given_until = GOLD, midnight(date(2026, 12, 1), zone=BERLIN)
    day = date(2026, 3, 1)
    join(stays.on(day).holder, gone.on(day).holder)
    assert stays.tier(day) == GOLD


def test_who_holds_a_tier_that_is_gone_holds_the_next_below() -> None:
    without_platin = TierRules(steps=((SILVER, 0), (GOLD, 100)), window=Window.YEAR)
    assert held_rank(Somebody(start_rank=PLATIN), without_platin, at=noon(date(2026, 1, 1))) == GOLD
