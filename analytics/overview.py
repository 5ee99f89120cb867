"""What the figures of a period are, read from what the night has drawn."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Max, Min, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from analytics.errors import NotDrawn, NothingDrawn
from analytics.kpis import Base, Period, Ratio, Repeats, Sales
from analytics.models import BaseFigures, DayFigures, FiguresState
from analytics.models.figures import SPANS, USUAL_WINDOW
from tenants.calendar import midnight
from tenants.errors import Invalid
from tenants.scope import current_tenant

# Of a period, where nobody asks for another.
USUAL_DAYS: Final = 30
_SUMS: Final = tuple(field.name for field in fields(Sales))
_TOTALS: Final = {name: Sum(name, default=0) for name in _SUMS}
# Whoever has a spell over a day was active at its end.
_BASE: Final = """
    SELECT count(*) FILTER (WHERE at_start), count(*) FILTER (WHERE at_end),
           count(*) FILTER (WHERE at_start AND at_end), count(*) FILTER (WHERE at_end AND first_on > %(start)s)
      FROM (SELECT customer_id, min(first_on) AS first_on,
                   bool_or(begins_on <= %(start)s AND ends_on > %(start)s) AS at_start,
                   bool_or(begins_on <= %(end)s AND ends_on > %(end)s) AS at_end
              FROM analytics_spell
             WHERE least = 1 AND store_id IS NOT DISTINCT FROM %(store)s
               AND begins_on <= %(end)s AND ends_on > %(start)s
             GROUP BY customer_id) AS customer
"""
# Whoever is still a customer and had enrolled by then; bought or fetched a reward in the days of the window. The active
# are looked up among the customers and not the other way round: right after an import the planner knows of neither.
_MEMBER: Final = "customer.status NOT IN ('erased', 'merged') AND customer.enrolled_at < %(until)s"
_MEMBERS: Final = f"""
    SELECT (SELECT count(*)
              FROM (SELECT customer_id FROM analytics_spell
                     WHERE least = 1 AND store_id IS NOT DISTINCT FROM %(store)s
                       AND begins_on <= %(day)s AND ends_on > %(day)s
                     UNION
                    SELECT customer_id FROM rewards_redemption
                     WHERE state = 'used' AND used_at >= %(since)s AND used_at < %(until)s
                       AND (%(store)s::bigint IS NULL OR store_id = %(store)s)
                   ) AS active JOIN customers_customer AS customer ON customer.id = active.customer_id
             WHERE {_MEMBER}),
           (SELECT count(*) FROM customers_customer AS customer WHERE {_MEMBER})
"""  # noqa: S608 - a condition of our own
# A customer's first month is the earliest in which anything of what they bought still stands. The months of each are
# gathered in the order of the table's key, and taken apart once for all who share them: many do.
_COHORTS: Final = """
    SELECT first, (extract(year FROM month) - extract(year FROM first))::int * 12
                  + (extract(month FROM month) - extract(month FROM first))::int AS later, sum(customers)::bigint
      FROM (SELECT first, months, count(*) AS customers
              FROM (SELECT min(month) AS first, array_agg(month) AS months
                      FROM analytics_customermonth GROUP BY customer_id HAVING min(month) >= %(since)s) AS bought
             GROUP BY first, months) AS alike,
           unnest(months) AS month
     GROUP BY first, month
     ORDER BY first, month
"""


@dataclass(frozen=True, slots=True)
class Window:
    """For how many days after a purchase a customer counts as active, and up to which day figures are drawn.

    `wanted` days are what the shop has asked for: from the next night on.
    """

    days: int
    last: date | None
    wanted: int


def moments_of(period: Period) -> tuple[datetime, datetime]:
    """When the period begins and when it is over, on the shop's clock."""
    zone = current_tenant().zone
    return midnight(period.first, zone=zone), midnight(period.last + timedelta(days=1), zone=zone)


def window() -> Window:
    state = FiguresState.objects.first()
    if state is None:
        usual = USUAL_WINDOW[current_tenant().trade]
        return Window(usual, None, usual)
    last = BaseFigures.objects.filter(store=None).order_by("-day").values_list("day", flat=True).first()
    return Window(state.window_days, last, state.wanted_days or state.window_days)


def drawn_period(first: date | None, last: date | None) -> Period:
    """From one day to another, all of them drawn; the last 30 of them where nothing else is asked for.

    Raises NothingDrawn, NotDrawn, Invalid at `from` or `to`.
    """
    drawn = BaseFigures.objects.filter(store=None).aggregate(first=Min("day"), last=Max("day"))
    if drawn["last"] is None:
        raise NothingDrawn
    for name, day in (("from", first), ("to", last)):
        if day is not None and not drawn["first"] <= day <= drawn["last"]:
            raise NotDrawn(field=name, drawn_from=drawn["first"].isoformat(), drawn_to=drawn["last"].isoformat())
    last = last or drawn["last"]
    first = first or max(Period.ending(last, days=USUAL_DAYS).first, drawn["first"])
    if first > last:
        raise Invalid(_("The end lies before the beginning."), field="to")
    return Period(first, last)


def days_in(store_id: int | None) -> QuerySet[DayFigures]:
    """What was sold and redeemed in a store, or in all of them and outside."""
    return DayFigures.objects.filter(store=store_id) if store_id else DayFigures.objects.all()


def first_day(*, store_id: int | None = None) -> date | None:
    """On which anything was sold or redeemed, as far as is drawn."""
    return days_in(store_id).aggregate(first=Min("day"))["first"]


def lately(last: date, *, window_days: int, begun: date | None) -> Period:
    """The days of the window up to a day. Of a younger shop as many as there were, so that its days are not empty.

    At least a month: what is said of a month does not make it longer.
    """
    window, month = (Period.ending(last, days=days) for days in (window_days, min(window_days, USUAL_DAYS)))
    return max(window.since(begun), month, key=lambda period: period.days)


def sales(period: Period, *, store_id: int | None = None) -> Sales:
    """Of all stores together, or of one."""
    rows = days_in(store_id).filter(day__range=(period.first, period.last))
    return Sales(**rows.aggregate(**_TOTALS))


def sales_by_month(period: Period, *, store_id: int | None = None) -> list[tuple[date, Sales]]:
    """Every month of the calendar in which anything was sold, oldest first; the first and last may be parts."""
    rows = days_in(store_id).filter(day__range=(period.first, period.last))
    months = rows.annotate(month=TruncMonth("day")).values("month").annotate(**_TOTALS).order_by("month")
    sums = months.values_list("month", *_SUMS)
    return [(month, Sales(**dict(zip(_SUMS, values, strict=True)))) for month, *values in sums]


def base(period: Period, *, store_id: int | None = None) -> Base:
    """A period of 30, 90 or 365 days is drawn already; any other one is counted."""
    if period.days in SPANS:
        days = BaseFigures.objects.filter(store=store_id, day__in=[period.day_before, period.last])
        drawn = {row.day: row for row in days}
        end, start = drawn.get(period.last), drawn.get(period.day_before)
        if end is not None:
            kept, new = (getattr(end, f"{what}_{period.days}") for what in ("kept", "new"))
            return Base(start=start.active if start else 0, end=end.active, kept=kept, new=new)
    params = {"start": period.day_before, "end": period.last, "store": store_id}
    with connection.cursor() as cursor:
        cursor.execute(_BASE, params)
        start_count, end_count, kept, new = cursor.fetchone()
    return Base(start=start_count, end=end_count, kept=kept, new=new)


def repeats(day: date, *, store_id: int | None = None) -> Repeats:
    """At the end of a day that is drawn; nobody before the first one."""
    names = ("bought", "bought_again", "active", "active_again")
    row = BaseFigures.objects.filter(store=store_id, day=day).values(*names).first()
    return Repeats(**(row or dict.fromkeys(names, 0)))


def members(day: date, *, window_days: int, store_id: int | None = None) -> Ratio:
    """Aktive Teilnehmer of all at the end of a day, of all stores together or in one."""
    until = day + timedelta(days=1)
    since = until - timedelta(days=window_days)
    params = {"day": day, "since": _begin(since), "until": _begin(until), "store": store_id}
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, params)
        return Ratio(*cursor.fetchone())


def cohort_counts(since: date) -> list[tuple[date, int, int]]:
    """First month, how many months later, and who bought then; of those who began in that month or after it."""
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, {"since": since})
        return cursor.fetchall()


def _begin(day: date) -> datetime:
    return midnight(day, zone=current_tenant().zone)
