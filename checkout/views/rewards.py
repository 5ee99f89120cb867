"""Rewards at the till: what this customer may have now, and handing one of it out."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import ProofForm, RewardForm
from checkout.pages import show, strip_of
from checkout.presence import Proof, proof_wanted
from customers.models import Customer
from customers.queries import customer_by
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once
from programs.queries import points_name
from programs.terms import terms_at
from rewards.models import Redemption, Reward
from rewards.presence import card_limit
from rewards.queries import Choice, choice_of, open_vouchers, redeemable, reward_by_id, surprises
from rewards.redeeming import redeem_at_till
from rewards.wording import benefit_text, key_in_text, least_purchase_text, price_text
from team.services import check_pin
from tenants.errors import Invalid
from tenants.locales import typed_number
from tenants.money import typed_amount
from tenants.scope import current_tenant

Presence = Redemption.Presence


@dataclass(frozen=True, slots=True)
class Offered:
    """What a customer may have here and now."""

    choices: list[Choice]
    vouchers: list[Redemption]
    surprises: list[Choice]
    url: str

    @property
    def names(self) -> str:
        return ", ".join(choice.reward.name for choice in self.choices)

    @property
    def voucher_names(self) -> str:
        return ", ".join(voucher.reward.name for voucher in self.vouchers)

    @property
    def surprise_names(self) -> str:
        return ", ".join(choice.reward.name for choice in self.surprises)


def offered_to(request: TillRequest, customer: Customer) -> Offered:
    """With the way to it: to the list, or at once to the only thing there is."""
    now, store = timezone.now(), request.device.store
    choices = redeemable(customer, now=now, store=store)
    vouchers = list(open_vouchers(customer, now=now))
    given = surprises(customer, now=now, store=store)
    match [*choices, *given], vouchers:
        case [only], []:
            url = reverse("checkout:reward", args=[customer.public_id, only.reward.public_id])
        case [], [voucher]:
            url = reverse("checkout:voucher", args=[voucher.public_id])
        case _:
            url = reverse("checkout:rewards", args=[customer.public_id])
    return Offered(choices, vouchers, given, url)


def typed_purchase(request: TillRequest) -> int | None:
    """The amount that stood in the field when somebody went to the rewards; None where there was none."""
    try:
        return typed_amount(request.GET.get("amount", ""), currency=current_tenant().currency) or None
    except Invalid:
        return None


def rewards(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    offered = offered_to(request, customer)
    name = points_name(terms_at(timezone.now()))
    rows = [
        {
            "reward": choice.reward,
            "price": price_text(choice.reward, name),
            "benefit": benefit_text(choice.reward, name),
            "least": least_purchase_text(choice.reward),
        }
        for choice in offered.choices
    ]
    context = {"offered": offered, "rows": rows, **strip_of(customer, now=timezone.now())}
    return show(request, "checkout/rewards.html", **context)


def reward(request: TillRequest, public_id: uuid.UUID, reward_id: uuid.UUID) -> HttpResponse:
    customer = customer_by(id=str(public_id))
    now = timezone.now()
    store, total = request.device.store, typed_purchase(request)
    choice = choice_of(reward_by_id(reward_id), customer, now=now, store=store, total=total)
    is_gift = choice.reward.way == Reward.Way.STAFF
    proof = Proof.SHOWN if is_gift else proof_wanted(request, customer, value=_least_worth(choice), now=now)
    points = _points_to_begin_with(choice, proof)
    form = RewardForm(
        request.POST or None,
        initial={"key": uuid.uuid4(), "points": str(points)},
        wants_pin=proof == Proof.PIN,
        chooses_points=choice.reward.chooses_points,
    )
    presence = Presence.GIVEN if is_gift else Presence.CODE if proof == Proof.SHOWN else Presence.CARD
    if form.carried_out(lambda: _redeemed(request, customer, choice.reward, form, presence)):
        return redirect("checkout:redeemed", form.result)
    typed = _typed_points(request)
    context = {
        **strip_of(customer, now=now),
        "reward": choice.reward,
        # A code that is scanned on this page leads back to it.
        "scan_for": choice.reward.public_id,
        "is_gift": is_gift,
        "proof": proof,
        "limit": card_limit() if proof == Proof.PIN else None,
        "obstacle": _obstacle(choice),
        **_terms(choice, points if typed is None else typed),
    }
    return show(request, "checkout/reward.html", form=form, **context)


def refuse_wrong_proof(request: TillRequest, form: ProofForm) -> None:
    """Whoever redeems for a card says who they are once more. Raises WrongPin and Throttled."""
    if "pin" in form.cleaned_data:
        check_pin(member=request.staff, pin=form.cleaned_data["pin"], device=request.device)


def redeemed_once(form: ProofForm, *, what: str, act: Any) -> str:
    """The public id of what was redeemed, once, however often the button is pressed.

    The key is asked before anything that could refuse: the first press may have been booked.
    """
    try:
        answer = answer_once(
            key=f"till:{form.cleaned_data['key']}",
            asked=f"till {what}",
            now=timezone.now(),
            act=lambda: Answer(status=201, body={"redemption": str(act().public_id)}),
        )
    except IdempotencyKeyReused as reuse:
        form.show_instead("key", str(uuid.uuid4()))
        raise Invalid(
            _("This page has already redeemed something. Redeem once more only if that is wanted.")
        ) from reuse
    return str(answer.body["redemption"])


def _redeemed(
    request: TillRequest, customer: Customer, reward: Reward, form: RewardForm, presence: Redemption.Presence
) -> str:
    points = form.cleaned_data.get("points")

    def act() -> Redemption:
        refuse_wrong_proof(request, form)
        return redeem_at_till(
            customer=customer,
            reward=reward,
            presence=presence,
            points=points,
            store=request.device.store,
            total=typed_purchase(request),
            actor=request.actor,
            now=timezone.now(),
        ).redemption

    return redeemed_once(form, what=f"reward {customer.pk} {reward.pk} {points}", act=act)


def _least_worth(choice: Choice) -> int | None:
    """What is redeemed at least: where points are chosen, there is a number of them for every limit."""
    return 1 if choice.reward.chooses_points else choice.offer.value


def _points_to_begin_with(choice: Choice, proof: Proof) -> int:
    """The most that makes sense, and with a card no more than it redeems."""
    if not choice.reward.chooses_points:
        return choice.reward.points
    return choice.sensible_points(up_to=card_limit() if proof == Proof.PIN else None)


def _typed_points(request: TillRequest) -> int | None:
    """What somebody is typing, to see what it brings."""
    try:
        return int(typed_number((request.POST or request.GET).get("points", "")))
    except ValueError:
        return None


def _terms(choice: Choice, points: int) -> dict[str, Any]:
    """What so many points bring and leave."""
    value = choice.worth(points)
    nothing_to_key_in = choice.reward.chooses_points and not value
    return {
        "points": points,
        "left": choice.situation.balance - points,
        "key_in": "" if nothing_to_key_in else key_in_text(choice.reward, value=value, percent=choice.reward.percent),
    }


def _obstacle(choice: Choice) -> str:
    """Why it cannot be redeemed now."""
    if choice.is_redeemable:
        return ""
    return choice.reason or _("There are not enough points.")
