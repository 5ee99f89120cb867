"""The groups that customers are in, by rules in `analytics.rfm`."""

from enum import IntEnum
from math import exp
from typing import Final

# Days since the first purchase in which somebody is new.
NEW_DAYS: Final = 60
# Who has come on so many days has a rhythm, and is missed after so many times of it, yet never before a week.
RHYTHM_DAYS: Final = 3
MISSED_AFTER: Final = 2.0
LEAST_PAUSE: Final = 7
# Of fewer customers nothing is estimated about a single one; together they still say something.
ESTIMATED_FROM: Final = 200
# Seven days are seven days, and not a little less because they come out of a logarithm.
GAP_DIGITS: Final = 6


class Group(IntEnum):
    """What a shop owner calls them; the values are stored."""

    # Not here for longer than the window.
    LOST = 1
    # Had a rhythm, and has been away for more than twice as long as usual.
    AT_RISK = 2
    # First purchase within the last sixty days.
    NEW = 3
    # Among the upper two fifths both by purchases and by money, and of one of them in the best.
    CHAMPION = 4
    # In the upper three fifths by purchases.
    REGULAR = 5
    # Everybody else.
    OCCASIONAL = 6


def usual_gap(days: int, log_gaps: float) -> float | None:
    """Days between two days with a purchase, of one customer; None before there is a rhythm.

    The geometric mean, which one long holiday hardly moves. `analytics.rfm.usual_gaps` is the same of whole columns.
    """
    if days < RHYTHM_DAYS:
        return None
    digits = 10**GAP_DIGITS
    return round(exp(log_gaps / (days - 1)) * digits) / digits
