"""What a booking brought, and taking it back."""

import uuid
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from checkout.access import TillRequest
from checkout.forms import VoidForm
from checkout.pages import UNDO_FOR, midnight, show, today_at, undo_of
from checkout.views.amount import NEW_TIER
from programs.errors import AlreadyVoided
from programs.models import Purchase
from programs.queries import purchase_by_id, standing
from programs.services import VoidReason, void_purchase
from programs.terms import terms_of
from tenants.errors import Invalid, NotFound

# Pressed in time, received a little later.
UNDO_TOLERANCE = timedelta(seconds=10)


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
            "is_voided": purchase.voided_at is not None,
        },
        "customer": purchase.customer,
        "standing": current,
        "tier_changed": current.tier if request.session.get(NEW_TIER) == str(purchase.public_id) else None,
        "next_url": reverse("checkout:find"),
    }
    return show(request, "checkout/done.html", **context, **today_at(request), **undo_of(purchase))


def void(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """Undo, or void from the day list; each purchase once."""
    purchase = _own_purchase(request, public_id)
    form = VoidForm(request.POST)
    if not form.is_valid():
        raise Invalid(field="reason")
    reason = form.cleaned_data["reason"]
    if not reason and timezone.now() > purchase.recorded_at + UNDO_FOR + UNDO_TOLERANCE:
        raise Invalid(field="reason")
    try:
        void_purchase(purchase=purchase, actor=request.actor, now=timezone.now(), reason=reason or VoidReason.UNDO)
    except AlreadyVoided:
        pass  # the page says that it is voided
    return redirect("checkout:done", purchase.public_id)


def _own_purchase(request: TillRequest, public_id: uuid.UUID) -> Purchase:
    """A purchase of this till, today. Raises NotFound."""
    purchase = purchase_by_id(public_id)
    own = purchase.device_id == request.device.pk
    if not own or purchase.customer is None or purchase.recorded_at < midnight():
        raise NotFound
    return purchase
