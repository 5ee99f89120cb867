"""The code for the customer's own phone, shown where the team enrols somebody at the desk."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from backoffice.access import MemberRequest
from backoffice.pages import show
from customers.models import Customer
from customers.queries import customer_by
from customers.welcoming import welcome_state, welcome_url
from tenants.qr import qr_svg


def welcome(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    code = qr_svg(welcome_url(person))
    return show(request, "backoffice/customer_welcome.html", customer=person, qr_svg=code, **_progress(person))


def welcome_progress(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment that tells what the phone has done; nothing while that is what the screen shows already."""
    progress = _progress(customer_by(id=str(public_id)))
    if progress["state"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "components/welcome_state.html", progress)


def _progress(person: Customer) -> dict[str, Any]:
    return {
        "state": welcome_state(person),
        "state_url": reverse("backoffice:welcome_state", args=[person.public_id]),
        "renew_url": reverse("backoffice:welcome", args=[person.public_id]),
    }
