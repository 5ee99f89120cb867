"""What a goal is called, where it stands in words, and where its card is."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.goals.judging import PATIENCE
from analytics.models import Goal
from analytics.writing import figure_text, target_text
from tenants.locales import short_date_text


def title_of(goal: Goal) -> str:
    """The figure, and the store where it is of one."""
    name = str(goal.get_metric_display())
    return f"{name}, {goal.store.name}" if goal.store else name


def goal_in_words(goal: Goal) -> str:
    """`Retention rate 70 % by 31 Dec 2026`."""
    return _("%(title)s %(target)s by %(day)s") % {
        "title": title_of(goal),
        "target": target_text(goal.metric, goal.target),
        "day": short_date_text(goal.due_on),
    }


def standing_in_words(goal: Goal) -> dict[str, str | int]:
    """Where the figure stood and stands, and where it would have to for the goal to be on track."""
    known = goal.figure is not None and goal.figure_on is not None
    return {
        "goal": goal_in_words(goal),
        "figure": figure_text(goal.metric, goal.figure) if known else "",
        "figure_on": short_date_text(goal.figure_on) if goal.figure_on else "",
        "expected": figure_text(goal.metric, goal.aim.expected(goal.figure_on)) if goal.figure_on else "",
        "start": figure_text(goal.metric, goal.start),
        "start_on": short_date_text(goal.start_on),
        "patience": PATIENCE,
    }


def card_url(goal: Goal) -> str:
    """Its card, over the days and of the store that it is set for, with its explanation open."""
    days = {"days": goal.span_days} if goal.span_days else {}
    chosen = {"show": goal.metric, "store": goal.store.code if goal.store else "", **days}
    return f"{reverse('backoffice:reports')}?{urlencode(chosen)}#{goal.metric}"
