"""Telling in time that points will expire: who is due for a reminder, and announcing each one once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db import connection

from events.services import publish_many
from ledger.models import POINTS, ExpiryReminder
from tenants.roles import SYSTEM
from tenants.scope import current_tenant

# How many days before their last day points are announced, the farthest first.
DISTANCES: Final = (30, 7)


class Reminder(NamedTuple):
    account_id: int
    customer_id: int
    last_day: date
    days_ahead: int
    points: int


# Whoever is nearer than a distance and was not reminded from there still is: a job may have missed its day.
_UNREMINDED = """
WITH expiring AS (
    SELECT account_id, ((expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date AS last_day,
           sum(remaining)::bigint AS points
      FROM ledger_lot
     WHERE remaining > 0 AND expires_at > %(now)s AND expires_at < %(now)s + interval '1 day' * (%(far)s + 2)
     GROUP BY 1, 2
), due AS (
    SELECT e.*, CASE WHEN last_day - %(today)s <= %(near)s THEN %(near)s ELSE %(far)s END AS days_ahead
      FROM expiring AS e
     WHERE last_day - %(today)s <= %(far)s
)
SELECT d.account_id, a.customer_id, d.last_day, d.days_ahead, d.points
  FROM due AS d JOIN ledger_account AS a ON a.id = d.account_id AND a.closed_at IS NULL AND a.unit = %(unit)s
 WHERE NOT EXISTS (SELECT FROM ledger_expiryreminder AS r
                    WHERE r.account_id = d.account_id AND r.last_day = d.last_day AND r.days_ahead = d.days_ahead)
 ORDER BY d.account_id, d.last_day
"""
_REMEMBER = """
INSERT INTO ledger_expiryreminder (account_id, last_day, days_ahead)
SELECT * FROM unnest(%s::bigint[], %s::date[], %s::smallint[])
    ON CONFLICT DO NOTHING
RETURNING account_id, last_day, days_ahead
"""


def unreminded(*, now: datetime) -> list[Reminder]:
    """What is about to expire and has not been announced from its distance."""
    far, near = DISTANCES
    zone = current_tenant().zone
    today = now.astimezone(zone).date()
    with connection.cursor() as cursor:
        facts: dict[str, Any] = {"now": now, "zone": zone.key, "today": today, "far": far, "near": near, "unit": POINTS}
        cursor.execute(_UNREMINDED, facts)
        return [Reminder(*row) for row in cursor.fetchall()]


def remind(due: Sequence[Reminder], *, now: datetime) -> int:
    """Announce these, except those that somebody else has announced meanwhile; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REMEMBER, [[getattr(one, name) for one in due] for name in ("account_id", "last_day", "days_ahead")]
        )
        fresh = set(cursor.fetchall())
    announced = [one for one in due if (one.account_id, one.last_day, one.days_ahead) in fresh]
    payloads = (
        {
            "customer": one.customer_id,
            "account": one.account_id,
            "points": one.points,
            "last_day": one.last_day.isoformat(),
            "days_ahead": one.days_ahead,
        }
        for one in announced
    )
    publish_many("points.expiring", actor=SYSTEM, occurred_at=now, payloads=payloads)
    return len(announced)


def forget_reminders(*, now: datetime) -> None:
    """Of days that are over."""
    ExpiryReminder.objects.filter(last_day__lt=now.astimezone(current_tenant().zone).date()).delete()


def _key(one: Reminder) -> tuple[int, date, int]:
    return one.account_id, one.last_day, one.days_ahead
