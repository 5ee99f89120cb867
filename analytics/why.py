"""Why an estimate of a customer is what it is: found at night, stored as a number, put into words where it is read."""

from enum import IntEnum


class Why(IntEnum):
    """What speaks for keeping away, and what for coming again."""

    # Away for longer than usual, or not yet for so long.
    LONG_PAUSE = 1
    SHORT_PAUSE = 2
    # Has come again less often, or more often, than customers do on average.
    FEW_RETURNS = 3
    MANY_RETURNS = 4
    # Comes so seldom that a silent window says little.
    SELDOM = 5
    # What became of similar customers of this shop.
    PAST_AGAINST = 6
    PAST_FOR = 7
