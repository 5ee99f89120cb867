"""The first page: what still has to be set up, and how today is going."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.setup_list import STEPS
from customers.queries import enrolled_since, known_customers
from programs.queries import day_at_the_till


def start(request: MemberRequest) -> HttpResponse:
    """Everybody lands where their role can work."""
    if not request.actor.may("customers.read"):
        return redirect("checkout:find")
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    steps = [
        {
            "title": step.title,
            "why": step.why,
            "url": reverse(step.route),
            "is_done": step.is_done(),
            "is_open_to": request.actor.could(step.capability),
        }
        for step in STEPS
    ]
    return show(
        request,
        "backoffice/start.html",
        today=day_at_the_till(since=midnight),
        enrolled=enrolled_since(midnight),
        members=known_customers().count(),
        steps=steps,
        total=len(steps),
        done=sum(step["is_done"] for step in steps),
        next_step=next((step for step in steps if not step["is_done"]), None),
    )
