"""The groups that customers are in, by rules in `analytics.rfm`."""

from enum import IntEnum
from typing import Final

# Days since the first purchase in which somebody is new.
NEW_DAYS: Final = 60
# Who has come on so many days has a rhythm, and is missed after so many times of it, yet never before a week.
RHYTHM_DAYS: Final = 3
MISSED_AFTER: Final = 2.0
LEAST_PAUSE: Final = 7
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
