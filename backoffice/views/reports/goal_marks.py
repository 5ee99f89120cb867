"""How a goal is marked on the card of its figure: a bar with a tick, and whether it is on track in words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from analytics.goals.figures import LESS_IS_BETTER, SHARES
from analytics.goals.wording import standing_in_words
from analytics.models import Goal
from analytics.writing import figure_text, target_text

State = Goal.State
# Where the tick stands on the bar of a figure that has no natural end.
_TICK = Fraction(4, 5)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a goal stands, in a word; the sign says it once more."""

    text: Any
    icon: str
    tone: str


ON_TRACK = Verdict(pgettext_lazy("a goal", "on track"), "pulse", "")
OFF_TRACK = Verdict(pgettext_lazy("a goal", "off track"), "alert", "bad")
REACHED = Verdict(pgettext_lazy("a goal", "reached"), "check", "ok")
MISSED = Verdict(pgettext_lazy("a goal", "missed"), "close", "bad")
DROPPED = Verdict(pgettext_lazy("a goal", "dropped"), "close", "")
_ENDED = {State.REACHED: REACHED, State.MISSED: MISSED, State.DROPPED: DROPPED}


@dataclass(frozen=True, slots=True)
class Bar:
    """Texts for SVG attributes."""

    filled: str
    tick: str


@dataclass(frozen=True, slots=True)
class GoalMark:
    metric: str
    target: str
    due_on: date
    verdict: Verdict
    is_open: bool
    # The figure of an open one has got there, today at least.
    is_there: bool
    # None where the card shows the figure over other days than the goal is set for.
    bar: Bar | None
    label: str
    # 0 where the goal is over the days that are shown.
    other_days: int
    standing: dict[str, str | int]
    set_url: str


def mark_of(goal: Goal | None, value: Decimal | None, *, days: int) -> GoalMark | None:
    """Beside a figure that is shown over so many days."""
    if goal is None:
        return None
    other_days = goal.span_days if goal.span_days and goal.span_days != days else 0
    shown = None if other_days else value
    target = target_text(goal.metric, goal.target)
    return GoalMark(
        metric=goal.metric,
        target=target,
        due_on=goal.due_on,
        verdict=verdict_of(goal),
        is_open=goal.is_open,
        is_there=goal.is_open and shown is not None and goal.aim.is_met_by(shown),
        bar=None if shown is None else _bar(goal, shown),
        label=_("%(figure)s, goal %(target)s") % {"figure": figure_text(goal.metric, shown), "target": target},
        other_days=other_days,
        standing=standing_in_words(goal),
        set_url=set_goal_url(goal.metric, days=goal.span_days, store=goal.store.code if goal.store else ""),
    )


def verdict_of(goal: Goal) -> Verdict:
    if goal.is_open:
        return OFF_TRACK if goal.is_off_track else ON_TRACK
    return _ENDED[State(goal.state)]


def set_goal_url(metric: str, *, days: int | None, store: str) -> str:
    """The form, for the figure over these days and of this store."""
    chosen = ({"days": days} if days else {}) | {"store": store}
    return f"{reverse('backoffice:set_goal', args=[metric])}?{urlencode(chosen)}"


def _bar(goal: Goal, value: Decimal) -> Bar:
    """A share of which more is better runs to a hundred; anything else to where both have room."""
    target = Fraction(goal.target)
    if goal.metric in SHARES - LESS_IS_BETTER:
        end = Fraction(100)
    else:
        end = max(target, Fraction(value), Fraction(goal.start)) / _TICK
    return Bar(filled=_percent(Fraction(value) / end), tick=_percent(target / end))


def _percent(part: Fraction) -> str:
    return f"{float(100 * part):.1f}%"
