"""How the figures of the reports are written: value, change in words, course."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils.translation import gettext as _

from analytics.kpis import Period
from analytics.loyalty import Loyalty
from analytics.models import Goal
from analytics.writing import money, one_place, rough_money, share_text
from backoffice.charts import Spark, spark
from backoffice.views.reports.choosing import Choice
from backoffice.views.reports.goal_marks import GoalMark, mark_of, set_goal_url
from tenants.locales import number_text, short_date_text

# Whether more is good news, bad news, or neither.
GOOD, BAD, NEITHER = 1, -1, 0


class HasPeriod(Protocol):
    @property
    def period(self) -> Period: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """What is shown as a card, and how it is written."""

    name: str
    title: str
    hint: str
    # Of whatever the page holds of a period.
    read: Callable[[Any], Decimal | None]
    write: Callable[[Decimal], str]
    # Of a difference.
    measure: Callable[[Decimal], str]
    more_is: int
    unit: str = ""
    is_of_window: bool = False
    # Why there is none, where it is not that customers are too few.
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Against the same days before, in words; the arrow says it once more."""

    text: str
    icon: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    figure: Figure
    value: Decimal | None
    change: Change
    spark: Spark | None
    course: str
    is_open: bool
    url: str
    goal: GoalMark | None
    # Where one is set; empty for who may not, and where there is no figure to begin from.
    goal_url: str

    @property
    def text(self) -> str:
        return "–" if self.value is None else self.figure.write(self.value)


NAMES: Final = ("retention", "churn", "repeat", "frequency", "average", "value")


def figures_of(now: Loyalty) -> list[Figure]:
    """In the order of the page."""
    window = {"days": now.window_days}
    return [
        Figure(
            "retention",
            _("Retention rate"),
            _("%(number)s active customers") % {"number": number_text(now.base.end)},
            lambda each: each.retention,
            share_text,
            points_apart,
            more_is=GOOD,
        ),
        Figure(
            "churn",
            _("Churn rate"),
            _("without new customers"),
            lambda each: each.churn,
            share_text,
            points_apart,
            more_is=BAD,
        ),
        Figure(
            "repeat",
            _("Repeat purchase rate (%(days)s days)") % window,
            _("since the beginning %(share)s") % {"share": or_dash(now.repeats.ever.percent, share_text)},
            lambda each: each.repeat,
            share_text,
            points_apart,
            more_is=GOOD,
            is_of_window=True,
        ),
        Figure(
            "frequency",
            _("Purchase frequency"),
            _("per active customer"),
            lambda each: each.frequency,
            one_place,
            one_place,
            more_is=GOOD,
            unit=_("a month"),
            is_of_window=True,
        ),
        Figure(
            "average",
            _("Average purchase"),
            _("%(number)s purchases in the period") % {"number": number_text(now.sales.purchases)},
            lambda each: each.average,
            money,
            money,
            more_is=GOOD,
        ),
        Figure(
            "value",
            _("Customer value (rough)"),
            _("over the whole time as a customer"),
            lambda each: each.value,
            rough_money,
            rough_money,
            more_is=GOOD,
            is_of_window=True,
        ),
    ]


def cards(
    figures: Sequence[Figure],
    now: Any,
    then: Any,
    course: Sequence[HasPeriod],
    *,
    chosen: Choice,
    goals: Mapping[str, Goal] | None = None,
    may_set_goals: bool = False,
) -> list[Card]:
    """With their goals, where the figures are such that have some."""
    return [
        Card(
            figure,
            value := figure.read(now),
            _change(figure, value, figure.read(then), then=chosen.then(is_of_window=figure.is_of_window)),
            spark([figure.read(each) for each in course]),
            _course_text(figure, course),
            is_open := figure.name == chosen.show,
            f"{chosen.url(show='' if is_open else figure.name)}#{figure.name}",
            goal := mark_of((goals or {}).get(figure.name), value, days=chosen.days),
            _goal_url(figure, value, goal, chosen=chosen) if may_set_goals else "",
        )
        for figure in figures
    ]


def _goal_url(figure: Figure, value: Decimal | None, goal: GoalMark | None, *, chosen: Choice) -> str:
    """An open goal is changed over the days that it is set for."""
    if goal is not None and goal.is_open:
        return goal.set_url
    if value is None:
        return ""
    store = chosen.store.code if chosen.store else ""
    return set_goal_url(figure.name, days=None if figure.is_of_window else chosen.days, store=store)


def course_rows(figures: Sequence[Figure], course: Sequence[HasPeriod]) -> list[dict[str, Any]]:
    """The newest first, as tables have it."""
    return [
        {"day": each.period.last, "cells": [or_dash(figure.read(each), figure.write) for figure in figures]}
        for each in reversed(course)
    ]


def _change(figure: Figure, value: Decimal | None, before: Decimal | None, *, then: str) -> Change:
    if value is None:
        return Change(figure.missing or _("too few customers for it yet"))
    if before is None:
        return Change(_("nothing to compare with yet"))
    more = value - before
    if figure.measure(abs(more)) == figure.measure(Decimal(0)):
        return Change(_("as much as %(then)s") % {"then": then})
    said = {"amount": figure.measure(abs(more)), "then": then}
    tone = "ok" if (more > 0) == (figure.more_is == GOOD) else "bad"
    if figure.more_is == NEITHER:
        tone = ""
    if more > 0:
        return Change(_("%(amount)s more than %(then)s") % said, "up", tone)
    return Change(_("%(amount)s less than %(then)s") % said, "down", tone)


def _course_text(figure: Figure, course: Sequence[HasPeriod]) -> str:
    """For who cannot see the line."""
    known = [(each.period.last, value) for each in course if (value := figure.read(each)) is not None]
    if not known:
        return ""
    (first_on, first), (last_on, last) = known[0], known[-1]
    return _("Course: %(first)s on %(first_on)s, %(last)s on %(last_on)s") % {
        "first": figure.write(first),
        "first_on": short_date_text(first_on),
        "last": figure.write(last),
        "last_on": short_date_text(last_on),
    }


def signed_share_text(percent: Decimal) -> str:
    """With a plus where it is one."""
    return f"+{share_text(percent)}" if percent > 0 else share_text(percent)


def or_dash(value: Decimal | None, write: Callable[[Decimal], str]) -> str:
    return "–" if value is None else write(value)


def points_apart(value: Decimal) -> str:
    return _("%(number)s percentage points") % {"number": one_place(value)}
