"""The amount: what the customer has, which discount to give, what a price would earn, and crediting it."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import BEFORE_DISCOUNT, AmountForm, paid
from checkout.pages import last_booking, show, strip_of
from checkout.views.rewards import offered_to
from customers.models import Customer
from customers.queries import customer_by
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once, stored_answer
from programs.cards import cards_of
from programs.queries import Preview, points_name, preview, purchase_by_id, standing
from programs.services import record_purchase
from programs.statement import in_short
from programs.terms import terms_at
from tenants.errors import DomainError, Invalid
from tenants.money import amount_text, currency_sign, money_text, typed_amount
from tenants.scope import current_tenant

NEW_TIER = "till-new-tier"
_BASIS = "till-basis"


def amount(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    basis = request.session.get(_BASIS, BEFORE_DISCOUNT)
    form = AmountForm(request.POST or None, initial={"key": uuid.uuid4(), "basis": basis})
    if form.carried_out(lambda: _credited(request, customer, form)):
        return redirect(form.result)
    context = {
        **strip_of(customer, now=timezone.now()),
        "refusal": _refusal(request, customer),
        "currency": currency_sign(current_tenant().currency),
        "zero": amount_text(0, currency=current_tenant().currency),
        "preview_url": reverse("checkout:preview", args=[customer.public_id]),
        "offered": offered_to(request, customer),
        "cards": cards_of(customer, now=timezone.now()),
        "stamp_key": uuid.uuid4(),
    }
    return show(request, "checkout/amount.html", form=form, **context, **last_booking(request))


def preview_view(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment under the amount: what is to be paid and earned, from the same engine that credits."""
    customer = customer_by(id=str(public_id))
    now = timezone.now()
    shown: dict[str, Any] | None = None
    if text := request.GET.get("amount", "").strip():
        try:
            price = typed_amount(text, currency=current_tenant().currency)
            tier = standing(customer, now=now).tier
            total = paid(price, basis=request.GET.get("basis", ""), tier=tier)
            result = _preview(request, customer, total)
            shown = {
                "points": result.earning.points,
                "reason": in_short(result.earning.as_json(), result.terms),
                "discount": price - total if tier.discount_percent else 0,
                "price": price,
                "total": total,
                "tier": tier,
                "stamps": result.stamps,
            }
        except DomainError as refusal:
            shown = {"error": str(refusal)}
    return render(request, "checkout/_preview.html", {"preview": shown, "points_name": points_name(terms_at(now))})


def _preview(request: TillRequest, customer: Customer, total: int) -> Preview:
    now = timezone.now()
    return preview(
        customer=customer,
        total=total,
        currency=current_tenant().currency,
        store=request.device.store,
        actor=request.actor,
        purchased_at=now,
        now=now,
    )


def _refusal(request: TillRequest, customer: Customer) -> str:
    """Why nothing can be credited to this customer, whatever the amount."""
    try:
        _preview(request, customer, 0)
    except DomainError as refusal:
        return str(refusal)
    return ""


def _credited(request: TillRequest, customer: Customer, form: AmountForm) -> str:
    """Record the purchase once, however often the button is pressed; returns where to go.

    The key is asked before anything that could refuse: what the first press booked may have changed the tier.
    """
    now = timezone.now()
    price, basis = form.cleaned_data["amount"], form.cleaned_data["basis"] or BEFORE_DISCOUNT
    request.session[_BASIS] = basis

    def act() -> Answer:
        award = record_purchase(
            customer=customer,
            total=form.total(standing(customer, now=now).tier),
            currency=current_tenant().currency,
            store=request.device.store,
            actor=request.actor,
            now=now,
        )
        if award.tier_changed:
            request.session[NEW_TIER] = str(award.purchase.public_id)
        return Answer(status=201, body={"purchase": str(award.purchase.public_id)})

    key = f"till:{form.cleaned_data['key']}"
    asked = f"till {customer.pk} {price} {basis}"
    try:
        answer = answer_once(key=key, asked=asked, now=now, act=act)
    except IdempotencyKeyReused as reuse:
        form.renew_key()
        raise Invalid(_told_before(stored_answer(key))) from reuse
    return resolve_url("checkout:done", answer.body["purchase"])


def _told_before(answer: Answer) -> str:
    """What this page has booked already, for whoever came back to it or never saw the answer."""
    booked = purchase_by_id(uuid.UUID(answer.body["purchase"]))
    message = (
        _("A purchase of %(total)s has already been credited here. Credit once more only if this is another one.")
        if booked.voided_at is None
        else _("A purchase of %(total)s was credited here and has been voided. Credit the right one now.")
    )
    return message % {"total": money_text(booked.total, currency=booked.currency)}
