"""What invitations bring: their share of enrolments and the way to it; the report on referrals says more."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.kpis import Ratio
from analytics.loyalty import ENOUGH
from analytics.overview import moments_of, window
from analytics.writing import share_text
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.reports.cards import GOOD, Figure, cards, points_apart
from backoffice.views.reports.choosing import choice, tabs
from referrals.report import Enrolments, Report, enrolments, report
from tenants.locales import number_text

NAMES = ("quota",)


def page(request: MemberRequest) -> HttpResponse:
    chosen = choice(request, shows=NAMES)
    drawn = window()
    context: dict[str, Any] = {"tabs": tabs("report_referrals"), "chosen": chosen, "period": None}
    if drawn.last is not None:
        period = chosen.period(drawn.last)
        now, then = (enrolments(*moments_of(each)) for each in (period, chosen.compared(period)))
        since, until = moments_of(period)
        found = report(since=since, until=until, now=timezone.now())
        context |= {
            "period": period,
            "compares": True,
            "cards": cards([_quota(now)], now, then, [], chosen=chosen),
            "now": now,
            "report": found,
            "steps": _steps(found),
            "has_figures": now.count >= ENOUGH or found.invited or _has_steps(found),
            "has_steps": _has_steps(found),
            "query": f"since={period.first.isoformat()}&until={period.last.isoformat()}",
            "enough": ENOUGH,
        }
    return show(request, "backoffice/reports/referrals.html", **context)


def _quota(now: Enrolments) -> Figure:
    of = {"part": number_text(now.referred), "whole": number_text(now.count)}
    return Figure(
        "quota",
        _("Share of referrals"),
        _("%(part)s of %(whole)s enrolments") % of if now.count else "",
        _share,
        share_text,
        points_apart,
        more_is=GOOD,
        missing=_("fewer than %(count)s enrolments in the period") % {"count": ENOUGH},
    )


def _share(each: Enrolments) -> Decimal | None:
    return Ratio(each.referred, each.count).percent if each.count >= ENOUGH else None


def _has_steps(found: Report) -> bool:
    return any(step["count"] for step in _steps(found))


def _steps(found: Report) -> list[dict[str, Any]]:
    """From the invitation to the thanks, one below the other."""
    counts = [
        (_("Passed on for the first time"), found.shared),
        (_("Invitations opened"), found.click_count),
        (_("Enrolled by an invitation"), found.enrolled),
        (_("First purchases"), found.first_purchases),
        (_("Thanked"), found.paid),
    ]
    most = max(1, *(count for _name, count in counts))
    return [{"text": name, "count": count, "most": most} for name, count in counts]
