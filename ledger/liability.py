"""What the shop owes in points at the end of a day, as it was known then: the same answer tomorrow and in ten years.

A booking counts from when we learnt of it. Only what has expired counts from the day after its last, however late that
was written down, because it follows from what was known.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from events.services import publish
from ledger.models import POINTS, Entry, PointValue
from ledger.overdue import SETTLED
from tenants.calendar import midnight
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant

# Fewer ended lots than these say nothing about how many points expire unused.
ENOUGH_LOTS: Final = 100
MOST_PER_HUNDRED: Final = 1_000_000
COLUMNS: Final = ("earned", "imported", "redeemed", "expired", "taken_back", "adjusted", "transferred")
_COLUMN_OF: Final = {
    Entry.Kind.EARN: "earned",
    Entry.Kind.OPENING: "imported",
    Entry.Kind.REDEEM: "redeemed",
    Entry.Kind.EXPIRE: "expired",
    Entry.Kind.RETURN: "taken_back",
    Entry.Kind.VOID: "taken_back",
    Entry.Kind.ADJUST: "adjusted",
    Entry.Kind.TRANSFER: "transferred",
}


@dataclass(frozen=True, slots=True)
class Month:
    """The movements of a month; opening, movements and closing add up."""

    first: date
    opening: int
    earned: int = 0
    imported: int = 0
    redeemed: int = 0
    expired: int = 0
    taken_back: int = 0
    adjusted: int = 0
    transferred: int = 0

    @property
    def movements(self) -> list[int]:
        return [getattr(self, name) for name in COLUMNS]

    @property
    def closing(self) -> int:
        return self.opening + sum(self.movements)


@dataclass(frozen=True, slots=True)
class Breakage:
    """How much of what was granted has expired unused, of lots whose life is over, and what that lets expect."""

    lots: int
    granted: int
    expired: int
    expected: int

    @property
    def percent(self) -> int:
        return round(100 * self.expired / self.granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`outstanding` are the points of those who have some; `deficit` is what others owe the shop."""

    outstanding: int
    deficit: int
    holders: int
    breakage: Breakage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Liability(Owed):
    """The same with its worth, and how it came about."""

    on: date
    per_hundred: int | None
    months: list[Month] = field(default_factory=list)

    @property
    def value(self) -> int | None:
        """In minor units; None where nobody has said what a point is worth."""
        return self.value_of(self.outstanding)

    @property
    def expected_value(self) -> int | None:
        """The same without what is expected to expire."""
        return self.value_of(self.outstanding - self.breakage.expected) if self.breakage else None

    def value_of(self, points: int) -> int | None:
        return None if self.per_hundred is None else points * self.per_hundred // 100


def liability(*, on: date, now: datetime) -> Liability:
    """As of the end of the day, or of now where it is not over yet."""
    facts = _facts(on, now)
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, facts)
        months = _months([(first, kind, points) for first, kind, points in cursor.fetchall()], on=on)
    owed = owed_points(on=on, now=now)
    return Liability(
        on=on,
        outstanding=owed.outstanding,
        deficit=owed.deficit,
        holders=owed.holders,
        per_hundred=point_value(at=facts["now"]),
        breakage=owed.breakage,
        months=months,
    )


def owed_points(*, on: date, now: datetime) -> Owed:
    """The same figures without their months."""
    facts = _facts(on, now)
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, facts)
        outstanding, deficit, holders = cursor.fetchone()
        cursor.execute(_BREAKAGE, facts)
        breakage = _breakage(*cursor.fetchone(), outstanding=outstanding)
    return Owed(outstanding=outstanding, deficit=deficit, holders=holders, breakage=breakage)


def point_value(*, at: datetime) -> int | None:
    """Minor units for a hundred points as stated then; for a time before anything was stated, what was stated first."""
    stated = PointValue.objects.order_by("stated_at", "id")
    value = stated.filter(stated_at__lt=at).last() or stated.first()
    return value.per_hundred if value else None


def state_point_value(*, per_hundred: int, actor: Actor, now: datetime) -> PointValue:
    """What the merchant values a hundred points at from now on. Raises Invalid."""
    if not 0 < per_hundred <= MOST_PER_HUNDRED:
        raise Invalid(_("Enter an amount above zero."), field="per_hundred")
    value = PointValue.objects.create(per_hundred=per_hundred, stated_at=now, stated_by=actor.reference)
    publish("points.value_stated", actor=actor, occurred_at=now, per_hundred=per_hundred)
    return value


def _facts(on: date, now: datetime) -> dict[str, Any]:
    zone = current_tenant().zone
    until = min(midnight(on + timedelta(days=1), zone=zone), now)
    return {"now": until, "zone": zone.key, "unit": POINTS}


def _months(moved: list[tuple[date, str, int]], *, on: date) -> list[Month]:
    """From the first booking to the month asked for, without a gap."""
    sums: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for known_in, kind, points in moved:
        sums[known_in][_COLUMN_OF[Entry.Kind(kind)]] += points
    months: list[Month] = []
    first, opening = min(sums, default=date.max), 0
    while first <= on:
        month = Month(first=first, opening=opening, **sums[first])
        months.append(month)
        opening, first = month.closing, (first + timedelta(days=31)).replace(day=1)
    return months


def _breakage(
    lots: int, granted: int, expired: int, open_granted: int, open_left: int, *, outstanding: int
) -> Breakage | None:
    if lots < ENOUGH_LOTS or granted <= 0:
        return None
    expected = min(open_granted * expired // granted, open_left, outstanding)
    return Breakage(lots=lots, granted=granted, expired=expired, expected=max(expected, 0))


# Every movement with when it counts; what is overdue but not yet written down counts like what is.
_MOVED: Final = f"""
WITH held AS (
    SELECT id, greatest(-balance, 0) AS debt FROM ledger_account WHERE unit = %(unit)s
), open AS (
    SELECT l.id, l.account_id, l.entry_seq, l.remaining, l.is_pending, l.available_at, l.expires_at, h.debt
      FROM ledger_lot AS l JOIN held AS h ON h.id = l.account_id
     WHERE l.remaining > 0
       AND l.account_id IN (SELECT account_id FROM ledger_lot WHERE remaining > 0 AND expires_at <= %(now)s)
), {SETTLED}, gone AS (
    SELECT u.account_id, u.lot_id, u.points
      FROM ledger_lotuse AS u
      JOIN ledger_entry AS e ON e.account_id = u.account_id AND e.seq = u.entry_seq AND e.kind = 'expire'
     UNION ALL
    SELECT account_id, id, expired FROM settled WHERE expired > 0
), moved AS (
    SELECT e.account_id, e.kind, e.points, e.created_at AS known_at
      FROM ledger_entry AS e JOIN held AS h ON h.id = e.account_id
     WHERE e.kind <> 'expire' AND e.created_at < %(now)s
     UNION ALL
    SELECT g.account_id, 'expire', -g.points, greatest(l.expires_at - interval '1 microsecond', e.created_at)
      FROM gone AS g
      JOIN held AS h ON h.id = g.account_id
      JOIN ledger_lot AS l ON l.id = g.lot_id
      JOIN ledger_entry AS e ON e.account_id = l.account_id AND e.seq = l.entry_seq
     WHERE l.expires_at <= %(now)s AND e.created_at < %(now)s
)
"""  # noqa: S608 - made of constants
_MOVEMENTS: Final = f"""
{_MOVED}
SELECT date_trunc('month', known_at AT TIME ZONE %(zone)s)::date, kind, sum(points)::bigint
  FROM moved GROUP BY 1, 2
"""  # noqa: S608 - made of constants
_STANDING: Final = f"""
{_MOVED}
SELECT coalesce(sum(points) FILTER (WHERE points > 0), 0)::bigint,
       coalesce(-sum(points) FILTER (WHERE points < 0), 0)::bigint,
       count(*) FILTER (WHERE points > 0)
  FROM (SELECT sum(points) AS points FROM moved GROUP BY account_id) AS standing
"""  # noqa: S608 - made of constants
# A lot fills a deficit in the name of its own entry, when it becomes available.
_BREAKAGE: Final = f"""
{_MOVED}, used AS (
    SELECT u.lot_id,
           sum(u.points) AS points,
           sum(u.points) FILTER (WHERE e.kind IN ('void', 'return', 'transfer') AND u.points > 0) AS taken_back
      FROM ledger_lotuse AS u
      JOIN ledger_entry AS e ON e.account_id = u.account_id AND e.seq = u.entry_seq
      JOIN ledger_lot AS l ON l.id = u.lot_id
     WHERE e.kind <> 'expire'
       AND CASE WHEN u.entry_seq = l.entry_seq THEN greatest(e.created_at, l.available_at)
                ELSE e.created_at END < %(now)s
     GROUP BY u.lot_id
), expired AS (
    SELECT lot_id, sum(points) AS points FROM gone GROUP BY lot_id
), lot AS (
    SELECT l.expires_at <= %(now)s AS is_over, l.points - coalesce(u.taken_back, 0) AS granted,
           l.points - coalesce(u.points, 0) AS unused, coalesce(x.points, 0) AS expired
      FROM ledger_lot AS l
      JOIN held AS h ON h.id = l.account_id
      JOIN ledger_entry AS e ON e.account_id = l.account_id AND e.seq = l.entry_seq AND e.created_at < %(now)s
      LEFT JOIN used AS u ON u.lot_id = l.id
      LEFT JOIN expired AS x ON x.lot_id = l.id
     WHERE l.expires_at IS NOT NULL
)
SELECT count(*) FILTER (WHERE is_over AND granted > 0),
       coalesce(sum(granted) FILTER (WHERE is_over), 0)::bigint,
       coalesce(sum(expired) FILTER (WHERE is_over), 0)::bigint,
       coalesce(sum(granted) FILTER (WHERE NOT is_over), 0)::bigint,
       coalesce(sum(unused) FILTER (WHERE NOT is_over), 0)::bigint
  FROM lot
"""  # noqa: S608 - made of constants
