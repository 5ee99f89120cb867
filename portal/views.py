"""The portal: sign in, balance and tier, the card, the history."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from customers.errors import WrongSignInCode
from customers.models import Customer
from customers.queries import active_card
from customers.sign_in import customer_signing_in, request_code
from ledger import queries as ledger
from portal.access import CustomerRequest, sign_in, sign_out
from portal.forms import CodeForm, EmailForm
from programs.queries import points_name, standing_of
from programs.statement import statement
from programs.terms import terms_at
from tenants.contact import normal_email
from tenants.errors import Invalid
from tenants.pages import page_of, seq_in
from tenants.qr import qr_svg
from tenants.requests import client_address
from tenants.throttle import Throttled

LATEST = 5
PAGE = 40
_PENDING = "signing-in"


def sign_in_view(request: CustomerRequest) -> HttpResponse:
    if getattr(request, "customer", None):
        return redirect("portal:home")
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            email = normal_email(form.cleaned_data["email"])
            request_code(email=email, network=client_address(request))
        except (Invalid, Throttled) as refusal:
            form.add_error("email", str(refusal))
        else:
            request.session[_PENDING] = email
            return redirect("portal:code")
    return render(request, "portal/sign_in.html", _frame() | {"form": form})


def code(request: CustomerRequest) -> HttpResponse:
    email = request.session.get(_PENDING)
    if not email:
        return redirect("portal:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            customer = customer_signing_in(email=email, code=form.cleaned_data["code"])
        except WrongSignInCode as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[_PENDING]
            sign_in(request, customer)
            return redirect("portal:home")
    return render(request, "portal/code.html", _frame() | {"form": form})


def sign_out_view(request: CustomerRequest) -> HttpResponse:
    sign_out(request)
    return redirect("portal:sign_in")


def home(request: CustomerRequest) -> HttpResponse:
    customer = request.customer
    now = timezone.now()
    account = ledger.account_of(customer)
    latest = list(ledger.entries(account)[:LATEST])
    context = _card(customer) | {
        "standing": standing_of(account, terms_at(now), now=now),
        "entries": statement(account, latest),
    }
    return render(request, "portal/home.html", _frame() | context)


def card(request: CustomerRequest) -> HttpResponse:
    return render(request, "portal/card.html", _frame() | _card(request.customer))


def history(request: CustomerRequest) -> HttpResponse:
    account = ledger.account_of(request.customer)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(ledger.entries(account, before_seq=before), size=PAGE)
    context = {
        "entries": statement(account, page.rows),
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.seq}" if page.last else None,
    }
    return render(request, "portal/history.html", _frame() | context)


def _card(customer: Customer) -> dict[str, Any]:
    held = active_card(customer)
    return {
        "customer": customer,
        "card_text": held.text if held else "",
        "qr_svg": qr_svg(held.text) if held else "",
    }


def _frame() -> dict[str, Any]:
    return {"points_name": points_name(terms_at(timezone.now()))}
