"""A new customer in one step: the card comes at once, terms and consents are given on the customer's own phone."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import NewCustomerForm
from checkout.pages import show
from customers.look_ups import count_look_up
from customers.models import Customer
from customers.queries import customer_by
from customers.services import enrol
from customers.welcoming import TILL, welcome_state, welcome_url
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once, stored_answer
from tenants.qr import qr_svg


def new_customer(request: TillRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None, initial={"key": uuid.uuid4()})
    if form.carried_out(lambda: _enrolled(request, form)):
        return redirect("checkout:welcome", form.result)
    existing = customer_by(id=form.existing_id) if form.existing_id else None
    return show(request, "checkout/new_customer.html", form=form, existing=existing)


def welcome(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The code that opens the portal on the customer's own phone, for as long as nobody has joined with it."""
    customer = customer_by(id=str(public_id))
    code = qr_svg(welcome_url(customer))
    return show(request, "checkout/welcome.html", customer=customer, qr_svg=code, **_progress(customer))


def welcome_progress(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment that tells what the phone has done; nothing while that is what the till shows already."""
    progress = _progress(customer_by(id=str(public_id)))
    if progress["state"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "components/welcome_state.html", progress)


def _progress(customer: Customer) -> dict[str, Any]:
    return {
        "state": welcome_state(customer),
        "state_url": reverse("checkout:welcome_state", args=[customer.public_id]),
        "renew_url": reverse("checkout:welcome", args=[customer.public_id]),
    }


def _enrolled(request: TillRequest, form: NewCustomerForm) -> str:
    """Enrol once, however often the button is pressed; returns the public id."""
    count_look_up(actor=request.actor)
    now = timezone.now()
    values = {name: form.cleaned_data[name] for name in ("name", "email", "phone")}

    def act() -> Answer:
        customer = enrol(actor=request.actor, now=now, source=TILL, **values)
        return Answer(status=201, body={"customer": str(customer.public_id)})

    asked = f"enrol {sorted(values.items())}"
    key = f"till:{form.cleaned_data['key']}"
    try:
        answer = answer_once(key=key, asked=asked, now=now, act=act)
    except IdempotencyKeyReused:
        # Whoever never saw the answer, and then typed something else, has one card, not two.
        messages.warning(request, _("A card has already been issued here: this one, with what was typed first."))
        answer = stored_answer(key)
    return str(answer.body["customer"])
