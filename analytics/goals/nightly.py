"""What the night makes of goals: on track, off track, reached or missed; each said once."""

from datetime import datetime
from typing import Final

from django.db import transaction

from analytics.goals.figures import Measure, figures_of
from analytics.goals.judging import Standing, days_to_judge, judge
from analytics.goals.setting import told
from analytics.models import Goal
from analytics.overview import Window, window
from events.services import publish
from tenants.roles import SYSTEM

_SEEN: Final = ("figure", "figure_on", "is_off_track", "state", "ended_at")


def judge_goals(*, now: datetime) -> list[Goal]:
    """Those whose standing has changed; safe to repeat."""
    drawn = window()
    if drawn.last is None:
        return []
    with transaction.atomic():
        waiting = list(Goal.objects.select_for_update().filter(state=Goal.State.OPEN).order_by("pk"))
        changed = [goal for goal in waiting if _judge(goal, drawn, now=now)]
        Goal.objects.bulk_update(waiting, _SEEN)
    return changed


def _judge(goal: Goal, drawn: Window, *, now: datetime) -> bool:
    """Whether it stands otherwise than before."""
    assert drawn.last is not None, "nothing is judged before something is drawn"
    days = days_to_judge(goal.aim, drawn_until=drawn.last)
    figures = figures_of(Measure.of(goal), days, drawn=drawn)
    if days:
        goal.figure = figures.get(days[-1])
        goal.figure_on = days[-1] if goal.figure is not None else None
    was = goal.standing
    found = judge(goal.aim, figures, drawn_until=drawn.last, was=was)
    if found == was:
        return False
    goal.is_off_track = found == Standing.OFF_TRACK
    if found in (Standing.REACHED, Standing.MISSED):
        goal.state, goal.ended_at = Goal.State(found.value), now
    publish(f"goal.{found.value}", actor=SYSTEM, occurred_at=now, **told(goal))
    return True
