"""The months and spells of some customers, drawn anew from what stands of their purchases."""

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from programs.customer_stats import STANDS

MONTH_COLUMNS: Final = ("month", "days", "purchases", "total")
SPELL_COLUMNS: Final = ("store_id", "least", "begins_on", "ends_on", "first_on", "second_on")
# Of some customers, in the types of the tables.
MONTHS: Final = f"""
    SELECT customer_id, date_trunc('month', purchased_on)::date AS month, count(DISTINCT purchased_on)::int2 AS days,
           count(*)::int AS purchases, sum(total - returned_total)::bigint AS total
      FROM programs_purchase
     WHERE customer_id = ANY(%(ids)s) AND {STANDS}
     GROUP BY customer_id, month
"""  # noqa: S608 - a condition of our own
# A purchase reaches over the days of the window. Two in a window reach from the later one to the end of the first one's
# reach. Reaches that overlap or touch are one spell.
SPELLS: Final = f"""
    WITH bought AS (
        SELECT customer_id, store_id, purchased_on AS day, purchased_at
          FROM programs_purchase
         WHERE customer_id = ANY(%(ids)s) AND {STANDS}
    ), placed AS (
        SELECT customer_id, NULL::bigint AS store_id, day, purchased_at FROM bought
         UNION ALL
        SELECT customer_id, store_id, day, purchased_at FROM bought WHERE store_id IS NOT NULL AND %(by_store)s
    ), numbered AS (
        SELECT customer_id, store_id, day, lag(day) OVER in_order AS before, first_value(day) OVER whole AS first_on,
               nth_value(day, 2) OVER whole AS second_on
          FROM placed
        WINDOW in_order AS (PARTITION BY customer_id, store_id ORDER BY day, purchased_at),
               whole AS (in_order RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), reach AS (
        SELECT customer_id, store_id, 1 AS least, day AS begins_on, day + %(window)s AS ends_on, first_on, second_on
          FROM numbered
         UNION ALL
        SELECT customer_id, store_id, 2, day, before + %(window)s, first_on, second_on
          FROM numbered WHERE before + %(window)s > day
    ), parted AS (
        SELECT *, begins_on > max(ends_on) OVER (
                   PARTITION BY customer_id, store_id, least ORDER BY begins_on, ends_on
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_apart
          FROM reach
    ), spelled AS (
        SELECT *, count(*) FILTER (WHERE is_apart) OVER (
                   PARTITION BY customer_id, store_id, least ORDER BY begins_on, ends_on) AS spell
          FROM parted
    )
    SELECT customer_id, store_id, least::int2, min(begins_on) AS begins_on, max(ends_on) AS ends_on,
           min(first_on) AS first_on, min(second_on) AS second_on
      FROM spelled GROUP BY customer_id, store_id, least, spell
"""  # noqa: S608 - the same


_TABLES: Final = (
    ("analytics_customermonth", MONTH_COLUMNS, MONTHS),
    ("analytics_spell", SPELL_COLUMNS, SPELLS),
)


def draw_customers(customer_ids: Collection[int], *, window_days: int, by_store: bool) -> None:
    """Their months and spells, in place of those that were; `by_store` also store by store."""
    params: dict[str, Any] = {"ids": sorted(customer_ids), "window": window_days, "by_store": by_store}
    with connection.cursor() as cursor:
        for table, columns, drawn in _TABLES:
            names = ", ".join(("customer_id", *columns))
            cursor.execute(f"DELETE FROM {table} WHERE customer_id = ANY(%(ids)s)", params)  # noqa: S608 - our own table
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM ({drawn}) AS drawn", params)  # noqa: S608 - the same
