"""Whether customers would recommend the shop: the score with its interval, who gave what, and its course."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.kpis import Period, Ratio
from analytics.loyalty import course
from analytics.overview import window
from analytics.writing import share_text
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.reports.cards import GOOD, Figure, cards, course_rows, points_apart
from backoffice.views.reports.choosing import Choice, choice, tabs
from backoffice.views.reports.retention import POINTS
from feedback.queries import daily_scores
from feedback.score import DETRACTOR_UNTIL, PROMOTER_FROM, net_promoter_score, promoters, score_interval
from tenants.calendar import midnight
from tenants.csv import Cell, csv_response
from tenants.locales import number_text
from tenants.scope import current_tenant

NAMES = ("recommendation", "would_recommend")
# One answer of fewer moves the score by 20 points and more.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Opinions:
    """Answers of a period: how many have given each score."""

    period: Period
    scores: Mapping[int, int]

    @property
    def answers(self) -> int:
        return sum(self.scores.values())

    @property
    def recommendation(self) -> Decimal | None:
        """NPS: a score, no percentage."""
        score = net_promoter_score(self.scores) if self.answers >= FEWEST else None
        return None if score is None else Decimal(score)

    @property
    def interval(self) -> tuple[int, int] | None:
        return score_interval(self.scores) if self.answers >= FEWEST else None

    @property
    def would(self) -> int:
        return promoters(self.scores)

    @property
    def would_not(self) -> int:
        return sum(count for score, count in self.scores.items() if score <= DETRACTOR_UNTIL)

    @property
    def undecided(self) -> int:
        return self.answers - self.would - self.would_not

    @property
    def would_percent(self) -> Decimal | None:
        return Ratio(self.would, self.answers).percent if self.answers >= FEWEST else None

    @property
    def would_not_percent(self) -> Decimal | None:
        return Ratio(self.would_not, self.answers).percent if self.answers >= FEWEST else None


def page(request: MemberRequest) -> HttpResponse:
    chosen = choice(request, shows=NAMES)
    context: dict[str, Any] = {"tabs": tabs("report_satisfaction"), "chosen": chosen, "period": None}
    found = _found(chosen)
    if found:
        then, *each = found
        now = each[-1]
        figures = _figures(now)
        context |= {
            "period": now.period,
            "compares": True,
            "now": now,
            "cards": cards(figures, now, then, each, chosen=chosen) if now.answers >= FEWEST else [],
            "course": course_rows(figures, [one for one in each if one.answers]),
            "course_url": "backoffice:satisfaction_export",
            "spread": _spread(now),
            "fewest": FEWEST,
        }
    return show(request, "backoffice/reports/satisfaction.html", **context)


def export(request: MemberRequest) -> HttpResponseBase:
    found = _found(choice(request))
    if found is None:
        raise Http404
    return csv_response(f"{_('satisfaction')}-{found[-1].period.last}.csv", _lines(found[1:]))


def _found(chosen: Choice) -> list[Opinions] | None:
    """What is compared with, and the course up to the chosen period; None before the first night."""
    last = window().last
    if last is None:
        return None
    period = chosen.period(last)
    periods = [chosen.compared(period), *course(period, points=POINTS)]
    zone = current_tenant().zone
    first, after = min(each.first for each in periods), period.last + timedelta(days=1)
    given = daily_scores(
        midnight(first, zone=zone), midnight(after, zone=zone), store_id=chosen.store.pk if chosen.store else None
    )
    return [Opinions(each, _within(each, given)) for each in periods]


def _within(period: Period, given: Sequence[tuple[date, int, int]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for day, score, count in given:
        if period.first <= day <= period.last:
            counts[score] = counts.get(score, 0) + count
    return counts


def _figures(now: Opinions) -> list[Figure]:
    counted = ngettext("%(number)s answer", "%(number)s answers", now.answers) % {"number": number_text(now.answers)}
    between = _interval_text(now)
    return [
        Figure(
            "recommendation",
            _("Recommendation (NPS)"),
            f"{counted}, {between}" if between else counted,
            lambda each: each.recommendation,
            _score,
            _points_of_score,
            more_is=GOOD,
            missing=_("too few answers for it yet"),
        ),
        Figure(
            "would_recommend",
            _("Would recommend"),
            _("gave 9 or 10"),
            lambda each: each.would_percent,
            share_text,
            points_apart,
            more_is=GOOD,
            missing=_("too few answers for it yet"),
        ),
    ]


def _interval_text(now: Opinions) -> str:
    if now.interval is None:
        return ""
    low, high = now.interval
    return _("range %(low)s to %(high)s") % {"low": number_text(low), "high": number_text(high)}


def _spread(now: Opinions) -> list[dict[str, Any]]:
    rows = [
        (_("Would recommend (%(from)s–10)") % {"from": PROMOTER_FROM}, now.would),
        (_("Undecided (7–8)"), now.undecided),
        (_("Rather not (0–%(until)s)") % {"until": DETRACTOR_UNTIL}, now.would_not),
    ]
    most = max(1, *(count for _name, count in rows))
    return [{"text": text, "count": count, "most": most} for text, count in rows]


def _lines(found: Sequence[Opinions]) -> Iterator[list[Cell]]:
    yield [
        _("Last day"),
        _("Answers"),
        _("Gave 9 or 10"),
        _("Gave 7 or 8"),
        _("Gave 0 to 6"),
        _("Recommendation (NPS)"),
        _("Recommendation, at least (95 % sure)"),
        _("Recommendation, at most (95 % sure)"),
    ]
    for each in found:
        low, high = each.interval or ("", "")
        score = "" if each.recommendation is None else int(each.recommendation)
        yield [each.period.last.isoformat(), each.answers, each.would, each.undecided, each.would_not, score, low, high]


def _score(value: Decimal) -> str:
    return number_text(int(value))


def _points_of_score(value: Decimal) -> str:
    count = int(value)
    return ngettext("%(count)s point", "%(count)s points", count) % {"count": number_text(count)}
