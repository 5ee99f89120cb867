"""Goals: setting one for a figure, with what the figure has been before, and what became of all of them."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.goals.figures import LESS_IS_BETTER, Measure, figures_of
from analytics.goals.judging import PATIENCE
from analytics.goals.queries import goals, open_goal
from analytics.goals.setting import drop_goal, set_goal
from analytics.goals.wording import card_url, title_of
from analytics.loyalty import MANY, MONTH_DAYS
from analytics.models import Goal
from analytics.overview import Window, window
from analytics.writing import figure_text, target_text
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.reports.choosing import Choice, choice
from backoffice.views.reports.goal_form import GoalForm
from backoffice.views.reports.goal_marks import verdict_of
from tenants.errors import DomainError, NotFound
from tenants.locales import short_date_text
from tenants.pages import page_of, seq_in

ROWS: Final = 50
# The course of a year, a month apart, among which the best is looked for.
POINTS: Final = 12
QUARTER: Final = timedelta(days=90)
Metric = Goal.Metric


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What the figure has been in the shop itself; never what others are said to have."""

    name: str
    when: str
    value: Decimal
    text: str
    is_better: bool
    url: str


def listing(request: MemberRequest) -> HttpResponse:
    before = seq_in(request.GET.get("before", ""))
    page = page_of(goals(before=before), size=ROWS)
    path = reverse("backoffice:goals")
    return show(
        request,
        "backoffice/reports/goals.html",
        rows=[_row(goal) for goal in page.rows],
        may_drop=request.actor.may("reports.write"),
        first_url=path if before else None,
        next_url=f"{path}?before={page.last.pk}" if page.last else None,
    )


def edit(request: MemberRequest, metric: str) -> HttpResponse:
    """For the figure over the days and of the store that are chosen."""
    if metric not in Metric.values:
        raise NotFound
    chosen, now = choice(request), timezone.now()
    measure = Measure.over(metric, days=chosen.days, store_id=chosen.store.pk if chosen.store else None)
    drawn, known = window(), open_goal(metric, store_id=measure.store_id)
    marks = list(_benchmarks(measure, chosen, drawn))
    initial = _initial(known, marks, asked=request.GET.get("from", ""), today=timezone.localdate(now))
    form = GoalForm(request.POST or None, initial=initial, metric=measure.metric)
    if request.method == "POST" and form.carried_out(
        lambda: set_goal(
            measure=measure, target=form.target, due_on=form.cleaned_data["due_on"], actor=request.actor, now=now
        )
    ):
        messages.success(request, _("The goal is set. Every night it is judged by the new figures."))
        return redirect(card_url(form.result))
    return show(
        request,
        "backoffice/reports/goal.html",
        form=form,
        title=Metric(metric).label,
        chosen=chosen,
        span_days=measure.span_days or drawn.days,
        goal=known,
        target=target_text(metric, known.target) if known else "",
        now=marks[0].text if marks else "",
        now_on=drawn.last,
        benchmarks=marks[1:],
        less_is_better=metric in LESS_IS_BETTER,
        patience=PATIENCE,
        many=MANY,
        back_url=f"{reverse('backoffice:reports')}{chosen.url(show=metric)}#{metric}",
    )


def drop(request: MemberRequest, goal_id: int) -> HttpResponse:
    goal = goals().filter(pk=goal_id).first()
    if goal is None:
        raise NotFound
    try:
        drop_goal(goal=goal, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The goal is dropped. It stays in the list."))
    return redirect("backoffice:goals")


def _benchmarks(measure: Measure, chosen: Choice, drawn: Window) -> Iterator[Benchmark]:
    """First where it stands now; nothing where it stands nowhere."""
    if drawn.last is None:
        return
    last, span = drawn.last, chosen.days
    earlier = {"before": last - timedelta(days=span), "year": last - timedelta(days=364)}
    course = [last - timedelta(days=MONTH_DAYS * number) for number in range(1, POINTS)]
    figures = figures_of(measure, sorted({last, *earlier.values(), *course}), drawn=drawn)
    if last not in figures:
        return
    here = chosen.url(days=span, store=chosen.store.code if chosen.store else "")
    sign = -1 if measure.metric in LESS_IS_BETTER else 1
    best = max(figures, key=lambda day: (sign * figures[day], day))
    whens = {
        "now": "",
        "best": _("best of the last twelve months, at the end of %(day)s"),
        "before": _("before, at the end of %(day)s"),
        "year": _("a year before, at the end of %(day)s"),
    }
    seen: set[date] = set()
    for name, day in {"now": last, "best": best, **earlier}.items():
        if day in figures and day not in seen:
            seen.add(day)
            value, when = figures[day], whens[name] % {"day": short_date_text(day)} if whens[name] else ""
            is_better = sign * (value - figures[last]) > 0
            yield Benchmark(name, when, value, figure_text(measure.metric, value), is_better, f"{here}&from={name}")


def _initial(known: Goal | None, marks: list[Benchmark], *, asked: str, today: date) -> dict[str, Any]:
    """What is set, or what was taken from before; until the end of a month in a quarter of a year."""
    later = today + QUARTER
    month_end = later.replace(day=calendar.monthrange(later.year, later.month)[1])
    taken = next((mark.value for mark in marks if mark.name == asked and mark.is_better), None)
    target = taken if taken is not None else known.target if known else None
    return {"target": target, "due_on": known.due_on if known else month_end}


def _row(goal: Goal) -> dict[str, Any]:
    return {
        "goal": goal,
        "title": title_of(goal),
        "target": target_text(goal.metric, goal.target),
        "start": figure_text(goal.metric, goal.start),
        "figure": figure_text(goal.metric, goal.figure),
        "verdict": verdict_of(goal),
        "url": card_url(goal),
    }
