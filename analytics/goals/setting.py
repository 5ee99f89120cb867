"""Setting a goal, changing it, and dropping it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.errors import GoalEnded, NoFigure
from analytics.goals.figures import LESS_IS_BETTER, SHARES, Measure, figures_of
from analytics.models import Goal
from analytics.overview import window
from events.services import publish
from tenants.calendar import day_of
from tenants.errors import Invalid
from tenants.roles import Actor
from tenants.scope import current_tenant

# Below, the patience with which a goal is judged would be most of its time.
SHORTEST: Final = timedelta(days=14)
LONGEST: Final = timedelta(days=3 * 366)
State = Goal.State


def set_goal(*, measure: Measure, target: Decimal, due_on: date, actor: Actor, now: datetime) -> Goal:
    """A new one, or the open one of this figure changed: then it counts from where the figure stands now.

    Raises NoFigure, Invalid at `target` or `due_on`.
    """
    start_on, start = where_it_stands(measure)
    _check_day(due_on, today=day_of(now, zone=current_tenant().zone))
    _check_target(target, start, measure=measure)
    of_figure: dict[str, Any] = {"metric": measure.metric, "store_id": measure.store_id, "state": State.OPEN}
    facts = {
        "span_days": measure.span_days,
        "target": target,
        "due_on": due_on,
        "start": start,
        "start_on": start_on,
        "set_at": now,
        "figure": start,
        "figure_on": start_on,
        "is_off_track": False,
    }
    with transaction.atomic():
        goal, is_new = Goal.objects.select_for_update().get_or_create(**of_figure, defaults=facts)
        if not is_new:
            if (goal.target, goal.due_on, goal.span_days) == (target, due_on, measure.span_days):
                return goal
            for name, value in facts.items():
                setattr(goal, name, value)
            goal.save(update_fields=list(facts))
        publish("goal.set" if is_new else "goal.changed", actor=actor, occurred_at=now, **told(goal))
    return goal


def drop_goal(*, goal: Goal, actor: Actor, now: datetime) -> Goal:
    """It is judged no more; what was stays in the list. Raises GoalEnded."""
    with transaction.atomic():
        current = Goal.objects.select_for_update().get(pk=goal.pk)
        if not current.is_open:
            raise GoalEnded
        current.state, current.ended_at, current.is_off_track = State.DROPPED, now, False
        current.save(update_fields=["state", "ended_at", "is_off_track"])
        publish("goal.dropped", actor=actor, occurred_at=now, **told(current))
    return current


def where_it_stands(measure: Measure) -> tuple[date, Decimal]:
    """On the last day that is drawn. Raises NoFigure."""
    drawn = window()
    figures = figures_of(measure, [drawn.last], drawn=drawn) if drawn.last else {}
    if drawn.last is None or drawn.last not in figures:
        raise NoFigure
    return drawn.last, figures[drawn.last]


def told(goal: Goal) -> dict[str, int | str]:
    """What events say about it."""
    return {"goal": goal.pk, "metric": goal.metric}


def _check_day(due_on: date, *, today: date) -> None:
    if due_on <= today:
        raise Invalid(_("Choose a day that is still to come."), field="due_on")
    if due_on < today + SHORTEST:
        message = _("A goal needs at least %(days)s days, so that chance does not decide on it.")
        raise Invalid(message % {"days": SHORTEST.days}, field="due_on")
    if due_on > today + LONGEST:
        raise Invalid(_("Choose a day within the next three years."), field="due_on")


def _check_target(target: Decimal, start: Decimal, *, measure: Measure) -> None:
    if target < 0 or (measure.metric in SHARES and target > 100):
        raise Invalid(_("Enter a share between 0 and 100."), field="target")
    if measure.metric in LESS_IS_BETTER:
        if target >= start:
            raise Invalid(_("Less is better here: choose a goal below where the figure stands."), field="target")
    elif target <= start:
        raise Invalid(_("Choose a goal above where the figure stands."), field="target")
