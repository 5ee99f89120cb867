"""Whether the programme pays: what it costs and from when on that is earned, what becomes of points, who signs up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.exporting import SOURCES
from analytics.kpis import MONTH, Period, Ratio, Sales, rounded
from analytics.loyalty import ENOUGH
from analytics.models import JoiningFigures
from analytics.overview import moments_of, sales_by_month
from analytics.programme import Programme, hundred, programme
from analytics.writing import money, one_place, share_text
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.reports.cards import BAD, GOOD, NEITHER, Figure, cards, course_rows, points_apart
from backoffice.views.reports.choosing import Choice, choice, tabs
from backoffice.views.reports.retention import found_of
from ledger.liability import ENOUGH_LOTS
from referrals.report import enrolments
from tenants.csv import Cell, amount_cell, csv_response
from tenants.locales import number_text
from tenants.money import rate_text
from tenants.scope import current_tenant

NAMES = ("cost", "break_even", "redemption", "breakage", "owed", "sign_up")
# Of these a shop of any size is told why there is no figure.
ALWAYS = ("cost", "break_even")


@dataclass(frozen=True, slots=True)
class Found:
    now: Programme
    then: Programme
    course: list[Programme]


def page(request: MemberRequest) -> HttpResponse:
    chosen = choice(request, shows=NAMES)
    found = _found(chosen)
    context: dict[str, Any] = {"tabs": tabs("report_programme"), "chosen": chosen, "period": None}
    if found:
        figures = _figures(found.now)
        shown = cards(figures, found.now, found.then, found.course, chosen=chosen)
        kept = [card for card in shown if card.value is not None or card.figure.name in ALWAYS]
        months = _months(found.now.period, chosen)
        context |= {
            "period": found.now.period,
            "compares": True,
            "found": found,
            "now": found.now,
            "cards": kept,
            "course": course_rows([card.figure for card in kept], found.course),
            "course_url": "backoffice:programme_export",
            "explained": _explained(found.now),
            "months": months,
            "against": _against(found.now.sales),
            "joining": None if chosen.store else _joining(),
            "enrolled": [] if chosen.store else _enrolled(found.now.period),
            "enough_lots": ENOUGH_LOTS,
            "may_enter": request.actor.may("program.write"),
        }
    return show(request, "backoffice/reports/programme.html", **context)


def export(request: MemberRequest) -> HttpResponseBase:
    """The course of what the page shows, with the sums behind it."""
    found = _found(choice(request))
    if found is None:
        raise Http404
    return csv_response(f"{_('programme')}-{found.now.period.last}.csv", _lines(found.course))


def export_months(request: MemberRequest) -> HttpResponseBase:
    """Purchases with a card and without one, month by month."""
    chosen = choice(request)
    found = _found(chosen)
    if found is None:
        raise Http404
    period = found.now.period
    return csv_response(f"{_('with-and-without-card')}-{period.last}.csv", _month_lines(period, chosen))


def _found(chosen: Choice) -> Found | None:
    loyal = found_of(chosen)
    if loyal is None:
        return None
    then, *course = programme([loyal.then, *loyal.course], is_of_shop=chosen.store is None)
    return Found(course[-1], then, course)


def _figures(now: Programme) -> list[Figure]:
    """In the order of the page; costs and points only of the whole shop."""
    sign_up = Figure(
        "sign_up",
        _("Purchases with a card"),
        _part_of(now.sign_up),
        lambda each: _percent(each.sign_up),
        share_text,
        points_apart,
        more_is=GOOD,
    )
    if now.cost is None:
        return [sign_up]
    per = {"amount": rate_text(hundred(), currency=current_tenant().currency)}
    spent = now.cost.spent
    return [
        Figure(
            "cost",
            _("Cost per %(amount)s of turnover") % per,
            _("%(amount)s in all") % {"amount": money(_whole(spent))} if spent is not None else "",
            lambda each: each.cost_per_hundred,
            money,
            money,
            more_is=BAD,
            missing=_missing(now),
        ),
        Figure(
            "break_even",
            _("Pays from"),
            _("per active customer"),
            lambda each: each.extra_visits,
            one_place,
            one_place,
            more_is=BAD,
            unit=_("more visits a month"),
            missing=_missing(now),
        ),
        Figure(
            "redemption",
            _("Redemption rate"),
            _part_of(now.redeemed),
            lambda each: _percent(each.redeemed),
            share_text,
            points_apart,
            more_is=GOOD,
        ),
        Figure(
            "breakage",
            _("Expired unused"),
            _part_of(now.breakage),
            lambda each: _percent(each.breakage),
            share_text,
            points_apart,
            more_is=NEITHER,
        ),
        Figure(
            "owed",
            _("Open points"),
            _("%(number)s points") % {"number": number_text(now.points.outstanding)} if now.points else "",
            lambda each: None if each.owed is None else Decimal(each.owed),
            money,
            money,
            more_is=NEITHER,
        ),
        sign_up,
    ]


def _missing(now: Programme) -> str:
    """Why there is no cost or break-even; the most that can be done about it first."""
    cost = now.cost
    assert cost is not None
    if not cost.stretches:
        return _("your own figures are missing")
    if cost.rewards is None:
        return ngettext(
            "the cost of a reward is missing", "the cost of %(count)s rewards is missing", now.sales.uncosted
        ) % {"count": now.sales.uncosted}
    if not cost.total:
        return _("no purchase with a card in the period")
    if cost.can_pay is False:
        return _("a further purchase leaves nothing")
    return _("nobody is active at the end")


def _explained(now: Programme) -> dict[str, Any]:
    """What sentences and formulas say beside the figures themselves, already written."""
    told: dict[str, Any] = {
        "days_a_month": number_text(rounded(MONTH, to=Decimal("0.01"))),
        "hundred": rate_text(hundred(), currency=current_tenant().currency),
    }
    cost = now.cost
    if cost is None:
        return told
    sums = {
        "running": cost.running,
        "spent": cost.spent,
        "per_member": cost.per_member,
        "left": cost.left,
        "share": cost.reward_share,
        "brings": cost.brings,
    }
    told |= {name: money(_whole(amount)) for name, amount in sums.items() if amount is not None}
    if cost.total and cost.purchases:
        told["average"] = money(_whole(Fraction(cost.total, cost.purchases)))
    if cost.extra_visits is not None:
        told["visits"] = one_place(cost.extra_visits)
    if cost.margin_percent is not None:
        told["margin"] = share_text(cost.margin_percent)
    if len(cost.stretches) == 1:
        told["monthly"] = money(Decimal(cost.stretches[0].running))
    return told


def _against(sales: Sales) -> dict[str, Any] | None:
    """An average purchase with a card and without one, on one scale from zero."""
    ours, theirs = sales.card_average, sales.other_average
    if ours is None or theirs is None or min(sales.card_purchases, sales.others) < ENOUGH:
        return None
    most = max(ours, theirs, Decimal(1))
    return {
        "rows": [
            {"text": _("with a card"), "value": int(ours), "amount": money(ours), "count": sales.card_purchases},
            {"text": _("without a card"), "value": int(theirs), "amount": money(theirs), "count": sales.others},
        ],
        "most": int(most),
        "ours": money(ours),
        "theirs": money(theirs),
    }


def _joining() -> dict[str, Any] | None:
    """What members spent in the months before and after joining, as last night knew it."""
    drawn = JoiningFigures.objects.first()
    if drawn is None or not drawn.members:
        return None
    told: dict[str, Any] = {"members": drawn.members, "fewest": ENOUGH, "rows": []}
    if drawn.before is not None and drawn.after is not None:
        sums = [(_("before joining"), drawn.before), (_("after joining"), drawn.after)]
        most = max(1, drawn.before, drawn.after)
        told |= {
            "rows": [
                {"text": text, "value": spent, "most": most, "amount": money(Decimal(spent))} for text, spent in sums
            ],
            "low": money(Decimal(drawn.low or 0)),
            "high": money(Decimal(drawn.high or 0)),
        }
    return told


def _months(period: Period, chosen: Choice) -> list[dict[str, Any]]:
    """The newest first."""
    rows = sales_by_month(period, store_id=chosen.store.pk if chosen.store else None)
    return [
        {
            "month": month,
            "cells": [
                number_text(sold.card_purchases),
                "–" if sold.card_average is None else money(sold.card_average),
                number_text(sold.others),
                "–" if sold.other_average is None else money(sold.other_average),
            ],
        }
        for month, sold in reversed(rows)
    ]


def _enrolled(period: Period) -> list[dict[str, Any]]:
    """By where customers enrolled, most first."""
    by_source = enrolments(*moments_of(period)).by_source
    most = max(by_source.values(), default=1)
    return [
        {"text": SOURCES.get(source, source), "count": count, "most": most}
        for source, count in sorted(by_source.items(), key=lambda item: (-item[1], item[0]))
    ]


def _lines(course: Sequence[Programme]) -> Iterator[list[Cell]]:
    currency = {"currency": current_tenant().currency}
    yield [
        _("Last day"),
        _("Turnover with a card in %(currency)s") % currency,
        _("Purchases with a card"),
        _("All purchases"),
        _("Active customers"),
        _("Cost of the rewards in %(currency)s") % currency,
        _("Rewards without a stated cost"),
        _("Running costs in %(currency)s") % currency,
        _("Cost per 100 of turnover in %(currency)s") % currency,
        _("Cost per active customer and month in %(currency)s") % currency,
        _("A further purchase brings, in %(currency)s") % currency,
        _("Further visits a month from which on it pays"),
        _("Points redeemed"),
        _("Points open"),
        _("Redemption rate in percent"),
        _("Points granted whose time is over"),
        _("Points of them expired unused"),
        _("Value of the open points in %(currency)s") % currency,
    ]
    for each in course:
        cost, points = each.cost, each.points
        yield [
            each.period.last.isoformat(),
            amount_cell(each.sales.card_total),
            *(each.sales.card_purchases, each.sales.purchases, each.active),
            amount_cell(each.sales.reward_cost),
            each.sales.uncosted,
            _amount(cost.running if cost else None),
            amount_cell(None if each.cost_per_hundred is None else int(each.cost_per_hundred)),
            _amount(cost.per_member if cost else None),
            _amount(cost.brings if cost else None),
            "" if each.extra_visits is None else number_text(each.extra_visits, places=1),
            each.sales.redeemed_points,
            points.outstanding if points else "",
            _share(each.redeemed),
            *((points.granted, points.expired) if points and points.granted else ("", "")),
            amount_cell(each.owed),
        ]


def _month_lines(period: Period, chosen: Choice) -> Iterator[list[Cell]]:
    currency = {"currency": current_tenant().currency}
    yield [
        _("Month"),
        _("Purchases with a card"),
        _("Turnover with a card in %(currency)s") % currency,
        _("Purchases without a card"),
        _("Turnover without a card in %(currency)s") % currency,
        _("Average purchase with a card (an association, not an effect)"),
        _("Average purchase without a card (an association, not an effect)"),
    ]
    for month, sold in sales_by_month(period, store_id=chosen.store.pk if chosen.store else None):
        averages = [sold.card_average, sold.other_average]
        yield [
            f"{month:%Y-%m}",
            *(sold.card_purchases, amount_cell(sold.card_total)),
            *(sold.others, amount_cell(sold.total - sold.card_total)),
            *(amount_cell(None if each is None else int(each)) for each in averages),
        ]


def _whole(amount: Fraction) -> Decimal:
    return rounded(amount, to=Decimal(1))


def _amount(amount: Fraction | None) -> str:
    return amount_cell(None if amount is None else int(_whole(amount)))


def _percent(rate: Ratio | None) -> Decimal | None:
    return rate.percent if rate else None


def _share(rate: Ratio | None) -> str:
    percent = _percent(rate)
    return "" if percent is None else number_text(percent, places=1)


def _part_of(rate: Ratio | None) -> str:
    if rate is None:
        return ""
    return _("%(part)s of %(whole)s") % {"part": number_text(rate.part), "whole": number_text(rate.whole)}
