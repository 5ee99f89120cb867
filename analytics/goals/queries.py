"""Goals as pages show them: on the cards, on the first page, and all of them with what became of each."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from analytics.models import Goal

# For so long a card shows what became of its goal.
SHOWN_FOR: Final = timedelta(days=30)
_RESULTS: Final = (Goal.State.REACHED, Goal.State.MISSED)


def goals(*, before: int | None = None) -> QuerySet[Goal]:
    """Newest first, from behind the one with the key `before`."""
    found = Goal.objects.select_related("store").order_by("-pk")
    return found.filter(pk__lt=before) if before else found


def open_goals(*, store_id: int | None) -> QuerySet[Goal]:
    """Of all stores together, or of one."""
    return Goal.objects.filter(store=store_id, state=Goal.State.OPEN).order_by("pk")


def open_goal(metric: str, *, store_id: int | None) -> Goal | None:
    return open_goals(store_id=store_id).filter(metric=metric).first()


def goals_on_cards(*, store_id: int | None, now: datetime) -> dict[str, Goal]:
    """By figure: the open one, else the one that has ended lately."""
    rows = Goal.objects.filter(Q(state=Goal.State.OPEN) | Q(state__in=_RESULTS, ended_at__gte=now - SHOWN_FOR))
    shown: dict[str, Goal] = {}
    for goal in sorted(rows.filter(store=store_id).select_related("store"), key=lambda goal: (goal.is_open, goal.pk)):
        shown[goal.metric] = goal
    return shown


def goals_off_track() -> QuerySet[Goal]:
    """Where somebody should look."""
    rows = Goal.objects.filter(state=Goal.State.OPEN, is_off_track=True)
    return rows.select_related("store").order_by("due_on", "pk")
