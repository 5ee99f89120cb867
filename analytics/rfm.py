"""Customers in groups by when they came last, how often and for how much. Pure; columns of numpy, no database.

Fifths are those of the active customers of the shop: a score of 5 is the best fifth. Equal values get equal scores, so
that a fifth may be smaller or larger. The rules are tried in the order of `Group`: everybody is in one group.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.groups import GAP_DIGITS, LEAST_PAUSE, MISSED_AFTER, NEW_DAYS, RHYTHM_DAYS, Group

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FIFTHS: Final = np.array([0.2, 0.4, 0.6, 0.8])


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """What groups go by, each column of shape (n,).

    days    on how many days the customer bought
    age     days since the first purchase
    pause   days since the last one
    total   what was paid, in minor units
    gap     the usual number of days between two days with a purchase (`usual_gaps`); NaN before there is a rhythm
    """

    days: Integers
    age: Integers
    pause: Integers
    total: Integers
    gap: Floats

    def __len__(self) -> int:
        return len(self.days)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Of each customer, shape (n,): the group, and from 1 to 5 the scores; those of the lost are 0."""

    group: Integers
    recency: Integers
    frequency: Integers
    money: Integers


def usual_gaps(days: Integers | Floats, log_gaps: Floats) -> Floats:
    """`analytics.groups.usual_gap` of each customer, shape (n,); NaN before there is a rhythm."""
    logs = np.divide(log_gaps, days - 1, out=np.full(len(days), np.nan), where=days >= RHYTHM_DAYS)
    return np.round(np.exp(logs), GAP_DIGITS)


def groups(habits: Habits, *, window_days: int) -> Groups:
    """Of customers with at least one purchase. A window of so many days makes them active."""
    active = habits.pause < window_days
    recency, frequency, money = (_scores(values, active) for values in (-habits.pause, habits.days, habits.total))
    missed_from = np.maximum(np.nan_to_num(habits.gap, nan=np.inf) * MISSED_AFTER, LEAST_PAUSE)
    upper = (frequency >= 4) & (money >= 4) & ((frequency == 5) | (money == 5))
    rules = [
        (~active, Group.LOST),
        (habits.pause > missed_from, Group.AT_RISK),
        (habits.age < NEW_DAYS, Group.NEW),
        (upper, Group.CHAMPION),
        (frequency >= 3, Group.REGULAR),
    ]
    group = np.select([rule for rule, _ in rules], [int(name) for _, name in rules], default=int(Group.OCCASIONAL))
    return Groups(group, recency, frequency, money)


def _scores(values: Integers, active: NDArray[np.bool_]) -> Integers:
    """Which fifth of the active a value lies in, 5 the highest; bounds as PERCENTILE_DISC has them."""
    if not active.any():
        return np.zeros(len(values), dtype=np.int64)
    bounds = np.quantile(values[active], FIFTHS, method="inverted_cdf")
    return np.where(active, 1 + np.searchsorted(bounds, values, side="left"), 0)
