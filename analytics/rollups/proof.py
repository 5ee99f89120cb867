"""Once a week all figures are computed anew and held against those that were drawn: they must be equal.

What differs is drawn again. What is compared is a fingerprint of each customer's rows and of each day's, so that a
million of them neither leave the database nor are written.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Max, Min

from analytics.models import DayFigures, FiguresState
from analytics.rollups import base, days
from analytics.rollups.customers import MONTH_COLUMNS, MONTHS, SPELL_COLUMNS, spells
from analytics.rollups.nightly import draw, drawing
from events.schedule import Progress
from programs.customer_stats import COLUMNS, STANDS, SUMMARY, recount
from programs.models import CustomerStat, LateChange
from tenants.models import Tenant
from tenants.postgresql.planning import without_nested_loops
from tenants.scope import tenant_scope

CUSTOMERS_AT_ONCE: Final = 5_000
DAYS_AT_ONCE: Final = 366


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table of figures, what tells its rows apart, which of them are meant, and the query that they are drawn by."""

    table: str
    key: str
    which: str
    columns: Collection[str]
    query: str

    @property
    def fingerprints(self) -> str:
        """Of the rows that were drawn, and of those that would be drawn now."""
        row = f"hash_record_extended(ROW({', '.join(self.columns)}), 0)"
        return (
            f"SELECT {self.key} AS key, {row} AS was, NULL::bigint AS now FROM {self.table} WHERE {self.which}"  # noqa: S608 - our own tables
            f" UNION ALL SELECT {self.key}, NULL::bigint, {row} FROM ({self.query}) AS drawn"
        )


def _of_customers(*, by_store: bool) -> list[Drawn]:
    whose = "customer_id BETWEEN %(first)s AND %(last)s"
    # Logarithms may come out differently in their last digit.
    exact = [name for name in COLUMNS if name != "log_gaps"]
    summary = SUMMARY.format(whose=whose, stands=STANDS)
    return [
        Drawn("programs_customerstat", "customer_id", whose, exact, summary),
        Drawn("analytics_customermonth", "customer_id", whose, MONTH_COLUMNS, MONTHS.format(whose=whose)),
        Drawn("analytics_spell", "customer_id", whose, SPELL_COLUMNS, spells(whose=whose, by_store=by_store)),
    ]


_OF_DAYS: Final = Drawn("analytics_dayfigures", "day", "day = ANY(%(days)s)", ("store_id", *days.SUMS), days.DRAWN)
_OF_THE_BASE: Final = Drawn(
    *("analytics_basefigures", "day", "day BETWEEN %(first)s AND %(last)s"), ("store_id", *base.NAMES), base.DRAWN
)


@dataclass(frozen=True, slots=True)
class Proof:
    """How much was compared, and how much of it was not equal."""

    customers: int = 0
    days: int = 0
    unequal_customers: int = 0
    unequal_days: int = 0

    @property
    def holds(self) -> bool:
        return not (self.unequal_customers or self.unequal_days)


def prove_figures(tenant: Tenant, *, today: date) -> Proof:
    """Behind the night's drawing of the same day; whoever is marked since is the next night's and not compared."""
    with tenant_scope(tenant):
        first = DayFigures.objects.aggregate(first=Min("day"))["first"] or today
        progress = Progress(CustomerStat.objects.count() + max((today - first).days, 0))
    customers, unequal_customers = _prove_customers(tenant, progress)
    days, unequal_days = _prove_days(tenant, progress, first=first, today=today)
    return Proof(customers, days, unequal_customers, unequal_days)


def _prove_customers(tenant: Tenant, progress: Progress) -> tuple[int, int]:
    compared = unequal = after = 0
    while True:
        with drawing(tenant) as state:
            known = CustomerStat.objects.filter(customer__gt=after).order_by("customer")
            some = CustomerStat.objects.filter(pk__in=known.values("pk")[:CUSTOMERS_AT_ONCE])
            span = some.aggregate(count=Count("pk"), first=Min("customer"), last=Max("customer"))
            count = span.pop("count")
            if not count:
                return compared, unequal
            params = {**span, "window": state.window_days}
            differing = _differing(_of_customers(by_store=state.by_store), params)
            moving = _moving(state, **span)
            known = CustomerStat.objects.filter(customer__in=differing - moving)
            if wrong := set(known.values_list("customer", flat=True)):
                recount(wrong)
                draw(wrong, state)
            compared, unequal, after = compared + count - len(moving), unequal + len(wrong), span["last"]
            progress.made(count)


def _moving(state: FiguresState, *, first: int, last: int) -> set[int]:
    """Who is left to the next night. Read behind the comparison, so that whoever came meanwhile is among them."""
    known = CustomerStat.objects.filter(customer__gte=first, customer__lte=last)
    came = known.filter(last_on__gte=state.drawn_until or date.min)
    marked = known.filter(customer__in=LateChange.objects.values("customer"))
    return {*marked.values_list("customer", flat=True), *came.values_list("customer", flat=True)}


def _prove_days(tenant: Tenant, progress: Progress, *, first: date, today: date) -> tuple[int, int]:
    """Sales year by year; the base in one sweep, which costs as much for a day as for all of them."""
    all_days = [first + timedelta(days=number) for number in range((today - first).days)]
    wrong: set[date] = set()
    marked: set[date] = set()
    for number in range(0, len(all_days), DAYS_AT_ONCE):
        some = all_days[number : number + DAYS_AT_ONCE]
        with drawing(tenant):
            differing = _differing([_OF_DAYS], days.params_of(some))
            marked |= set(LateChange.objects.filter(customer=None, day__in=some).values_list("day", flat=True))
            if differing := differing - marked:
                days.draw_days(differing)
                wrong |= differing
            progress.made(len(some))
    if all_days:
        span = {"first": all_days[0], "last": all_days[-1]}
        with drawing(tenant):
            with connection.cursor() as cursor, without_nested_loops(cursor):
                differing = _differing([_OF_THE_BASE], span)
            if differing:
                base.draw_base(**span)
                wrong |= differing
    return len(set(all_days) - marked), len(wrong)


def _differing(tables: Collection[Drawn], params: Mapping[str, Any]) -> set[Any]:
    """Of which of the keys what was drawn is not what would be drawn."""
    rows = " UNION ALL ".join(table.fingerprints for table in tables)
    statement = f"SELECT key FROM ({rows}) AS rows GROUP BY key HAVING sum(was) IS DISTINCT FROM sum(now)"  # noqa: S608 - our own queries
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return {key for (key,) in cursor.fetchall()}
