"""What members spent before and after they joined, compared each night: an association, kept because it needs scipy."""

from datetime import date
from typing import Final

from django.db import connection

from analytics.models import JoiningFigures
from tenants.scope import current_tenant

# Whole months of the calendar before and after the one in which somebody joined, which counts for neither.
MONTHS: Final = 3
# Of members who had been buying for longer than the months before; an erased one is no member.
_SPENT: Final = """
    SELECT coalesce(sum(month.total) FILTER (WHERE month.month < joined), 0)::bigint,
           coalesce(sum(month.total) FILTER (WHERE month.month > joined), 0)::bigint
      FROM (SELECT id, date_trunc('month', enrolled_at AT TIME ZONE %(zone)s)::date AS joined
              FROM customers_customer WHERE status NOT IN ('erased', 'merged')) AS member
      JOIN programs_customerstat AS stat
        ON stat.customer_id = member.id AND stat.first_on < joined - make_interval(months => %(months)s)
      LEFT JOIN analytics_customermonth AS month
        ON month.customer_id = member.id AND month.month >= joined - make_interval(months => %(months)s)
           AND month.month <= joined + make_interval(months => %(months)s)
     WHERE joined + make_interval(months => %(months)s + 1) <= %(day)s
     GROUP BY member.id
"""


def draw_joining(day: date) -> None:
    """Of everybody whose months after joining are over by then; in place of what was drawn before."""
    import numpy as np

    from analytics.association import Change, change_on_joining

    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"zone": current_tenant().zone.key, "months": MONTHS, "day": day})
        spent = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    found = change_on_joining(before=spent[:, 0], after=spent[:, 1])
    drawn: dict[str, int | None] = dict.fromkeys(("before", "after", "low", "high"))
    if isinstance(found, Change):
        drawn = {
            "before": found.before,
            "after": found.after,
            "low": found.difference.low,
            "high": found.difference.high,
        }
    JoiningFigures.objects.update_or_create(defaults={"day": day, "members": len(spent)} | drawn)
