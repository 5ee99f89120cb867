"""How customers stay: cards with their explanations, the course, and who comes again after the first month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.cohorts import FEWEST, Cohort, lean, triangle
from analytics.exporting import overview_rows
from analytics.gathering import overview
from analytics.goals.queries import goals_on_cards
from analytics.kpis import MONTH, rounded
from analytics.loyalty import ENOUGH, MANY, MONTH_DAYS, Loyalty, course, loyalty
from analytics.overview import cohort_counts, window
from analytics.writing import share_text
from backoffice.access import MemberRequest
from backoffice.charts import dots
from backoffice.pages import show
from backoffice.views.reports.cards import NAMES, cards, course_rows, figures_of, signed_share_text
from backoffice.views.reports.choosing import Choice, choice, tabs
from backoffice.views.reports.foretold import foretold
from backoffice.views.reports.groups import groups_shown
from tenants.csv import Cell, amount_cell, csv_response
from tenants.locales import number_text
from tenants.scope import current_tenant

# A year of small charts, a month apart.
POINTS: Final = 12
COHORTS: Final = 12
MONTHS: Final = 6
# Steps of the scale from few to many, a tenth each.
STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """The chosen period, what it is compared with, and its course up to itself."""

    now: Loyalty
    then: Loyalty
    course: list[Loyalty]


def page(request: MemberRequest) -> HttpResponse:
    chosen = choice(request, shows=NAMES)
    found = found_of(chosen)
    context: dict[str, Any] = {
        "tabs": tabs("reports"),
        "chosen": chosen,
        "found": found,
        "period": found.now.period if found else None,
        "many": MANY,
        "enough": ENOUGH,
        "groups": groups_shown(with_shares=found.now.is_of_many) if found else None,
    }
    if found and found.now.is_of_many:
        cohorts = _cohorts(found.now.period.last)
        rows = _shown(cohorts)
        goals = goals_on_cards(store_id=chosen.store.pk if chosen.store else None, now=timezone.now())
        context |= {
            "cards": cards(
                figures_of(found.now),
                found.now,
                found.then,
                found.course,
                chosen=chosen,
                goals=goals,
                may_set_goals=request.actor.may("reports.write"),
            ),
            "compares": True,
            "may_enter": request.actor.may("program.write"),
            "course": course_rows(figures_of(found.now), found.course),
            "course_url": "backoffice:course_export",
            "explained": _explained(found.now) if chosen.show else {},
            "cohorts": rows,
            "lean": lean(cohorts),
            "example": next((row for row in rows if row["has_shares"]), None),
            "has_counts": not all(row["has_shares"] for row in rows),
            "fewest": FEWEST,
            "months": range(1, MONTHS + 1),
            "steps": range(STEPS),
            "foretold": foretold(),
        }
    return show(request, "backoffice/reports/retention.html", **context)


def export(request: MemberRequest) -> HttpResponseBase:
    """All figures of the period, also those that no page shows yet; nothing about anybody."""
    chosen = choice(request)
    found = found_of(chosen)
    if found is None or not found.now.is_of_many:
        raise Http404
    period = found.now.period
    everything = overview(period, store_id=chosen.store.pk if chosen.store else None)
    return csv_response(f"{_('figures')}-{period.first}-{period.last}.csv", overview_rows(everything))


def export_course(request: MemberRequest) -> HttpResponseBase:
    """How they have come to be what they are, a month apart."""
    found = found_of(choice(request))
    if found is None:
        raise Http404
    return csv_response(f"{_('retention')}-{found.now.period.last}.csv", _lines(found.course))


def export_cohorts(request: MemberRequest) -> HttpResponseBase:
    found = found_of(choice(request))
    if found is None or not found.now.is_of_many:
        raise Http404
    last = found.now.period.last
    return csv_response(f"{_('first-months')}-{last}.csv", _cohort_lines(_cohorts(last)))


def found_of(chosen: Choice) -> Found | None:
    """None before the first night after the first purchase."""
    drawn = window()
    if drawn.last is None:
        return None
    period = chosen.period(drawn.last)
    periods = [chosen.compared(period), *course(period, points=POINTS)]
    then, *each = loyalty(periods, window_days=drawn.days, store_id=chosen.store.pk if chosen.store else None)
    begun = [one for one in each if one.repeats.bought]
    return Found(begun[-1], then, begun) if begun else None


def _cohorts(last: date) -> Sequence[Cohort]:
    since = date(last.year - 1, last.month, 1)
    return triangle(cohort_counts(since), until=last, cohorts=COHORTS, months=MONTHS)


def _shown(cohorts: Sequence[Cohort]) -> list[dict[str, Any]]:
    """With as many cells in each row, the last ones empty; a share as a whole percentage and its step on the scale."""
    rows = []
    for cohort in cohorts:
        cells: list[dict[str, Any] | None] = [
            {
                "percent": int(cell.came.in_units(100, to=Decimal(1)) or 0),
                "customers": cell.came.part,
                "step": min(cell.came.part * STEPS // cell.came.whole, STEPS - 1),
                "has_share": cohort.has_shares,
                "is_running": cell.is_running,
            }
            for cell in cohort.cells
        ]
        rows.append(
            {
                "first": cohort.first,
                "customers": cohort.customers,
                "has_shares": cohort.has_shares,
                "cells": cells + [None] * (MONTHS - len(cells)),
            }
        )
    return rows


def _explained(now: Loyalty) -> dict[str, Any]:
    """What the sentences and formulas say beside the figures themselves."""
    staying, again = now.base.retention, now.repeats.lately
    stays, comes = (int(each.in_units(100, to=Decimal(1)) or 0) for each in (staying, again))
    return {
        "stays": stays,
        "leaves": 100 - stays,
        "comes": comes,
        "stays_dots": dots(stays),
        "comes_dots": dots(comes),
        "growth": signed_share_text(now.base.growth.percent or Decimal(0)),
        "ever": share_text(now.repeats.ever.percent or Decimal(0)),
        "lost": now.base.churn.part,
        "left_in_month": now.last_month.churn.part,
        "month_start": now.period.last - timedelta(days=MONTH_DAYS),
        "month_days": MONTH_DAYS,
        # Still active, but on the way out.
        "quiet_days": now.window_days // 2,
        "days_a_month": number_text(rounded(MONTH, to=Decimal("0.01"))),
    }


def _lines(course: Sequence[Loyalty]) -> Iterator[list[Cell]]:
    """Rates only where there are enough customers for them, as on the page; the counts behind them always."""
    currency, window_days = {"currency": current_tenant().currency}, course[-1].window_days
    yield [
        _("Last day"),
        _("Active at the end"),
        _("Active before the period"),
        _("Of those still active"),
        _("New"),
        _("Returned"),
        _("Bought so far"),
        _("Of those at least twice"),
        _("Bought at least twice in %(days)s days") % {"days": window_days},
        _("Purchases in the period"),
        _("Turnover in the period in %(currency)s") % currency,
        _("Retention rate in percent"),
        _("Churn rate in percent"),
        _("Repeat purchase rate in percent"),
        _("Purchases a month per active customer"),
        _("Average purchase in %(currency)s") % currency,
        _("Customer value, rough, in %(currency)s") % currency,
    ]
    are_many = course[-1].is_of_many
    for each in course:
        base, repeats = each.base, each.repeats
        rates = [each.retention, each.churn, each.repeat, each.frequency] if are_many else [None] * 4
        yield [
            each.period.last.isoformat(),
            *(base.end, base.start, base.kept, base.new, base.returned),
            *(repeats.bought, repeats.bought_again, repeats.active_again),
            *(each.sales.purchases, amount_cell(each.sales.total)),
            *("" if rate is None else number_text(rate, places=1) for rate in rates),
            _money_cell(each.sales.average),
            _money_cell(each.value if are_many else None),
        ]


def _money_cell(minor: Decimal | None) -> str:
    return amount_cell(None if minor is None else int(minor))


def _cohort_lines(cohorts: Sequence[Cohort]) -> Iterator[list[Cell]]:
    yield [
        _("Month of the first purchase"),
        _("Customers"),
        _("Months later"),
        _("Came again"),
        _("Share in percent"),
        _("Month is not over"),
    ]
    for cohort in cohorts:
        for cell in cohort.cells:
            share = cell.came.percent
            yield [
                f"{cohort.first:%Y-%m}",
                cohort.customers,
                cell.months,
                cell.came.part,
                "" if share is None else number_text(share, places=1),
                _("yes") if cell.is_running else _("no"),
            ]
