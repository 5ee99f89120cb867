"""The net promoter score: one whole number out of answers from 0 to 10. No database, no clock, no language."""

from collections.abc import Mapping
from typing import Final

BEST: Final = 10
PROMOTER_FROM: Final = 9
# Whoever gives no more than this is unhappy: the shop shall answer.
DETRACTOR_UNTIL: Final = 6
SCORES: Final = range(BEST + 1)


def net_promoter_score(counts: Mapping[int, int]) -> int | None:
    """Of so many answers for each score: the share of promoters less that of detractors, from -100 to 100.

    Halves are rounded away from zero, so that praise and blame weigh the same; None without an answer.
    """
    total = sum(counts.values())
    if not total:
        return None
    promoters = sum(count for score, count in counts.items() if score >= PROMOTER_FROM)
    detractors = sum(count for score, count in counts.items() if score <= DETRACTOR_UNTIL)
    difference = promoters - detractors
    rounded = (200 * abs(difference) + total) // (2 * total)
    return rounded if difference >= 0 else -rounded
