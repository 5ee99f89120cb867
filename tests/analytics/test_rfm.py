"""Groups of customers follow rules that can be said to a shop owner."""

from math import ceil, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.groups import Group
from analytics.rfm import Groups, Habits, groups, usual_gaps

Person = tuple[int, int, int, int, float]
people = st.lists(
    st.tuples(
        st.integers(1, 30), st.integers(0, 400), st.integers(0, 400), st.integers(0, 50_000), st.floats(1, 90)
    ).map(lambda p: (p[0], max(p[1], p[2]), p[2], p[3], p[4] if p[0] > 2 else float("nan"))),
    min_size=1,
    max_size=40,
)


def habits_of(rows: list[Person]) -> Habits:
    table = np.array(rows, dtype=np.float64)
    days, age, pause, total = table[:, :4].T.astype(np.int64)
    return Habits(days=days, age=age, pause=pause, total=total, gap=table[:, 4])


def naive(rows: list[Person], *, window: int) -> list[tuple[int, int, int, int]]:
    """The same rules for one after the other."""
    active = [row for row in rows if row[2] < window]

    def fifth(value: int, values: list[int]) -> int:
        ranked = sorted(values)
        bounds = [ranked[ceil(len(ranked) * share / 5) - 1] for share in (1, 2, 3, 4)]
        return 1 + sum(value > bound for bound in bounds)

    found: list[tuple[int, int, int, int]] = []
    for days, age, pause, total, gap in rows:
        if pause >= window:
            found.append((Group.LOST, 0, 0, 0))
            continue
        r = fifth(-pause, [-row[2] for row in active])
        f = fifth(days, [row[0] for row in active])
        m = fifth(total, [row[3] for row in active])
        if days >= 3 and pause > max(2 * gap, 7):
            group = Group.AT_RISK
        elif age < 60:
            group = Group.NEW
        elif f >= 4 and m >= 4 and f + m >= 9:
            group = Group.CHAMPION
        else:
            group = Group.REGULAR if f >= 3 else Group.OCCASIONAL
        found.append((group, r, f, m))
    return found


def rows_of(result: Groups) -> list[tuple[int, ...]]:
    columns = (result.group, result.recency, result.frequency, result.money)
    return [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]


@given(rows=people, window=st.integers(1, 365))
def test_everybody_is_in_the_first_group_whose_rule_holds(rows: list[Person], window: int) -> None:
    assert rows_of(groups(habits_of(rows), window_days=window)) == naive(rows, window=window)


@given(rows=people)
def test_who_has_been_away_longer_has_no_better_score(rows: list[Person]) -> None:
    result = groups(habits_of(rows), window_days=500)
    order = np.argsort([row[2] for row in rows], kind="stable")
    assert (np.diff(result.recency[order]) <= 0).all()


def test_one_long_holiday_hardly_moves_what_is_usual() -> None:
    gaps = [7, 7, 7, 7, 70]
    found = usual_gaps(np.array([6, 2, 1]), np.array([sum(map(log, gaps)), log(5), 0.0]))
    assert found[0] == pytest.approx(exp(sum(map(log, gaps)) / 5))
    assert 11 < found[0] < 12
    assert np.isnan(found[1:]).all()


def test_a_weekly_guest_is_missed_after_two_weeks_and_a_daily_one_after_one() -> None:
    rows = [(20, 300, 15, 9_000, 7.0), (20, 300, 14, 9_000, 7.0), (90, 300, 7, 9_000, 1.2), (90, 300, 8, 9_000, 1.2)]
    missed = groups(habits_of(rows), window_days=90).group == Group.AT_RISK
    assert missed.tolist() == [True, False, False, True]
