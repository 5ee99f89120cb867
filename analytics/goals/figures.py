"""Where the figures stand that goals are set for, read from what the night has drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from analytics.kpis import Period
from analytics.loyalty import loyalty
from analytics.models import Goal
from analytics.models.figures import SPANS
from analytics.overview import Window

Metric = Goal.Metric
# Over the days of the window, whichever period is looked at.
OF_WINDOW: Final = frozenset({Metric.REPEAT, Metric.FREQUENCY, Metric.VALUE})
LESS_IS_BETTER: Final = frozenset({Metric.CHURN})
SHARES: Final = frozenset({Metric.RETENTION, Metric.CHURN, Metric.REPEAT})
MONEY: Final = frozenset({Metric.AVERAGE, Metric.VALUE})


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: over how many days, where it has days of its own, and of which store."""

    metric: Metric
    span_days: int | None
    store_id: int | None = None

    @classmethod
    def of(cls, goal: Goal) -> "Measure":
        return cls(Metric(goal.metric), goal.span_days, goal.store_id)

    @classmethod
    def over(cls, metric: str, *, days: int, store_id: int | None) -> "Measure":
        """As it is looked at over so many days."""
        return cls(Metric(metric), None if metric in OF_WINDOW else days, store_id)


def figures_of(measure: Measure, days: Sequence[date], *, drawn: Window) -> dict[date, Decimal]:
    """At the end of each day; without those on which there were too few customers for it."""
    periods = [Period.ending(day, days=measure.span_days or min(SPANS)) for day in days]
    if not periods:
        return {}
    found = loyalty(periods, window_days=drawn.days, store_id=measure.store_id)
    known = ((each.period.last, getattr(each, measure.metric)) for each in found if each.is_of_many)
    return {day: value for day, value in known if value is not None}
