"""A voucher at the till: whose it is, what to key in for it, and using it once."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from checkout.access import TillRequest
from checkout.forms import ProofForm
from checkout.pages import show
from checkout.presence import Proof, proof_wanted
from checkout.views.rewards import redeemed_once, refuse_wrong_proof, typed_purchase
from rewards.models import Redemption, Reward
from rewards.presence import refuse_without_presence
from rewards.queries import attendance, redemption_by_id
from rewards.redeeming import refuse_unusable, use_voucher
from rewards.wording import till_text
from tenants.errors import DomainError


def voucher(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """Its code was scanned, the customer's phone was, or it is small enough for a card and a PIN."""
    redemption, now = redemption_by_id(public_id), timezone.now()
    proof = proof_wanted(request, redemption, redemption.customer, value=redemption.value, now=now)
    form = ProofForm(request.POST or None, initial={"key": uuid.uuid4()}, wants_pin=proof == Proof.PIN)
    if form.carried_out(lambda: _used(request, redemption, form, proof)):
        return redirect("checkout:redeemed", form.result)
    event = redemption.reward if redemption.reward.kind == Reward.Kind.EVENT else None
    context = {
        "redemption": redemption,
        "customer": redemption.customer,
        "proof": proof,
        "key_in": till_text(redemption),
        "obstacle": _obstacle(request, redemption),
        "event": event,
        "attendance": attendance(event) if event else None,
        "is_another_day": bool(event) and not _is_today(redemption),
    }
    return show(request, "checkout/voucher.html", form=form, **context)


def _used(request: TillRequest, redemption: Redemption, form: ProofForm, proof: Proof) -> str:
    def act() -> Redemption:
        refuse_wrong_proof(request, form)
        if proof != Proof.SHOWN:
            refuse_without_presence(Redemption.Presence.CARD, value=redemption.value)
        return use_voucher(
            redemption=redemption,
            store=request.device.store,
            total=typed_purchase(request),
            actor=request.actor,
            now=timezone.now(),
        )

    return redeemed_once(form, what=f"voucher {redemption.pk}", act=act)


def _obstacle(request: TillRequest, redemption: Redemption) -> str:
    """Why it cannot be used here and now: used, with time and till, cancelled, over, another store, other hours."""
    try:
        refuse_unusable(redemption, now=timezone.now(), store=request.device.store, total=typed_purchase(request))
    except DomainError as refusal:
        return str(refusal)
    return ""


def _is_today(redemption: Redemption) -> bool:
    begins = redemption.reward.event_at
    return begins is not None and timezone.localdate(begins) <= timezone.localdate()
