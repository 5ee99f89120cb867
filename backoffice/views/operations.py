"""What runs in the background, and what needs a hand."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.wording import event_title, fact_in_words, job_title
from events import delivery
from events.queries import failed_mails, latest_runs, parked_deliveries
from ledger.proof import latest_proof

ROWS = 50


def operations(request: MemberRequest) -> HttpResponse:
    parked = [
        {
            "event_title": event_title(duty.event.name),
            "handler": duty.handler,
            "attempts": duty.attempts,
            "error": duty.error,
            "parked_at": duty.finished_at,
            "retry_url": reverse("backoffice:retry", args=[duty.pk]),
        }
        for duty in parked_deliveries()[:ROWS]
    ]
    mails = [
        {"kind": fact_in_words("mail", event.payload["mail"]), "failed_at": event.occurred_at}
        for event in failed_mails(now=timezone.now())[:ROWS]
    ]
    runs = [{"title": job_title(run.job), "run": run} for run in latest_runs()[:ROWS]]
    return show(request, "backoffice/operations.html", parked=parked, mails=mails, runs=runs, proof=latest_proof())


def retry(request: MemberRequest, delivery_id: int) -> HttpResponse:
    delivery.retry_parked(delivery_id, now=timezone.now())
    messages.success(request, _("It will be tried again."))
    return redirect("backoffice:operations")
