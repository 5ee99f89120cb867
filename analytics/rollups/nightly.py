"""The night's work on figures: who and what has changed since the last one, chunk by chunk, each in a scope of its own.

A run that was killed leaves whole chunks behind; the next one finds the same marks or fewer, and drawing twice is the
same as drawing once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from django.db.models import Count, Min, Q

from analytics.models import FiguresState
from analytics.models.figures import USUAL_WINDOW
from analytics.rollups.base import draw_base
from analytics.rollups.customers import draw
from analytics.rollups.days import ONE_DAY, days_from, draw_days
from events.schedule import Progress
from programs.customer_stats import mark
from programs.models import CustomerStat, LateChange, Purchase
from rewards.models import Redemption
from team.models import Store
from tenants.calendar import day_of
from tenants.models import Tenant
from tenants.scope import current_tenant, tenant_scope

# Customers whose accounts are locked together.
COUNTED_AT_ONCE: Final = 1_000
DAYS_AT_ONCE: Final = 31


def draw_figures(tenant: Tenant, *, today: date) -> None:
    """Draw everything up to and including yesterday."""
    with drawing(tenant) as state:
        since = state.drawn_until or _first_day() or today
        _follow_the_shop(state)
        came = _those_who_came(since)
        marked, marked_days = _marked()
        progress = Progress(marked + marked_days + len(came) + max((today - since).days, 0))
        progress.made(0)
    if marked:
        _draw_marked(tenant, progress)
    _draw_those_who_came(tenant, came, since, progress)
    if marked_days:
        _draw_marked_days(tenant, progress)
    _draw_new_days_and_base(tenant, since, today, progress)


@contextmanager
def drawing(tenant: Tenant) -> Iterator[FiguresState]:
    """A scope in which nobody else draws for this shop, as where a run outlasts its lease."""
    with tenant_scope(tenant):
        states = FiguresState.objects.select_for_update(no_key=True)
        state = states.first()
        if state is None:
            FiguresState.objects.get_or_create(defaults={"window_days": USUAL_WINDOW[tenant.trade]})
            state = states.get()
        yield state


def _follow_the_shop(state: FiguresState) -> None:
    """With a second store, or another window, everybody's spells are drawn anew, and with them the base of all days."""
    by_store, window_days = Store.objects.count() > 1, state.wanted_days or state.window_days
    if (by_store, window_days) != (state.by_store, state.window_days):
        mark(CustomerStat.objects.values_list("customer", "first_on"))
        state.by_store, state.window_days = by_store, window_days
        state.save(update_fields=["by_store", "window_days"])


def _first_day() -> date | None:
    """On which anything was bought or redeemed."""
    bought = Purchase.objects.aggregate(first=Min("purchased_on"))["first"]
    redeemed = Redemption.objects.aggregate(first=Min("used_at"))["first"]
    days = [bought, redeemed and day_of(redeemed, zone=current_tenant().zone)]
    return min(filter(None, days), default=None)


def _marked() -> tuple[int, int]:
    """How many customers and how many days, as far as is known by now."""
    marks = LateChange.objects.aggregate(
        customers=Count("customer", distinct=True), days=Count("pk", filter=Q(customer=None))
    )
    return marks["customers"], marks["days"]


def _those_who_came(since: date) -> list[int]:
    """Whoever has bought since the last night; who comes while it is drawn is the next night's."""
    came = CustomerStat.objects.filter(last_on__gte=since).order_by("customer")
    return list(came.values_list("customer", flat=True))


def _draw_marked(tenant: Tenant, progress: Progress) -> None:
    """Customers whose past has changed."""
    while True:
        with drawing(tenant) as state:
            marked = LateChange.objects.filter(customer__isnull=False).order_by("customer", "day")
            ids = list(marked.values_list("customer", flat=True).distinct()[:COUNTED_AT_ONCE])
            if not ids:
                return
            # Taken away before anything is read: what is marked from now on is for the next night.
            taken = LateChange.objects.filter(customer__in=ids)
            since = taken.aggregate(since=Min("day"))["since"]
            taken.delete()
            draw(ids, state, since=since)
            state.base_from = min(since, state.base_from or since)
            state.save(update_fields=["base_from"])
            progress.made(len(ids))


def _draw_those_who_came(tenant: Tenant, came: list[int], since: date, progress: Progress) -> None:
    for begin in range(0, len(came), COUNTED_AT_ONCE):
        ids = came[begin : begin + COUNTED_AT_ONCE]
        with drawing(tenant) as state:
            draw(ids, state, since=since)
            progress.made(len(ids))


def _draw_marked_days(tenant: Tenant, progress: Progress) -> None:
    while True:
        with drawing(tenant):
            marked = LateChange.objects.filter(customer=None).order_by("day")
            days = list(marked.values_list("day", flat=True)[:DAYS_AT_ONCE])
            if not days:
                return
            LateChange.objects.filter(customer=None, day__in=days).delete()
            draw_days(days)
            progress.made(len(days))


def _draw_new_days_and_base(tenant: Tenant, since: date, today: date, progress: Progress) -> None:
    """With the last of them the base, so that a run that was killed begins again."""
    day = since
    while day < today - DAYS_AT_ONCE * ONE_DAY:
        until = day + DAYS_AT_ONCE * ONE_DAY
        with drawing(tenant):
            draw_days(days_from(day, until=until))
            progress.made(DAYS_AT_ONCE)
        day = until
    with drawing(tenant) as state:
        if day < today:
            draw_days(days_from(day, until=today))
            progress.made((today - day).days)
        _draw_base(state, since, today)


def _draw_base(state: FiguresState, since: date, today: date) -> None:
    """From the first day on that has changed."""
    first = min(since, state.base_from or since)
    if first < today:
        draw_base(first=first, last=today - ONE_DAY)
    state.drawn_until, state.base_from = max(today, since), None
    state.save(update_fields=["drawn_until", "base_from"])
