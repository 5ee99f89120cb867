"""The stamp cards of one customer: what is on them, why, and taking back what was booked by hand."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import VoidForm
from backoffice.pages import show
from backoffice.views.customers.person import about
from customers.models import Customer
from customers.queries import customer_by
from ledger import queries as ledger
from ledger.errors import AlreadyReversed
from ledger.models import Entry
from programs.cards import HeldCard, cards_of
from programs.services import VoidReason
from programs.stamps import void_stamps
from programs.statement import StatementLine, statement
from tenants.pages import page_of, seq_in

ROWS = 30


def stamps(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    return page_about(request, customer_by(id=str(public_id)), code=request.GET.get("card", ""))


def page_about(request: MemberRequest, person: Customer, *, code: str, **refused: Any) -> HttpResponse:
    """All cards, and the bookings of one of them."""
    now = timezone.now()
    cards = cards_of(person, now=now)
    held = next((held for held in cards if held.card.code == code), cards[0] if cards else None)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(_entries(held, before), size=ROWS)
    address = reverse("backoffice:customer_stamps", args=[person.public_id])
    here = f"{address}?card={held.card.code}" if held else address
    lines = statement(held.account, page.rows) if held and held.account else []
    context = about(request, person, ledger.account_of(person), tab="customer_stamps", now=now) | {
        "cards_held": cards,
        "held": held,
        "entries": [_with_void(person, held, line) for line in lines if held],
        "first_url": here if before else None,
        "next_url": f"{here}&before={page.last.seq}" if page.last else None,
        "can_void": request.actor.may("purchases.void"),
        "void_reasons": VoidReason.named_by_people(),
    }
    return show(request, "backoffice/customer_stamps.html", **context | refused)


def void(request: MemberRequest, public_id: uuid.UUID, card_code: str, seq: int) -> HttpResponse:
    person = customer_by(id=str(public_id))
    form = VoidForm(request.POST)
    if not form.is_valid():
        return page_about(request, person, code=card_code, form=form, refused_url=request.path)
    reason, now = form.cleaned_data["reason"], timezone.now()
    try:
        void_stamps(customer=person, card=card_code, seq=seq, actor=request.actor, now=now, reason=reason)
    except AlreadyReversed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The booking is voided."))
    return redirect(f"{reverse('backoffice:customer_stamps', args=[person.public_id])}?card={card_code}")


def _entries(held: HeldCard | None, before: int | None) -> Any:
    return ledger.entries(held.account, before_seq=before) if held and held.account else Entry.objects.none()


def _with_void(person: Customer, held: HeldCard, line: StatementLine) -> dict[str, Any]:
    """What a purchase brought is voided with it."""
    stands_alone = line.purchase is None and line.kind in (Entry.Kind.EARN, Entry.Kind.REDEEM)
    url = reverse("backoffice:void_stamps", args=[person.public_id, held.card.code, line.seq])
    return {"line": line, "void_url": url if stands_alone and not line.is_voided else None}
