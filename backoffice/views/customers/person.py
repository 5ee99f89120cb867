"""One customer with the ledger."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import VoidForm
from backoffice.pages import show
from customers.contact import LEAP_YEAR
from customers.models import Customer
from customers.queries import active_card, customer_by
from ledger import queries as ledger
from programs.errors import AlreadyVoided
from programs.queries import purchase_by_id, standing_of
from programs.services import void_purchase
from programs.statement import StatementLine, statement
from programs.terms import terms_at
from tenants.errors import NotFound
from tenants.locales import day_month_text
from tenants.pages import page_of, seq_in

# Each booking brings the form that voids it.
BOOKINGS = 30


def customer(request: MemberRequest, public_id: uuid.UUID, *, void_form: VoidForm | None = None) -> HttpResponse:
    person = customer_by(id=str(public_id))
    now = timezone.now()
    account = ledger.account_of(person)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(ledger.entries(account, before_seq=before), size=BOOKINGS)
    card = active_card(person)
    context = {
        "customer": person,
        "birthday_label": _birthday_label(person),
        "language_label": dict(settings.LANGUAGES).get(person.language, ""),
        "card_text": card.text if card else "",
        "standing": standing_of(account, terms_at(now), now=now),
        "entries": [_with_void(line) for line in statement(account, page.rows)],
        "form": void_form or VoidForm(),
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.seq}" if page.last else None,
        "can_void": request.actor.may("purchases.void"),
    }
    return show(request, "backoffice/customer.html", **context)


def void(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    purchase = purchase_by_id(public_id)
    if purchase.customer is None:
        raise NotFound
    form = VoidForm(request.POST)
    if not form.is_valid():
        return customer(request, purchase.customer.public_id, void_form=form)
    try:
        void_purchase(
            purchase=purchase,
            actor=request.actor,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except AlreadyVoided as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The booking is voided."))
    return redirect("backoffice:customer", purchase.customer.public_id)


def _with_void(line: StatementLine) -> dict[str, Any]:
    can_be_voided = line.kind == "earn" and line.purchase is not None and not line.is_voided
    url = reverse("backoffice:void", args=[line.purchase.public_id]) if can_be_voided and line.purchase else None
    return {
        "seq": line.seq,
        "kind": line.kind,
        "title": line.title,
        "reason": line.reason,
        "points": line.points,
        "balance_after": line.balance_after,
        "occurred_at": line.occurred_at,
        "who": line.who,
        "store": line.store,
        "is_voided": line.is_voided,
        "void_url": url,
    }


def _birthday_label(person: Customer) -> str:
    if person.birth_month is None or person.birth_day is None:
        return ""
    return day_month_text(date(LEAP_YEAR, person.birth_month, person.birth_day))
