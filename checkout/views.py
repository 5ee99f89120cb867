"""The till: sign on, find the customer, type the amount, credit, undo."""

import uuid
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from checkout.access import DEVICE_COOKIE, DEVICE_COOKIE_AGE, IDLE_SECONDS, TillRequest, lock, sign_on
from checkout.forms import AmountForm, BindForm, FindForm, SignOnForm, VoidForm
from customers.errors import UnknownCustomer
from customers.models import Customer
from customers.queries import customer_by, customer_by_text
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once
from programs.errors import AlreadyVoided
from programs.models import Purchase
from programs.queries import points_name, preview, purchase_by_id, purchases_at, standing
from programs.services import record_purchase, void_purchase
from programs.statement import explained
from programs.terms import terms_at, terms_of
from team.errors import WrongPin
from team.services import bind_device, check_pin
from tenants.errors import DomainError, Invalid, NotFound
from tenants.money import amount_text, currency_sign, typed_amount
from tenants.requests import client_address
from tenants.scope import current_tenant
from tenants.throttle import Limit, Throttled

UNDO_FOR = timedelta(seconds=30)
# Pressed in time, received a little later.
UNDO_TOLERANCE = timedelta(seconds=10)
# Each row brings its form: more of them would make the till slow on an old tablet.
TODAY_AT_MOST = 12
_look_ups = Limit("till-look-up", times=30, seconds=60)
_NEW_TIER = "till-new-tier"


def bind(request: TillRequest) -> HttpResponse:
    form = BindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _, token = bind_device(code=form.cleaned_data["code"], address=client_address(request), now=timezone.now())
        except DomainError as refusal:
            form.add_error("code", str(refusal))
        else:
            response = redirect("checkout:sign_on")
            response.set_cookie(
                DEVICE_COOKIE, token, max_age=DEVICE_COOKIE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax"
            )
            return response
    return render(request, "checkout/bind.html", {"form": form})


def sign_on_view(request: TillRequest) -> HttpResponse:
    device = request.device
    form = SignOnForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        member = form.cleaned_data["member"]
        try:
            check_pin(member=member, pin=form.cleaned_data["pin"], device=device)
        except (WrongPin, Throttled) as refusal:
            form.add_error("pin", str(refusal))
        else:
            sign_on(request, member, device)
            return redirect("checkout:find")
    return render(request, "checkout/sign_on.html", {"form": form, "device": device})


def lock_view(request: TillRequest) -> HttpResponse:
    lock(request)
    return redirect("checkout:sign_on")


def find(request: TillRequest) -> HttpResponse:
    """Look-ups are POST: nothing that identifies a person stands in a URL or a log."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _look_ups.hit(current_tenant().pk, request.device.pk, request.actor.reference)
            customer = customer_by_text(form.cleaned_data["q"])
        except (UnknownCustomer, Throttled) as refusal:
            form.add_error("q", str(refusal))
        else:
            return redirect("checkout:amount", customer.public_id)
    context = {"form": form} | _today(request) | _undo_of(_latest(request))
    return render(request, "checkout/find.html", _shared(request) | context)


def amount(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    form = AmountForm(request.POST or None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("checkout:done", _credit(request, customer, form))
        except IdempotencyKeyReused:
            # The page was left and come back to: what it credited before stands, this is another booking.
            return redirect("checkout:amount", customer.public_id)
        except DomainError as refusal:
            form.add_error("amount", str(refusal))
    context = {
        "customer": customer,
        "standing": standing(customer, now=timezone.now()),
        "form": form,
        "currency": currency_sign(current_tenant().currency),
        "zero": amount_text(0, currency=current_tenant().currency),
        "preview_url": reverse("checkout:preview", args=[customer.public_id]),
    }
    return render(request, "checkout/amount.html", _shared(request) | context)


def preview_view(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment under the amount: what it would earn, from the same engine that credits."""
    customer = customer_by(id=str(public_id))
    now = timezone.now()
    shown: dict[str, Any] | None = None
    if text := request.GET.get("amount", "").strip():
        try:
            total = typed_amount(text, currency=current_tenant().currency)
            result = preview(
                customer=customer,
                total=total,
                currency=current_tenant().currency,
                actor=request.actor,
                purchased_at=now,
                now=now,
            )
            shown = {"points": result.earning.points, "lines": explained(result.earning.as_json(), result.terms)}
        except DomainError as refusal:
            shown = {"error": str(refusal)}
    return render(request, "checkout/_preview.html", {"preview": shown, "points_name": points_name(terms_at(now))})


def done(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    purchase = _own_purchase(request, public_id)
    now = timezone.now()
    assert purchase.customer is not None
    current = standing(purchase.customer, now=now)
    new_tier = request.session.get(_NEW_TIER)
    context = {
        "purchase": {
            "points": purchase.points,
            "pending": terms_of(purchase.program_version_id).pending_part(
                purchase.points, purchase.purchased_at, now=now
            ),
            "total": purchase.total,
            "is_voided": purchase.voided_at is not None,
        },
        "customer": purchase.customer,
        "standing": current,
        "tier_changed": current.tier if new_tier == str(purchase.public_id) else None,
        "next_url": reverse("checkout:find"),
    }
    context |= _today(request) | _undo_of(purchase)
    return render(request, "checkout/done.html", _shared(request) | context)


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
        void_purchase(
            purchase=purchase,
            actor=request.actor,
            now=timezone.now(),
            reason=reason or "undo",
        )
    except AlreadyVoided:
        pass  # the page says that it is voided
    return redirect("checkout:done", purchase.public_id)


def _credit(request: TillRequest, customer: Customer, form: AmountForm) -> str:
    """Record the purchase once, however often the button is pressed; returns its public id."""
    total = form.cleaned_data["amount"]
    actor = request.actor
    now = timezone.now()

    def act() -> Answer:
        award = record_purchase(
            customer=customer,
            total=total,
            currency=current_tenant().currency,
            store=request.device.store,
            actor=actor,
            now=now,
        )
        if award.tier_changed:
            request.session[_NEW_TIER] = str(award.purchase.public_id)
        return Answer(status=201, body={"purchase": str(award.purchase.public_id)})

    request_hash = sha256(f"till {customer.pk} {total}".encode()).hexdigest()
    answer = answer_once(key=f"till:{form.cleaned_data['key']}", request_hash=request_hash, now=now, act=act)
    return str(answer.body["purchase"])


def _own_purchase(request: TillRequest, public_id: uuid.UUID) -> Purchase:
    """A purchase of this till, today. Raises NotFound."""
    purchase = purchase_by_id(public_id)
    own = purchase.device_id == request.device.pk
    if not own or purchase.customer is None or purchase.recorded_at < _midnight():
        raise NotFound
    return purchase


def _latest(request: TillRequest) -> Purchase | None:
    """The last booking of this till, which can still be undone while the next customer is served."""
    return purchases_at(request.device, since=timezone.now() - UNDO_FOR).first()


def _undo_of(purchase: Purchase | None) -> dict[str, Any]:
    """Where and how long a booking can be undone; nothing where it cannot."""
    if purchase is None or purchase.voided_at is not None:
        return {}
    left = (purchase.recorded_at + UNDO_FOR - timezone.now()).total_seconds()
    if left <= 0:
        return {}
    return {
        "undo_url": reverse("checkout:void", args=[purchase.public_id]),
        "undo_seconds_left": int(left),
        "undo_purchase": purchase,
    }


def _today(request: TillRequest) -> dict[str, Any]:
    """The latest bookings of this till, and whether there were more."""
    purchases = list(purchases_at(request.device, since=_midnight())[: TODAY_AT_MOST + 1])
    rows = [
        {
            "time": purchase.recorded_at,
            "customer_masked": purchase.customer.masked_name or purchase.customer.number,
            "points": purchase.points,
            "is_voided": purchase.voided_at is not None,
            "void_url": reverse("checkout:void", args=[purchase.public_id]),
        }
        for purchase in purchases[:TODAY_AT_MOST]
        if purchase.customer is not None
    ]
    return {"today": rows, "today_had_more": len(purchases) > TODAY_AT_MOST}


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def _shared(request: TillRequest) -> dict[str, Any]:
    """What the frame around every page of a signed-on till shows."""
    return {
        "device": request.device,
        "staff_name": request.staff.name,
        "idle_seconds": IDLE_SECONDS,
        "points_name": points_name(terms_at(timezone.now())),
    }
