"""How customers stay: the figures of many periods at once, so that a course costs as much as a single period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final

from django.db.models import Sum

from analytics.kpis import Base, Period, Repeats, Sales, frequency, simple_value
from analytics.models import BaseFigures
from analytics.models.figures import SPANS
from analytics.overview import days_in, first_day, lately

# A share of fewer than so many customers moves by several points with each of them, and is not given as one.
ENOUGH: Final = 30
# From so many customers on a shop has rates, courses and cohorts; below them, counts.
MANY: Final = 200
MONTH_DAYS: Final = 30
# How long customers stay is not told from fewer who have left.
LEFT: Final = 5
_SUMS: Final = tuple(field.name for field in fields(Sales))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loyalty:
    """What is said about how customers stay in a period of 30, 90 or 365 days.

    Who is active is counted over the days of the window, and so is what they buy: both for the same days, as far as the
    shop is as old.
    """

    period: Period
    window_days: int
    base: Base
    last_month: Base
    repeats: Repeats
    sales: Sales
    lately: Sales
    lately_days: int

    @property
    def is_of_many(self) -> bool:
        return self.repeats.bought >= MANY

    @property
    def retention(self) -> Decimal | None:
        return self.base.retention.percent if self.base.start >= ENOUGH else None

    @property
    def churn(self) -> Decimal | None:
        return self.base.churn.percent if self.base.start >= ENOUGH else None

    @property
    def repeat(self) -> Decimal | None:
        return self.repeats.lately.percent if self.repeats.active >= ENOUGH else None

    @property
    def frequency(self) -> Decimal | None:
        if self.base.end < ENOUGH:
            return None
        return frequency(purchases=self.lately.card_purchases, customers=self.base.end, days=self.lately_days)

    @property
    def average(self) -> Decimal | None:
        return self.sales.average if self.sales.purchases >= ENOUGH else None

    @property
    def value(self) -> Decimal | None:
        """Rough; in minor units."""
        if min(self.base.end, self.last_month.start) < ENOUGH or self.last_month.churn.part < LEFT:
            return None
        return simple_value(
            total=self.lately.card_total, customers=self.base.end, days=self.lately_days, monthly=self.last_month
        )


def loyalty(periods: Sequence[Period], *, window_days: int, store_id: int | None = None) -> list[Loyalty]:
    """Of all stores together, or of one; in three statements for as many periods as there are."""
    months = {period: Period.ending(period.last, days=MONTH_DAYS) for period in periods}
    begun = first_day(store_id=store_id)
    windows = {period: lately(period.last, window_days=window_days, begun=begun) for period in periods}
    drawn = _bases(chain(periods, months.values()), store_id=store_id)
    sold = daily_sales([*periods, *windows.values()], store_id=store_id)
    return [
        Loyalty(
            period=period,
            window_days=window_days,
            base=_base(period, drawn),
            last_month=_base(months[period], drawn),
            repeats=_repeats(drawn.get(period.last)),
            sales=sum_of(period, sold),
            lately=sum_of(windows[period], sold),
            lately_days=windows[period].days,
        )
        for period in periods
    ]


def course(period: Period, *, points: int) -> list[Period]:
    """The same number of days, ending a month of 30 days later each time; the last one is the period itself."""
    ends = (period.last - timedelta(days=MONTH_DAYS * number) for number in reversed(range(points)))
    return [Period.ending(end, days=period.days) for end in ends]


def _bases(periods: Iterable[Period], *, store_id: int | None) -> dict[date, BaseFigures]:
    days = set(chain.from_iterable((period.day_before, period.last) for period in periods))
    return {row.day: row for row in BaseFigures.objects.filter(store=store_id, day__in=days)}


def _base(period: Period, drawn: dict[date, BaseFigures]) -> Base:
    """Before the first day that is drawn nobody had bought."""
    assert period.days in SPANS, "other spans are not drawn"
    start, end = drawn.get(period.day_before), drawn.get(period.last)
    if end is None:
        return Base(start=0, end=0, kept=0, new=0)
    kept, new = (getattr(end, f"{what}_{period.days}") for what in ("kept", "new"))
    return Base(start=start.active if start else 0, end=end.active, kept=kept, new=new)


def _repeats(row: BaseFigures | None) -> Repeats:
    names = ("bought", "bought_again", "active", "active_again")
    return Repeats(**{name: getattr(row, name) if row else 0 for name in names})


def daily_sales(periods: Sequence[Period], *, store_id: int | None = None) -> list[tuple[date, list[int]]]:
    """Of every day from the first to the last of them, to be added up by `sum_of`."""
    first, last = min(period.first for period in periods), max(period.last for period in periods)
    rows = days_in(store_id).filter(day__range=(first, last))
    days = rows.values("day").annotate(**{f"{name}_sum": Sum(name) for name in _SUMS}).order_by("day")
    return [(day, sums) for day, *sums in days.values_list("day", *(f"{name}_sum" for name in _SUMS))]


def sum_of(period: Period, days: list[tuple[date, list[int]]]) -> Sales:
    within = [sums for day, sums in days if period.first <= day <= period.last]
    return Sales(**{name: sum(sums[number] for sums in within) for number, name in enumerate(_SUMS)})
