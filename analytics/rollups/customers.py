"""The months and spells of some customers, drawn anew from what stands of their purchases."""

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from programs.customer_stats import STANDS

MONTH_COLUMNS: Final = ("month", "days", "purchases", "total")
SPELL_COLUMNS: Final = ("store_id", "least", "begins_on", "ends_on", "first_on", "second_on")
# Of the customers that `{whose}` names, in the types of the tables.
MONTHS: Final = f"""
    SELECT customer_id, date_trunc('month', day::timestamp)::date AS month, count(*)::int2 AS days,
           sum(purchases)::int AS purchases, sum(total)::bigint AS total
      FROM (SELECT customer_id, purchased_on AS day, count(*) AS purchases, sum(total - returned_total) AS total
              FROM programs_purchase
             WHERE {{whose}} AND {STANDS}
             GROUP BY customer_id, purchased_on) AS daily
     GROUP BY customer_id, month
"""  # noqa: S608 - a condition of our own
# A purchase reaches over the days of the window. Two in a window reach from the later one to the end of the first one's
# reach. Reaches that overlap or touch are one spell; none ends before one that began earlier. All in the order in which
# the index has them, by days, so that nothing is sorted and nothing is in two places at once.
_SPELLS: Final = f"""
    WITH daily AS (
        SELECT customer_id, {{store}}::bigint AS store_id, purchased_on AS day, count(*) > 1 AS is_twice
          FROM programs_purchase
         WHERE {{whose}} AND {STANDS} AND {{place}}
         GROUP BY {{parts}}, purchased_on
    ), bought AS (
        SELECT *, lag(day) OVER in_order AS before, first_value(day) OVER in_order AS first_on,
               CASE WHEN first_value(is_twice) OVER in_order THEN first_value(day) OVER in_order
                    ELSE coalesce(nth_value(day, 2) OVER in_order, lead(day) OVER in_order) END AS second_on
          FROM daily WINDOW in_order AS (PARTITION BY {{parts}} ORDER BY day)
    ), two AS (
        SELECT *, lag(ends_on) OVER (PARTITION BY {{parts}} ORDER BY day) AS earlier_end
          FROM (SELECT *, CASE WHEN is_twice THEN day ELSE before END + %(window)s AS ends_on FROM bought) AS reach
         WHERE ends_on > day
    ), spelled AS (
        SELECT customer_id, store_id, 1 AS least, day, day + %(window)s AS ends_on, first_on, second_on,
               count(*) FILTER (WHERE before IS NULL OR day > before + %(window)s) OVER so_far AS spell
          FROM bought WINDOW so_far AS (PARTITION BY {{parts}} ORDER BY day ROWS UNBOUNDED PRECEDING)
         UNION ALL
        SELECT customer_id, store_id, 2, day, ends_on, first_on, second_on,
               count(*) FILTER (WHERE earlier_end IS NULL OR day > earlier_end) OVER so_far
          FROM two WINDOW so_far AS (PARTITION BY {{parts}} ORDER BY day ROWS UNBOUNDED PRECEDING)
    )
    SELECT customer_id, store_id, least::int2, min(day) AS begins_on, max(ends_on) AS ends_on,
           min(first_on) AS first_on, min(second_on) AS second_on
      FROM spelled GROUP BY customer_id, store_id, least, spell
"""  # noqa: S608 - the same
_TOGETHER: Final = {"store": "NULL", "place": "true", "parts": "customer_id"}
_BY_STORE: Final = {"store": "store_id", "place": "store_id IS NOT NULL", "parts": "customer_id, store_id"}


def spells(*, whose: str, by_store: bool) -> str:
    """Over all stores together; `by_store` also store by store."""
    kinds = (_TOGETHER, _BY_STORE) if by_store else (_TOGETHER,)
    each = [_SPELLS.format(whose=whose, **kind) for kind in kinds]
    return " UNION ALL ".join(f"SELECT * FROM ({one}) AS spells" for one in each)  # noqa: S608 - the same


def draw_customers(customer_ids: Collection[int], *, window_days: int, by_store: bool) -> None:
    """Their months and spells, in place of those that were."""
    whose = "customer_id = ANY(%(ids)s)"
    params: dict[str, Any] = {"ids": sorted(customer_ids), "window": window_days}
    for table, columns, drawn in (
        ("analytics_customermonth", MONTH_COLUMNS, MONTHS.format(whose=whose)),
        ("analytics_spell", SPELL_COLUMNS, spells(whose=whose, by_store=by_store)),
    ):
        names = ", ".join(("customer_id", *columns))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {whose}", params)  # noqa: S608 - our own table
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM ({drawn}) AS drawn", params)  # noqa: S608 - the same
