"""How the programme is taken part in: what the first page says of many periods, at the cost of a single one."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final

from django.db import connection

from analytics.kpis import Period, Sales
from analytics.loyalty import daily_sales, sum_of
from analytics.models import PointFigures
from analytics.overview import moments_of

# Who was joined with another customer never was one; who was erased has enrolled, and is no member any more.
_ENROLLED: Final = """
    SELECT width_bucket(enrolled_at, %s::timestamptz[]), count(*), count(*) FILTER (WHERE status <> 'erased')
      FROM customers_customer WHERE status <> 'merged' GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """Of the whole shop in a period: members at its end who are still there, enrolments, sales and redemptions.

    `owed` are the points that customers had at its end; None where no night has kept it.
    """

    period: Period
    members: int
    enrolled: int
    sales: Sales
    owed: int | None


def participation(periods: Sequence[Period]) -> list[Participation]:
    """In three statements for as many periods as there are."""
    limits = {period: moments_of(period) for period in periods}
    edges = sorted({moment for both in limits.values() for moment in both})
    enrolled, members = _before_each(edges)
    sold = daily_sales(periods)
    owed = dict(PointFigures.objects.filter(day__in={each.last for each in periods}).values_list("day", "outstanding"))
    found = []
    # The same one may be asked for twice: to be compared with, and as a part of a course.
    for period in periods:
        first, after = (bisect_left(edges, moment) for moment in limits[period])
        found.append(
            Participation(
                period=period,
                members=members[after],
                enrolled=enrolled[after] - enrolled[first],
                sales=sum_of(period, sold),
                owed=owed.get(period.last),
            )
        )
    return found


def _before_each(edges: list[datetime]) -> tuple[list[int], list[int]]:
    """How many had enrolled before each of these moments, and how many of them are members today."""
    with connection.cursor() as cursor:
        cursor.execute(_ENROLLED, [edges])
        counted = {bucket: counts for bucket, *counts in cursor.fetchall()}
    rows = [counted.get(bucket, [0, 0]) for bucket in range(len(edges))]
    return list(accumulate(row[0] for row in rows)), list(accumulate(row[1] for row in rows))
