"""What points bring: the catalogue, each reward, and the one question before it is redeemed."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once
from portal.access import CustomerRequest
from portal.forms import PointsForm, RedeemForm
from portal.pages import show
from programs.queries import points_name
from programs.terms import terms_at
from rewards.models import Redemption
from rewards.queries import Choice, catalogue, choice_of, open_vouchers, reward_shown
from rewards.redeeming import redeem as redeem_reward
from rewards.redeeming import valid_until
from rewards.wording import benefit_text, left_text, price_text, terms_in_words
from tenants.errors import Invalid
from tenants.scope import current_tenant


def rewards(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    choices = choices_for(request.customer, now=now)
    return show(
        request,
        "portal/rewards.html",
        redeemable=[choice for choice in choices if choice.is_redeemable],
        goals=[choice for choice in choices if choice.only_points_missing],
        others=[choice for choice in choices if choice.obstacles and not choice.only_points_missing],
        balance=choices[0].situation.balance if choices else None,
        vouchers=open_vouchers(request.customer, now=now),
    )


def reward(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponse:
    return _reward_page(request, _choice(request, public_id))


def redeem(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponse:
    """Asked first: what it costs and leaves, and until when the voucher is good; then issued, once."""
    choice = _choice(request, public_id)
    form = RedeemForm(request.POST or None)
    if form.carried_out(lambda: _issued(request, choice, form)):
        return redirect("portal:voucher", form.result)
    points = None
    if choice.reward.chooses_points:
        asked = PointsForm({"points": form.data.get("points")} if form.is_bound else request.GET, choice=choice)
        if not asked.is_valid():
            return _reward_page(request, choice, asked)
        points = form.initial["points"] = asked.cleaned_data["points"]
    if not choice.is_redeemable and not form.is_bound:
        return redirect("portal:reward", public_id)
    price = choice.offer.points if points is None else points
    return show(
        request,
        "portal/redeem.html",
        choice=choice,
        form=form,
        price=price,
        left=choice.situation.balance - price,
        worth=choice.worth(price),
        ends_on=Redemption(expires_at=valid_until(choice.reward, now=choice.situation.at)).last_day,
    )


def choices_for(customer: Customer, *, now: datetime) -> list[Choice]:
    """What can be had; nothing once the shop has closed its programme."""
    return [] if current_tenant().closed_at else catalogue(customer, now=now)


def _choice(request: CustomerRequest, public_id: uuid.UUID) -> Choice:
    return choice_of(reward_shown(public_id), request.customer, now=timezone.now())


def _reward_page(request: CustomerRequest, choice: Choice, form: PointsForm | None = None) -> HttpResponse:
    offered, name = choice.reward, points_name(terms_at(timezone.now()))
    if offered.chooses_points and choice.is_redeemable and form is None:
        form = PointsForm(choice=choice)
    return show(
        request,
        "portal/reward.html",
        choice=choice,
        form=form,
        worth=None if form and form.is_bound else choice.worth(choice.sensible_points()),
        benefit=benefit_text(offered, name),
        price=price_text(offered, name),
        left=left_text(offered),
        terms=terms_in_words(offered),
    )


def _issued(request: CustomerRequest, choice: Choice, form: RedeemForm) -> str:
    """The voucher's id, of this press of the button or of the one before."""
    customer, now, data = request.customer, timezone.now(), form.cleaned_data

    def act() -> Answer:
        redeemed = redeem_reward(
            customer=customer,
            reward=choice.reward,
            points=data["points"],
            presence=Redemption.Presence.PORTAL,
            actor=request.actor,
            now=now,
        )
        return Answer(status=201, body={"voucher": str(redeemed.redemption.public_id)})

    asked = f"portal {customer.pk} {choice.reward.pk} {data['points']}"
    key = f"portal:{customer.pk}:{data['key']}"
    try:
        answer: Any = answer_once(key=key, asked=asked, now=now, act=act).body
    except IdempotencyKeyReused as reuse:
        raise Invalid(_("Something else was redeemed on this page already. Please open it again.")) from reuse
    return answer["voucher"]
