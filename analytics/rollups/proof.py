"""Once a week all figures are computed anew and held against those that were drawn: they must be equal.

What differs is drawn again; to write all of it, with keys and checks, would take longer than to compute it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from analytics.models import FiguresState
from analytics.overview import first_day
from analytics.rollups.base import BASE, base_of, draw_base
from analytics.rollups.base import OF_DAYS as FROM_TO
from analytics.rollups.customers import MONTHS, SPELLS, bought, draw, months_of, spells_of
from analytics.rollups.days import DAYS, DRAWN, OF_DAYS, days_from, draw_days, params_of
from analytics.rollups.nightly import drawing
from events.schedule import Progress
from programs.models import CustomerStat, LateChange
from programs.recounting import STATS, Integers, read_purchases, stats_of
from tenants.models import Tenant
from tenants.postgresql.columns import read_columns
from tenants.scope import tenant_scope

CUSTOMERS_AT_ONCE: Final = 10_000
_BETWEEN: Final = "customer_id BETWEEN %(first)s AND %(last)s"


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
        first = first_day() or today
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
            differing = _differing_customers(state, first=ids[0], last=ids[-1])
            moving = _moving(state, first=ids[0], last=ids[-1])
            if wrong := differing - moving:
                draw(wrong, state)
            compared, unequal, after = compared + len(set(ids) - moving), unequal + len(wrong), ids[-1]
            progress.made(len(ids))


def _differing_customers(state: FiguresState, *, first: int, last: int) -> set[int]:
    span = {"first": first, "last": last}
    together, by_store = bought(read_purchases(_BETWEEN, span), state)
    spells = spells_of(together, by_store, window_days=state.window_days)
    differing = (
        # Logarithms may come out differently in their last digit.
        STATS.differing(STATS.read(_BETWEEN, span), stats_of(together), but=["log_gaps"]),
        MONTHS.differing(MONTHS.read(_BETWEEN, span), months_of(together)),
        SPELLS.differing(SPELLS.read(_BETWEEN, span), spells),
    )
    return set(np.concatenate(differing).tolist())


def _moving(state: FiguresState, *, first: int, last: int) -> set[int]:
    """Who is left to the next night. Read behind the comparison, so that whoever came meanwhile is among them."""
    these = {"customer__gte": first, "customer__lte": last}
    came = CustomerStat.objects.filter(**these, last_on__gte=state.drawn_until or date.min)
    marked = LateChange.objects.filter(**these)
    return {*came.values_list("customer", flat=True), *marked.values_list("customer", flat=True)}


def _prove_days(tenant: Tenant, progress: Progress, *, first: date, today: date) -> tuple[int, int]:
    """Sales and the base, each in one sweep, which costs as much for a day as for all of them."""
    days = days_from(first, until=today)
    if not days:
        return 0, 0
    with drawing(tenant):
        params = params_of(days)
        differing = _dates(DAYS.differing(DAYS.read(OF_DAYS, params), read_columns(DRAWN, DAYS.kinds, params)))
        marked = set(LateChange.objects.filter(customer=None, day__in=days).values_list("day", flat=True))
        wrong = differing - marked
        if wrong:
            draw_days(wrong)
    span = {"first": days[0], "last": days[-1]}
    with drawing(tenant):
        differing = _dates(BASE.differing(BASE.read(FROM_TO, span), base_of(**span)))
        if differing:
            draw_base(**span)
        progress.made(len(days))
    return len(set(days) - marked), len(wrong | differing)


def _dates(ordinals: Integers) -> set[date]:
    return set(map(date.fromordinal, ordinals.tolist()))
