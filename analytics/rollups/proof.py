"""Once a week all figures are drawn anew and held against those that were there: they must be equal.

Drawing repairs what it finds. What is compared is a fingerprint of each customer's rows and of each day's, so that a
million of them never leave the database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Min

from analytics.models import DayFigures
from analytics.rollups.base import NAMES, draw_base
from analytics.rollups.days import SUMS, draw_days
from analytics.rollups.nightly import draw, drawing
from events.schedule import Progress
from programs.customer_stats import COLUMNS, recount
from programs.models import CustomerStat, LateChange
from tenants.models import Tenant
from tenants.scope import tenant_scope

CUSTOMERS_AT_ONCE: Final = 1_000
DAYS_AT_ONCE: Final = 31
_OF_CUSTOMERS: Final = {
    "programs_customerstat": [name for name in COLUMNS if name != "log_gaps"],
    "analytics_customermonth": ["month", "days", "purchases", "total"],
    "analytics_spell": ["store_id", "least", "begins_on", "ends_on", "first_on", "second_on"],
}


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
            ids = list(known.values_list("customer", flat=True)[:CUSTOMERS_AT_ONCE])
            if not ids:
                return compared, unequal
            marked = set(LateChange.objects.filter(customer__in=ids).values_list("customer", flat=True))
            came = known.filter(customer__in=ids, last_on__gte=state.drawn_until or date.min).values_list(
                "customer", flat=True
            )
            fixed = [pk for pk in ids if pk not in marked.union(came)]
            before = _fingerprints(_OF_CUSTOMERS, "customer_id", fixed)
            recount(fixed)
            draw(fixed, state)
            unequal += _unequal(before, _fingerprints(_OF_CUSTOMERS, "customer_id", fixed))
            compared, after = compared + len(fixed), ids[-1]
            progress.made(len(ids))


def _prove_days(tenant: Tenant, progress: Progress, *, first: date, today: date) -> tuple[int, int]:
    compared, unequal, day = 0, 0, first
    while day < today:
        until = min(day + timedelta(days=DAYS_AT_ONCE), today)
        with drawing(tenant):
            marked = set(LateChange.objects.filter(customer=None).values_list("day", flat=True))
            days = [each for each in _days(day, until) if each not in marked]
            for table, columns in (("analytics_dayfigures", SUMS), ("analytics_basefigures", NAMES)):
                before = _fingerprints({table: ["store_id", *columns]}, "day", days)
                if columns is SUMS:
                    draw_days(days)
                else:
                    draw_base(first=day, last=until - timedelta(days=1))
                unequal += _unequal(before, _fingerprints({table: ["store_id", *columns]}, "day", days))
            progress.made((until - day).days)
        compared, day = compared + len(days), until
    return compared, unequal


def _days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((until - first).days)]


def _fingerprints(tables: Mapping[str, Collection[str]], key: str, keys: Collection[Any]) -> dict[Any, int]:
    rows = " UNION ALL ".join(
        f"SELECT {key}, hash_record_extended(ROW({', '.join(columns)}), 0) AS print"  # noqa: S608 - our own tables
        f" FROM {table} WHERE {key} = ANY(%(keys)s)"
        for table, columns in tables.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, sum(print) FROM ({rows}) AS rows GROUP BY {key}", {"keys": list(keys)})  # noqa: S608 - the same
        return dict(cursor.fetchall())


def _unequal(before: Mapping[Any, int], after: Mapping[Any, int]) -> int:
    return sum(before.get(key) != after.get(key) for key in {*before, *after})
