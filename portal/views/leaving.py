"""Whoever leaves may say why, in one tap: after the account is deleted, and after a consent is withdrawn."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from customers.consents import consent_of_token
from customers.errors import UnknownConsent
from feedback.departures import Question, explain_farewell, explain_withdrawal, last_withdrawn, question_after
from feedback.errors import QuestionOver
from feedback.models import Departure
from portal.access import CustomerRequest, actor_of
from portal.pages import show

FAREWELL = "farewell"


def goodbye(request: CustomerRequest) -> HttpResponse:
    """What stays after an account was deleted."""
    farewell = request.GET.get(FAREWELL, "")
    if request.method == "POST":
        _take(request, lambda reason: explain_farewell(farewell=farewell, reason=reason, now=timezone.now()))
        return redirect(goodbye_url(farewell))
    return show(request, "portal/goodbye.html", **why(question_after(farewell), goodbye_url(farewell)))


def why_unsubscribed(request: CustomerRequest, token: str) -> HttpResponse:
    """Behind the link of a mail, without a sign-in."""
    try:
        consent = consent_of_token(token)
    except UnknownConsent:
        return show(request, "portal/link_over.html", status=404)
    actor = actor_of(consent.customer)
    _take(request, lambda reason: explain_withdrawal(consent=consent, reason=reason, actor=actor, now=timezone.now()))
    return redirect("portal:unsubscribe", token)


def why_withdrawn(request: CustomerRequest, channel: str) -> HttpResponse:
    consent = last_withdrawn(request.customer, channel)

    def explain(reason: str) -> None:
        explain_withdrawal(consent=consent, reason=reason, actor=request.actor, now=timezone.now())

    _take(request, explain)
    return redirect(consents_url(channel))


def goodbye_url(farewell: str) -> str:
    return f"{reverse('portal:goodbye')}?{urlencode({FAREWELL: farewell})}" if farewell else reverse("portal:goodbye")


def consents_url(channel: str) -> str:
    """Where one has just been withdrawn."""
    return f"{reverse('portal:consents')}?{urlencode({'withdrawn': channel})}"


def why(question: Question, url: str) -> dict[str, Any]:
    """What the question needs on a page."""
    return {"why": question.value, "why_url": url, "why_reasons": Departure.Reason.choices}


def _take(request: CustomerRequest, explain: Callable[[str], None]) -> None:
    """What is no reason, or comes too late, changes nothing: nobody has to answer."""
    reason = request.POST.get("reason", "")
    if reason in Departure.Reason.values:
        with suppress(QuestionOver):
            explain(reason)
