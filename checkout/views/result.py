"""What a booking brought, and taking it back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import VoidForm
from checkout.pages import (
    UNDO_FOR,
    UNDO_TOLERANCE,
    WHOLE_DAY_AT_MOST,
    show,
    today_at,
    undo_of,
    undoable_since,
)
from checkout.views.amount import NEW_TIER
from programs.cards import HeldCard, cards_of
from programs.errors import AlreadyVoided
from programs.models import Purchase
from programs.queries import purchase_by_id, standing
from programs.services import VoidReason, void_purchase
from programs.stamps import stamps_of_purchase
from programs.statement import purchase_in_short
from programs.terms import terms_of
from tenants.errors import Invalid, NotFound


def done(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    purchase = _own_purchase(request, public_id)
    now = timezone.now()
    assert purchase.customer is not None
    current = standing(purchase.customer, now=now)
    terms = terms_of(purchase.program_version_id)
    context = {
        "purchase": {
            "points": purchase.points,
            "pending": terms.pending_part(purchase.points, purchase.purchased_at, now=now),
            "total": purchase.total,
            "reason": purchase_in_short(purchase),
            "is_voided": purchase.voided_at is not None,
        },
        "customer": purchase.customer,
        "standing": current,
        "stamps": _stamps_of(purchase, cards_of(purchase.customer, now=now)),
        "tier_changed": current.tier if request.session.get(NEW_TIER) == str(purchase.public_id) else None,
        "next_url": reverse("checkout:find"),
    }
    return show(request, "checkout/done.html", **context, **today_at(request), **undo_of(purchase))


def today(request: TillRequest) -> HttpResponse:
    """Every booking of the day, page by page, so that staff can void any of them."""
    day = today_at(request, at_most=WHOLE_DAY_AT_MOST, cursor=request.GET.get("before", ""))
    return show(request, "checkout/today.html", is_whole_day=True, **day)


def void(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """Undo, or void from the day list; each purchase once. Too late to undo, the page says what can still be done."""
    purchase = _own_purchase(request, public_id)
    form = VoidForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="reason")
    reason = form.cleaned_data["reason"]
    now = timezone.now()
    if not reason and now > purchase.recorded_at + UNDO_FOR + UNDO_TOLERANCE and purchase.voided_at is None:
        messages.warning(request, _("The time to undo is over. The booking can be voided in the day list."))
        return redirect("checkout:done", purchase.public_id)
    try:
        void_purchase(purchase=purchase, actor=request.actor, now=now, reason=reason or VoidReason.UNDO)
    except AlreadyVoided:
        pass  # the page says that it is voided
    return redirect("checkout:done", purchase.public_id)


def _stamps_of(purchase: Purchase, cards: list[HeldCard]) -> list[dict[str, Any]]:
    """What it has brought to the customer's cards, with what lies on each now."""
    held = {card.card.unit: card for card in cards}
    brought = [] if purchase.voided_at else stamps_of_purchase([purchase.pk])
    return [
        {"stamps": entry.points, "held": held[entry.account.unit]} for entry in brought if entry.account.unit in held
    ]


def _own_purchase(request: TillRequest, public_id: uuid.UUID) -> Purchase:
    """A purchase of this till, today or just before midnight. Raises NotFound."""
    purchase = purchase_by_id(public_id)
    own = purchase.device_id == request.device.pk
    since = undoable_since()
    if not own or purchase.customer is None or purchase.recorded_at < since:
        raise NotFound
    return purchase
