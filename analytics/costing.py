"""What the programme costs in a period, by what was true then. Of the whole shop: what runs anyway is of no store."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Sum

from analytics.kpis import Cost, Period, Sales, Stretch
from analytics.models import DayFigures, StatedCost
from analytics.stating import costs_in_force


def programme_cost(period: Period, *, sold: Sales, active: int) -> Cost:
    """With the period's sales of all stores, and the customers who are active at its end."""
    return Cost(
        days=period.days,
        members=active,
        purchases=sold.card_purchases,
        total=sold.card_total,
        rewards=None if sold.uncosted else sold.reward_cost,
        stretches=_stretches(period, costs_in_force(), sold),
    )


def parts(period: Period, stated: Sequence[StatedCost]) -> list[tuple[Period, StatedCost]]:
    """Which part of it each entry holds for, the latest first; the earliest holds for the time before it as well."""
    found, last = [], period.last
    for entry in stated:
        first = max(date.min if entry is stated[-1] else entry.since_on, period.first)
        if first <= last:
            found.append((Period(first, last), entry))
            last = found[-1][0].day_before
    return found


def _stretches(period: Period, stated: Sequence[StatedCost], sold: Sales) -> tuple[Stretch, ...]:
    found = parts(period, stated)
    sums = [sold.card_total] if len(found) == 1 else _sums(period, [part for part, _ in found])
    return tuple(
        Stretch(days=part.days, total=total, margin_percent=entry.margin_percent, running=entry.running)
        for (part, entry), total in zip(found, sums, strict=True)
    )


def _sums(period: Period, within: Sequence[Period]) -> list[int]:
    """Sales with a card in parts of a period; in one query for all of them."""
    if not within:
        return []
    rows = DayFigures.objects.filter(day__gte=period.first, day__lte=period.last).values_list("day")
    sold = list(rows.annotate(total=Sum("card_total")).order_by("day"))
    return [sum(total for day, total in sold if part.first <= day <= part.last) for part in within]
