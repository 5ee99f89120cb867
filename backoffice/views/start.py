"""The first page: what still has to be set up, and how today is going."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from analytics.queries import open_count
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.setup_list import STEPS
from customers.queries import enrolled_since, known_customers
from ledger.proof import latest_proof
from programs.queries import booked, day_at_the_till, waiting_adjustments
from referrals.queries import held

# As many as fit on a screen below the figures.
LATEST = 8


def start(request: MemberRequest) -> HttpResponse:
    """Everybody lands where their role can work."""
    if not request.actor.may("customers.read"):
        return redirect("checkout:find")
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = timedelta(days=7)
    latest = booked(since=midnight, until=now).select_related("customer", "store")[:LATEST]
    steps = [
        {
            "title": step.title,
            "why": step.why,
            "url": step.url,
            "is_done": step.is_done(),
            "is_open_to": request.actor.could(step.capability),
        }
        for step in STEPS
    ]
    return show(
        request,
        "backoffice/start.html",
        today=day_at_the_till(since=midnight, until=now),
        week_ago=day_at_the_till(since=midnight - week, until=now - week),
        latest=latest,
        enrolled=enrolled_since(midnight),
        members=known_customers().count(),
        steps=steps,
        total=len(steps),
        done=sum(step["is_done"] for step in steps),
        waiting=waiting_adjustments().count() if request.actor.may("points.approve") else 0,
        findings=open_count() if request.actor.may("findings.decide") else 0,
        held_referrals=held().count() if request.actor.may("referrals.write") else 0,
        proof=latest_proof(),
        operations_url=reverse("backoffice:operations") if request.actor.may("operations.read") else "",
        next_step=next((step for step in steps if not step["is_done"]), None),
    )
