"""How many customers were active on each of many days, in one sweep over their spells.

Whoever is counted for a stretch of days adds one where it begins and takes one off where it ends; the running sum is
the figure of a day. Of the active, those have been kept over a span who were active before it too: where a spell and
one that is moved on by the span overlap.
"""

from datetime import date
from typing import Final

from django.db import connection

from analytics.models.figures import SPANS
from tenants.postgresql.planning import without_nested_loops

NAMES: Final = (
    *("bought", "bought_again", "active", "active_again"),
    *(f"{what}_{span}" for span in SPANS for what in ("kept", "new")),
)
_KEPT: Final = """
        SELECT a.store_id, 'kept_{span}', greatest(a.begins_on, b.begins_on + {span}),
               least(a.ends_on, b.ends_on + {span})
          FROM one AS a JOIN one AS b ON b.customer_id = a.customer_id AND b.store_id = a.store_id
         WHERE a.begins_on < b.ends_on + {span} AND b.begins_on + {span} < a.ends_on
           AND a.begins_on <= %(last)s AND a.ends_on > %(first)s
           AND b.begins_on + {span} <= %(last)s AND b.ends_on + {span} > %(first)s
"""
_NEW: Final = "SELECT store_id, 'new_{span}', begins_on, least(ends_on, first_on + {span}) FROM one"
_FOR_EACH_SPAN: Final = " UNION ALL ".join(part.format(span=span) for span in SPANS for part in (_KEPT, _NEW))
_FIGURES: Final = ", ".join(f"coalesce(sum({name}) OVER so_far, 0)::int AS {name}" for name in NAMES)
# Of the days from the first to the last, in the types of the table; of a store from its first customer on.
DRAWN: Final = f"""
    WITH one AS (
        SELECT customer_id, coalesce(store_id, 0) AS store_id, begins_on, ends_on, first_on, second_on
          FROM analytics_spell WHERE least = 1
    ), stretch (store_id, what, begins_on, ends_on) AS (
        SELECT store_id, 'active', begins_on, ends_on FROM one
         UNION ALL
        SELECT coalesce(store_id, 0), 'active_again', begins_on, ends_on FROM analytics_spell WHERE least = 2
         UNION ALL
        SELECT store_id, 'bought', first_on, NULL FROM one WHERE begins_on = first_on
         UNION ALL
        SELECT store_id, 'bought_again', second_on, NULL FROM one WHERE begins_on = first_on AND second_on IS NOT NULL
         UNION ALL {_FOR_EACH_SPAN}
    ), step AS (
        SELECT store_id, what, greatest(begins_on, %(first)s) AS day, 1 AS more
          FROM stretch WHERE begins_on <= %(last)s AND (ends_on IS NULL OR ends_on > greatest(begins_on, %(first)s))
         UNION ALL
        SELECT store_id, what, ends_on, -1
          FROM stretch WHERE ends_on <= %(last)s AND ends_on > greatest(begins_on, %(first)s)
    ), change AS (
        SELECT store_id, day, {", ".join(f"sum(more) FILTER (WHERE what = '{name}') AS {name}" for name in NAMES)}
          FROM step GROUP BY store_id, day
    ), place AS (SELECT DISTINCT store_id FROM change UNION SELECT 0), drawn AS (
        SELECT day::date AS day, nullif(place.store_id, 0) AS store_id, {_FIGURES}
          FROM place CROSS JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS day
          LEFT JOIN change USING (store_id, day)
        WINDOW so_far AS (PARTITION BY place.store_id ORDER BY day)
    )
    SELECT * FROM drawn WHERE store_id IS NULL OR bought > 0
"""  # noqa: S608 - names and numbers of our own
_DRAW: Final = f"INSERT INTO analytics_basefigures (day, store_id, {', '.join(NAMES)}) {DRAWN}"


def draw_base(*, first: date, last: date) -> None:
    """All days from the first to the last, in place of what was known of them."""
    params = {"first": first, "last": last}
    # The spells may just have been drawn: unknown to the planner, who would try all pairs of them.
    with connection.cursor() as cursor, without_nested_loops(cursor):
        cursor.execute("DELETE FROM analytics_basefigures WHERE day BETWEEN %(first)s AND %(last)s", params)
        cursor.execute(_DRAW, params)
