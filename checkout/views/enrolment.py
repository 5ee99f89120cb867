"""A new customer in one step: the card comes at once, terms and consents are given on the customer's own phone."""

import uuid
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from checkout.access import TillRequest
from checkout.forms import NewCustomerForm
from checkout.pages import show
from checkout.views.find import count_look_up
from customers.models import Customer
from customers.queries import customer_by, has_accepted_terms
from customers.services import enrol
from customers.sign_in import Link, link_of, new_link
from ledger.idempotency import Answer, answer_once
from tenants.errors import NotFound
from tenants.qr import qr_svg
from tenants.scope import current_tenant

SOURCE = "till"


def new_customer(request: TillRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None, initial={"key": uuid.uuid4()})
    if form.carried_out(lambda: _enrolled(request, form)):
        return redirect("checkout:welcome", form.result)
    existing = customer_by(id=form.existing_id) if form.existing_id else None
    return show(request, "checkout/new_customer.html", form=form, existing=existing)


def welcome(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The code that opens the portal on the customer's own phone, for as long as nobody has joined with it."""
    customer = customer_by(id=str(public_id))
    if not may_join(customer):
        raise NotFound
    url = f"{current_tenant().url}/welcome/{new_link(customer)}/"
    return show(request, "checkout/welcome.html", qr_svg=qr_svg(url), **_progress(customer))


def welcome_state(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment that tells what the phone has done; nothing while that is what the till shows already."""
    progress = _progress(customer_by(id=str(public_id)))
    if progress["state"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "checkout/_welcome.html", progress)


def may_join(customer: Customer) -> bool:
    """A code signs in whoever scans it: only those get one whom a till has enrolled and who have not joined yet."""
    return customer.source == SOURCE and not has_accepted_terms(customer)


def _progress(customer: Customer) -> dict[str, Any]:
    joined = has_accepted_terms(customer)
    state = "joined" if joined else link_of(customer)
    return {"customer": customer, "state": state, "is_over": state in ("joined", Link.EXPIRED)}


def _enrolled(request: TillRequest, form: NewCustomerForm) -> str:
    """Enrol once, however often the button is pressed; returns the public id."""
    count_look_up(request)
    now = timezone.now()
    values = {name: form.cleaned_data[name] for name in ("name", "email", "phone")}

    def act() -> Answer:
        customer = enrol(actor=request.actor, now=now, source=SOURCE, **values)
        return Answer(status=201, body={"customer": str(customer.public_id)})

    request_hash = sha256(f"enrol {sorted(values.items())}".encode()).hexdigest()
    answer = answer_once(key=f"till:{form.cleaned_data['key']}", request_hash=request_hash, now=now, act=act)
    return str(answer.body["customer"])
