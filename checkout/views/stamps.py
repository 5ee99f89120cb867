"""Stamp cards at the till: one tap stamps, a full card is redeemed, and either can be undone."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import RedeemForm, StampForm, VoidForm
from checkout.pages import UNDO_FOR, UNDO_TOLERANCE, show, undo_of_stamps, undoable_since
from customers.models import Customer
from customers.queries import customer_by
from ledger.errors import AlreadyReversed
from ledger.idempotency import Answer, answer_once
from programs.cards import TillStamp, cards_of, stamp_at
from programs.services import VoidReason
from programs.stamps import Stamped, add_stamps, redeem_stamps, void_stamps
from tenants.errors import DomainError, Invalid, NotFound


def stamp(request: TillRequest, public_id: uuid.UUID, card_code: str) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    form = StampForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="count")
    count, now = form.cleaned_data["count"], timezone.now()

    def act() -> Stamped:
        return add_stamps(customer=customer, card=card_code, count=count, actor=request.actor, now=now)

    return _booked(request, customer, card_code, form.cleaned_data["key"], f"stamp {count}", act)


def redeem(request: TillRequest, public_id: uuid.UUID, card_code: str) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    form = RedeemForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="key")
    now = timezone.now()

    def act() -> Stamped:
        return redeem_stamps(customer=customer, card=card_code, actor=request.actor, now=now)

    return _booked(request, customer, card_code, form.cleaned_data["key"], "redeem", act)


def stamped(request: TillRequest, public_id: uuid.UUID, card_code: str, seq: int) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    booking = _own_booking(request, customer, card_code, seq)
    held = next((held for held in cards_of(customer, now=timezone.now()) if held.card.code == card_code), None)
    context = {
        "customer": customer,
        "booking": booking,
        "held": held,
        "reference": f"{customer.number}-{seq}",
        "next_url": reverse("checkout:find"),
        "stamp_key": uuid.uuid4(),
    }
    return show(request, "checkout/stamped.html", **context, **undo_of_stamps(booking))


def void(request: TillRequest, public_id: uuid.UUID, card_code: str, seq: int) -> HttpResponse:
    """Undo, or void from the day list, once; too late to undo, the page says what can still be done."""
    customer = customer_by(id=str(public_id))
    booking = _own_booking(request, customer, card_code, seq)
    form = VoidForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="reason")
    reason, now = form.cleaned_data["reason"], timezone.now()
    back = redirect("checkout:stamped", public_id, card_code, seq)
    if not reason and now > booking.entry.created_at + UNDO_FOR + UNDO_TOLERANCE and not booking.is_voided:
        messages.warning(request, _("The time to undo is over. The booking can be voided in the day list."))
        return back
    try:
        void_stamps(
            customer=customer, card=card_code, seq=seq, actor=request.actor, now=now, reason=reason or VoidReason.UNDO
        )
    except AlreadyReversed:
        pass  # the page says that it is voided
    return back


def _booked(
    request: TillRequest, customer: Customer, card_code: str, key: uuid.UUID, what: str, act: Callable[[], Stamped]
) -> HttpResponse:
    """Once, however often the button is pressed; a refusal stands on the page of the customer."""
    try:
        answer = answer_once(
            key=f"till:{key}",
            asked=f"till {customer.pk} {card_code} {what}",
            now=timezone.now(),
            act=lambda: Answer(status=201, body={"seq": act().entry.seq}),
        )
    except NotFound:
        raise
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("checkout:amount", customer.public_id)
    return redirect("checkout:stamped", customer.public_id, card_code, answer.body["seq"])


def _own_booking(request: TillRequest, customer: Customer, card_code: str, seq: int) -> TillStamp:
    """A booking of this till, today or just before midnight. Raises NotFound."""
    since = undoable_since()
    return stamp_at(request.device, since=since, customer=customer, card=card_code, seq=seq)
