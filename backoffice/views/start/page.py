"""The first page: the programme in a sentence, what to do today, what still has to be set up, how today is going."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.goals.queries import goals_off_track
from analytics.goals.wording import goal_in_words
from analytics.loyalty import MANY
from analytics.queries import open_count
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.setup_list import STEPS
from backoffice.views.reports.cards import course_rows
from backoffice.views.reports.choosing import choice
from backoffice.views.start.cards import NAMES, course_lines, lines, morning, shown, sources
from backoffice.views.start.comparing import compared
from backoffice.views.start.steps import steps
from backoffice.views.start.verdict import verdict, worked_out
from customers.models import Consent
from customers.queries import consents_by_channel, enrolled_since, known_customers
from ledger.proof import latest_proof
from programs.queries import booked, day_at_the_till, points_name, waiting_adjustments
from programs.terms import terms_at
from referrals.queries import held
from tenants.csv import csv_response

# As many as fit on a screen below the figures.
LATEST: Final = 5
# Whoever opens the page in the morning asks about the last weeks.
USUAL_DAYS: Final = 30
_CHANNEL_ICONS: Final = {Consent.Channel.EMAIL: "mail", Consent.Channel.SMS: "phone", Consent.Channel.POST: "file"}


def start(request: MemberRequest) -> HttpResponse:
    """Everybody lands where their role can work."""
    if not request.actor.may("customers.read"):
        return redirect("checkout:find")
    now = timezone.localtime()
    return show(
        request,
        "backoffice/start.html",
        now=now,
        proof=latest_proof(),
        operations_url=reverse("backoffice:operations") if request.actor.may("operations.read") else "",
        **_waiting(request),
        **_setting_up(request),
        **_today(now),
        **(_programme(request, now) if request.actor.may("reports.read") else {}),
    )


def export(request: MemberRequest) -> HttpResponseBase:
    """The figures of the page; nothing about anybody."""
    chosen = choice(request, usual_days=USUAL_DAYS)
    found = morning(chosen, now=timezone.now())
    if found is None:
        raise Http404
    period = found.now.period
    return csv_response(f"{_('programme')}-{period.first}-{period.last}.csv", lines(found, _consents()))


def export_course(request: MemberRequest) -> HttpResponseBase:
    """How they have come to be what they are, a month apart."""
    found = morning(choice(request, usual_days=USUAL_DAYS), now=timezone.now())
    if found is None or not found.is_of_many:
        raise Http404
    return csv_response(f"{_('programme')}-{found.now.period.last}.csv", course_lines(found.course))


def _programme(request: MemberRequest, now: datetime) -> dict[str, Any]:
    """What the night has drawn of it, and what follows from that."""
    chosen = choice(request, shows=NAMES, usual_days=USUAL_DAYS)
    found = morning(chosen, now=now)
    noun = points_name(terms_at(now))
    told = steps(request.actor, points_name=noun, now=now)
    context: dict[str, Any] = {
        "chosen": chosen,
        "found": found,
        "many": MANY,
        "next_steps": told,
        "consents": _consents(),
        "goals_off_track": [goal_in_words(goal) for goal in goals_off_track()],
        "may_state": request.actor.may("program.write"),
    }
    context["verdict"] = verdict(found, told, chosen=chosen)
    if found is None or not found.is_of_many:
        context["enrolled_lately"] = enrolled_since(now - timedelta(days=USUAL_DAYS))
    if found is None:
        return context
    context |= {
        "sources": sources(found.enrolled),
        "most_from_one": max(found.enrolled.by_source.values(), default=0),
    }
    if found.is_of_many:
        cards = shown(found, chosen=chosen, points_name=noun)
        context |= {
            "cards": cards,
            "course": course_rows([card.figure for card in cards], found.course),
            "course_url": "backoffice:start_course_export",
            "compared": compared(found.now.period.last),
            "cost_card": worked_out(found, chosen=chosen),
        }
    return context


def _consents() -> list[dict[str, Any]]:
    """The channels on which anybody may be written to, e-mail first."""
    counted = consents_by_channel()
    return [
        {
            "text": channel.label,
            "count": counted[channel],
            "icon": _CHANNEL_ICONS[channel],
            "url": f"{reverse('backoffice:customers')}?consent={channel}",
        }
        for channel in Consent.Channel
        if channel in counted
    ]


def _waiting(request: MemberRequest) -> dict[str, int]:
    """What waits for whoever may decide it."""
    return {
        "waiting": waiting_adjustments().count() if request.actor.may("points.approve") else 0,
        "findings": open_count() if request.actor.may("findings.decide") else 0,
        "held_referrals": held().count() if request.actor.may("referrals.write") else 0,
    }


def _setting_up(request: MemberRequest) -> dict[str, Any]:
    """What is done leaves the list; the bar above it tells of it."""
    waiting = [step for step in STEPS if not step.is_done()]
    return {
        "open_steps": [
            {"title": step.title, "why": step.why, "url": step.url, "is_open_to": request.actor.could(step.capability)}
            for step in waiting
        ],
        "total": len(STEPS),
        "done": len(STEPS) - len(waiting),
    }


def _today(now: datetime) -> dict[str, Any]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = timedelta(days=7)
    return {
        "today": day_at_the_till(since=midnight, until=now),
        "week_ago": day_at_the_till(since=midnight - week, until=now - week),
        "enrolled": enrolled_since(midnight),
        "members": known_customers().count(),
        "latest": booked(since=midnight, until=now).select_related("customer", "store")[:LATEST],
    }
