"""What the merchant says to the figures: costs and margin, dated, and for how long somebody counts as active."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analytics.models import FiguresState, StatedCost
from analytics.models.figures import LONGEST_WINDOW
from analytics.models.stated import MOST_PERCENT
from events.services import publish
from tenants.calendar import day_of
from tenants.errors import Invalid
from tenants.money import MAX_MINOR
from tenants.roles import Actor
from tenants.scope import current_tenant

# Before any shop of ours.
EARLIEST: Final = date(2000, 1, 1)
# Whoever comes once a week counts as active between two visits.
SHORTEST_WINDOW: Final = 7


def state_cost(*, margin_percent: int, running: int, since: date, actor: Actor, now: datetime) -> StatedCost:
    """What is left of sales and what the programme costs a month, from a day on that has been. Raises Invalid."""
    if not 1 <= margin_percent <= MOST_PERCENT:
        raise Invalid(_("Enter a whole number from 1 to 100."), field="margin_percent")
    if not 0 <= running <= MAX_MINOR:
        raise Invalid(_("The amount is too large."), field="running")
    if not EARLIEST <= since <= day_of(now, zone=current_tenant().zone):
        raise Invalid(_("Choose a day that has been."), field="since")
    with transaction.atomic():
        stated = StatedCost.objects.create(
            since_on=since,
            margin_percent=margin_percent,
            running=running,
            stated_at=now,
            stated_by=actor.reference,
        )
        figures = {"since": since.isoformat(), "margin_percent": margin_percent, "running": running}
        publish("figures.cost_stated", actor=actor, occurred_at=now, **figures)
    return stated


def set_window(*, days: int, actor: Actor, now: datetime) -> None:
    """For so many days after a purchase somebody counts as active: figures of all days follow at night. Raises Invalid.

    Until then pages go on with the days by which everything they show is drawn.
    """
    if not SHORTEST_WINDOW <= days <= LONGEST_WINDOW:
        bounds = {"least": SHORTEST_WINDOW, "most": LONGEST_WINDOW}
        raise Invalid(_("Enter a number of days from %(least)s to %(most)s.") % bounds, field="days")
    with transaction.atomic():
        FiguresState.objects.get_or_create(defaults={"window_days": days})
        FiguresState.objects.update(wanted_days=days)
        publish("figures.window_set", actor=actor, occurred_at=now, days=days)


def stated_costs() -> QuerySet[StatedCost]:
    """The latest day first; of one day, the last word."""
    return StatedCost.objects.order_by("-since_on", "-pk")


def costs_in_force() -> list[StatedCost]:
    """The last word of each day, the latest day first."""
    return list(stated_costs().distinct("tenant", "since_on").order_by("tenant", "-since_on", "-pk"))
