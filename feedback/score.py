"""The net promoter score: one whole number out of answers from 0 to 10. No database, no clock, no language."""

import math
from collections.abc import Mapping
from typing import Final

BEST: Final = 10
PROMOTER_FROM: Final = 9
# Whoever gives no more than this is unhappy: the shop shall answer.
DETRACTOR_UNTIL: Final = 6
SCORES: Final = range(BEST + 1)
# Of the normal distribution, for 95 %.
_CRITICAL: Final = 1.959964
# Answers that are added before the interval is drawn: so many of each end, and three altogether.
_ADDED, _ADDED_EACH_END = 3, 0.75


def net_promoter_score(counts: Mapping[int, int]) -> int | None:
    """Of so many answers for each score: the share of promoters less that of detractors, from -100 to 100.

    Halves are rounded away from zero, so that praise and blame weigh the same; None without an answer.
    """
    total = sum(counts.values())
    if not total:
        return None
    difference = promoters(counts) - _detractors(counts)
    rounded = (200 * abs(difference) + total) // (2 * total)
    return rounded if difference >= 0 else -rounded


def score_interval(counts: Mapping[int, int]) -> tuple[int, int] | None:
    """Between which scores it lies with 95 % confidence, rounded outwards; None without an answer.

    Adjusted Wald interval: B. Rocks, "Interval Estimation for the Net Promoter Score", The American Statistician, 2016.
    """
    total = sum(counts.values())
    if not total:
        return None
    answers = total + _ADDED
    praise = (promoters(counts) + _ADDED_EACH_END) / answers
    blame = (_detractors(counts) + _ADDED_EACH_END) / answers
    middle = praise - blame
    margin = _CRITICAL * math.sqrt((praise + blame - middle**2) / answers)
    low, high = math.floor(100 * (middle - margin)), math.ceil(100 * (middle + margin))
    return max(low, -100), min(high, 100)


def promoters(counts: Mapping[int, int]) -> int:
    return sum(count for score, count in counts.items() if score >= PROMOTER_FROM)


def _detractors(counts: Mapping[int, int]) -> int:
    return sum(count for score, count in counts.items() if score <= DETRACTOR_UNTIL)
