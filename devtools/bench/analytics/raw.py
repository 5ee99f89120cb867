"""The figures of pages from the purchases themselves, as one would write it without anything drawn at night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from analytics.kpis import Period
from analytics.loyalty import MONTH_DAYS, Loyalty
from programs.customer_stats import STANDS

# What is bought from the first to the last day, and by whom.
_SALES: Final = f"""
    SELECT count(*), coalesce(sum(total - returned_total), 0), count(customer_id),
           coalesce(sum(total - returned_total) FILTER (WHERE customer_id IS NOT NULL), 0)
      FROM programs_purchase
     WHERE purchased_on BETWEEN %(first)s AND %(last)s AND {STANDS}
"""
_BASE: Final = f"""
    SELECT count(*) FILTER (WHERE at_start), count(*) FILTER (WHERE lately > 0),
           count(*) FILTER (WHERE at_start AND lately > 0), count(*) FILTER (WHERE lately > 0 AND first_on > %(start)s),
           count(*), count(*) FILTER (WHERE purchases > 1), count(*) FILTER (WHERE lately > 1)
      FROM (SELECT customer_id, min(purchased_on) AS first_on, count(*) AS purchases,
                   count(*) FILTER (WHERE purchased_on > %(end)s - %(window)s) AS lately,
                   bool_or(purchased_on > %(start)s - %(window)s AND purchased_on <= %(start)s) AS at_start
              FROM programs_purchase
             WHERE customer_id IS NOT NULL AND purchased_on <= %(end)s AND {STANDS}
             GROUP BY customer_id) AS customer
"""
_COHORTS: Final = f"""
    WITH bought AS (
        SELECT customer_id, date_trunc('month', purchased_on)::date AS month
          FROM programs_purchase WHERE customer_id IS NOT NULL AND {STANDS}
    ), begun AS (
        SELECT customer_id, min(month) AS first FROM bought GROUP BY customer_id
    )
    SELECT first, (extract(year FROM age(month, first)) * 12 + extract(month FROM age(month, first)))::int AS later,
           count(DISTINCT customer_id)
      FROM bought JOIN begun USING (customer_id) WHERE first >= %(since)s
     GROUP BY first, later ORDER BY first, later
"""


@dataclass(frozen=True, slots=True)
class Raw:
    """Of a period, what a `Loyalty` is made of."""

    base: tuple[int, ...]
    last_month: tuple[int, ...]
    sales: tuple[int, ...]
    lately: tuple[int, ...]


def loyalty(periods: Sequence[Period], *, window_days: int) -> list[Raw]:
    return [
        Raw(
            _base(period, window_days),
            _base(Period.ending(period.last, days=MONTH_DAYS), window_days),
            _sales(period),
            _sales(Period.ending(period.last, days=window_days)),
        )
        for period in periods
    ]


def cohorts(since: date) -> list[tuple[Any, ...]]:
    return _rows(_COHORTS, {"since": since})


def same_as(drawn: Loyalty) -> Raw:
    """What was drawn, in the form of what is computed here."""
    repeats = (drawn.repeats.bought, drawn.repeats.bought_again, drawn.repeats.active_again)
    base, month = ((each.start, each.end, each.kept, each.new, *repeats) for each in (drawn.base, drawn.last_month))
    sales, lately = (
        (each.purchases, each.total, each.card_purchases, each.card_total) for each in (drawn.sales, drawn.lately)
    )
    return Raw(base, month, sales, lately)


def _base(period: Period, window_days: int) -> tuple[int, ...]:
    return _rows(_BASE, {"start": period.day_before, "end": period.last, "window": window_days})[0]


def _sales(period: Period) -> tuple[int, ...]:
    return _rows(_SALES, {"first": period.first, "last": period.last})[0]


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
