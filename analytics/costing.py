"""What the programme costs in a period, by what was true then. Of the whole shop: what runs anyway is of no store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from analytics.kpis import Cost, Period, Sales, Stretch
from analytics.models import DayFigures, StatedCost
from analytics.overview import first_day
from analytics.stating import costs_in_force


@dataclass(frozen=True, slots=True)
class Trade:
    """What all stores have sold in a period, and how many customers are active at its end."""

    period: Period
    sales: Sales
    active: int


def programme_cost(period: Period, *, sold: Sales, active: int) -> Cost:
    return programme_costs([Trade(period, sold, active)])[0]


def programme_costs(trades: Sequence[Trade]) -> list[Cost]:
    """Of many periods at once: the entries are read once, and days only where another entry began in a period.

    Nothing runs before the shop's first day: a period counts from then on, so that a new shop's first month is none of
    ninety days.
    """
    stated, begun = costs_in_force(), first_day()
    periods = [trade.period.since(begun) for trade in trades]
    divided = [parts(period, stated) for period in periods]
    daily = _daily_sales([period for period, found in zip(periods, divided, strict=True) if len(found) > 1])
    return [
        Cost(
            days=period.days,
            members=trade.active,
            purchases=trade.sales.card_purchases,
            total=trade.sales.card_total,
            rewards=None if trade.sales.uncosted else trade.sales.reward_cost,
            stretches=tuple(
                Stretch(
                    days=part.days,
                    total=trade.sales.card_total if len(found) == 1 else _sum(part, daily),
                    margin_percent=entry.margin_percent,
                    running=entry.running,
                )
                for part, entry in found
            ),
        )
        for trade, period, found in zip(trades, periods, divided, strict=True)
    ]


def parts(period: Period, stated: Sequence[StatedCost]) -> list[tuple[Period, StatedCost]]:
    """Which part of it each entry holds for, the latest first; the earliest holds for the time before it as well."""
    found, last = [], period.last
    for entry in stated:
        first = max(date.min if entry is stated[-1] else entry.since_on, period.first)
        if first <= last:
            found.append((Period(first, last), entry))
            last = found[-1][0].day_before
    return found


def _daily_sales(periods: Sequence[Period]) -> list[tuple[date, int]]:
    """With a card."""
    if not periods:
        return []
    first, last = min(period.first for period in periods), max(period.last for period in periods)
    rows = DayFigures.objects.filter(day__range=(first, last)).values_list("day")
    return list(rows.annotate(sold=Sum("card_total")).order_by("day"))


def _sum(part: Period, daily: Sequence[tuple[date, int]]) -> int:
    return sum(total for day, total in daily if part.first <= day <= part.last)
