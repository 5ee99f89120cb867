"""What was sold and redeemed on some days, store by store."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from programs.customer_stats import STANDS
from tenants.calendar import midnight
from tenants.postgresql.columns import Rows
from tenants.scope import current_tenant

SUMS: Final = (
    *("purchases", "total", "card_purchases", "card_total", "points"),
    *("redemptions", "redeemed_points", "reward_cost", "uncosted"),
)
_TYPES: Final = dict.fromkeys(("purchases", "card_purchases", "redemptions", "uncosted"), "int")
# Of some days, in the types of the table.
DRAWN: Final = f"""
    WITH day AS (
        SELECT *
          FROM unnest(%(days)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS d (day, begins, ends)
    ), parts AS (
        SELECT purchased_on AS day, store_id, count(*) AS purchases, sum(total - returned_total) AS total,
               count(*) FILTER (WHERE customer_id IS NOT NULL) AS card_purchases,
               coalesce(sum(total - returned_total) FILTER (WHERE customer_id IS NOT NULL), 0) AS card_total,
               sum(points - returned_points) AS points,
               0 AS redemptions, 0 AS redeemed_points, 0 AS reward_cost, 0 AS uncosted
          FROM programs_purchase
         WHERE purchased_at >= %(since)s AND purchased_at < %(until)s AND purchased_on = ANY(%(days)s)
           AND {STANDS}
         GROUP BY purchased_on, store_id
         UNION ALL
        SELECT day.day, store_id, 0, 0, 0, 0, 0, count(*), sum(points), coalesce(sum(cost), 0),
               count(*) FILTER (WHERE cost IS NULL)
          FROM day JOIN rewards_redemption AS r ON r.used_at >= day.begins AND r.used_at < day.ends
         WHERE r.state = 'used'
         GROUP BY day.day, store_id
    )
    SELECT day, store_id, {", ".join(f"sum({name})::{_TYPES.get(name, 'bigint')} AS {name}" for name in SUMS)}
      FROM parts GROUP BY day, store_id
"""  # noqa: S608 - names of our own columns


_DRAW: Final = f"INSERT INTO analytics_dayfigures (day, store_id, {', '.join(SUMS)}) {DRAWN}"
DAYS: Final = Rows("analytics_dayfigures", {"day": "day", "store_id": "i8?", **dict.fromkeys(SUMS, "i8")}, key=2)
OF_DAYS: Final = "day = ANY(%(days)s)"
ONE_DAY: Final = timedelta(days=1)


def days_from(first: date, *, until: date) -> list[date]:
    """All days from the first on, up to the last before `until`."""
    return [first + number * ONE_DAY for number in range((until - first).days)]


def draw_days(days: Collection[date]) -> None:
    """These days, in place of what was known of them."""
    params = params_of(days)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM analytics_dayfigures WHERE {OF_DAYS}", params)  # noqa: S608 - a condition of our own
        cursor.execute(_DRAW, params)


def params_of(days: Collection[date]) -> dict[str, Any]:
    """What `DRAWN` is asked with."""
    zone, days = current_tenant().zone, sorted(days)
    begins = [midnight(day, zone=zone) for day in days]
    ends = [midnight(day + ONE_DAY, zone=zone) for day in days]
    return {"days": days, "begins": begins, "ends": ends, "since": begins[0], "until": ends[-1]}
