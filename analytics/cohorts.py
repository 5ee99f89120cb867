"""Of those who bought for the first time in a month, how many came again in the months after. Pure and exact."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from analytics.kpis import Ratio

# Of fewer customers a row has counts and no shares.
FEWEST: Final = 10
# A difference of two shares is said where chance alone would make it once in a hundred times: 2.576 squared.
BEYOND_CHANCE: Final = Fraction(6_635, 1_000)


@dataclass(frozen=True, slots=True)
class Cell:
    """Who bought again so many months after the first; of a month that is not over, until now."""

    months: int
    came: Ratio
    is_running: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers whose first purchase was in the same month."""

    first: date
    customers: int
    cells: tuple[Cell, ...]

    @property
    def has_shares(self) -> bool:
        return self.customers >= FEWEST


def triangle(rows: Iterable[tuple[date, int, int]], *, until: date, cohorts: int, months: int) -> tuple[Cohort, ...]:
    """Rows say a first month, how many months later, and how many customers bought then; 0 months later, all of them.

    The last `cohorts` months before the one of `until`, oldest first, without those in which nobody began.
    """
    came: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for first, later, customers in rows:
        came[_number(first)][later] = customers
    now, is_over = _number(until), (until + timedelta(days=1)).day == 1
    return tuple(
        Cohort(
            _first_of(first),
            all_of_them,
            tuple(
                Cell(later, Ratio(came[first].get(later, 0), all_of_them), first + later == now and not is_over)
                for later in range(1, min(months, now - first) + 1)
            ),
        )
        for first in range(now - cohorts, now)
        if (all_of_them := came[first].get(0, 0))
    )


def lean(cohorts: Sequence[Cohort]) -> int:
    """Whether the newer half came again in the month after more often (1) or less often (-1) than the older half.

    0 where chance may have made the difference. Of months that are over.
    """
    over = [cohort.cells[0].came for cohort in cohorts if cohort.cells and not cohort.cells[0].is_running]
    older, newer = (_together(half) for half in (over[: len(over) // 2], over[len(over) // 2 :]))
    both = _together([older, newer])
    if not older.whole or both.part in {0, both.whole}:
        return 0
    share = Fraction(both.part, both.whole)
    apart = Fraction(newer.part, newer.whole) - Fraction(older.part, older.whole)
    spread = share * (1 - share) * (Fraction(1, older.whole) + Fraction(1, newer.whole))
    if apart * apart < BEYOND_CHANCE * spread:
        return 0
    return 1 if apart > 0 else -1


def _together(ratios: Sequence[Ratio]) -> Ratio:
    return Ratio(sum(ratio.part for ratio in ratios), sum(ratio.whole for ratio in ratios))


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
