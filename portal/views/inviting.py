"""What a customer passes on to friends, whom it has brought, and the thanks that are still to be chosen."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from portal.access import CustomerRequest
from portal.pages import show
from referrals.claiming import has_places
from referrals.errors import NothingToChoose
from referrals.invitations import invitation_of, note_shared, offer_in_force, spelled
from referrals.models import Referral, Side
from referrals.paying import choose_thanks
from referrals.queries import choices_of, referral_by_id, referrals_by, rewards_of, standing_of
from referrals.sharing import ways_to_share
from referrals.wording import conditions_in_words, invitation_in_words, state_in_words, thanks_in_words
from rewards.models import Reward
from rewards.queries import reward_by_id
from tenants.downloads import printable
from tenants.errors import DomainError, NotFound
from tenants.pages import page_of, seq_in
from tenants.qr import qr_svg
from tenants.requests import client_address

PAGE = 40


def invite(request: CustomerRequest) -> HttpResponse:
    customer, now = request.customer, timezone.now()
    before = seq_in(request.GET.get("before", ""))
    friends = referrals_by(customer)
    page = page_of(friends.filter(pk__lt=before) if before else friends, size=PAGE)
    invitation = invitation_for(request, customer, now=now)
    if invitation["invitation"] is not None:
        invitation["invitation_qr"] = qr_svg(invitation["ways"].link)
    return show(
        request,
        "portal/invite.html",
        **invitation,
        friends=[_friend(referral) for referral in page.rows],
        first_url=request.path if before else None,
        next_url=f"{request.path}?before={page.last.pk}" if page.last else None,
        choices=choices_of(customer, now=now),
        customer=customer,
    )


def voucher(request: CustomerRequest) -> HttpResponse:
    """Ten business cards with the customer's own code, to print."""
    # Only whoever prints loads what draws PDFs, and numpy with it.
    from referrals.vouchers import sheet_name, voucher_sheet

    now, customer = timezone.now(), request.customer
    offer = offer_in_force(now=now)
    if offer is None:
        raise NotFound
    invitation = invitation_of(customer, now=now, network=client_address(request))
    note_shared(invitation=invitation, now=now)
    sheet = voucher_sheet(offer=offer, code=invitation.code, name=customer.first_name)
    return printable(sheet, name=sheet_name(invitation.code))


def shared(request: CustomerRequest) -> HttpResponse:
    """A script tells that a customer has used one of the ways; nothing says to whom."""
    now = timezone.now()
    note_shared(invitation=invitation_of(request.customer, now=now), now=now)
    return HttpResponse(status=204)


def choose(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponseRedirect:
    """One of the rewards that the offer leaves to choose."""
    referral = _own(request.customer, public_id)
    side = Side.REFERRER if referral.referrer_id == request.customer.pk else Side.FRIEND
    try:
        reward = _wanted(request)
        choose_thanks(referral=referral, side=side, reward=reward, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("portal:invite")
    messages.success(request, _("%(reward)s is among your vouchers.") % {"reward": reward.name})
    return redirect("portal:vouchers")


def invitation_for(request: CustomerRequest, customer: Customer, *, now: datetime) -> dict[str, Any]:
    """What stands on the card “invite friends”; nothing where the shop invites nobody at the moment."""
    standing = standing_of(customer, now=now)
    if standing is None or request.tenant.closed_at is not None:
        return {"invitation": None}
    rewards = rewards_of(standing.offer)
    code = invitation_of(customer, now=now, network=client_address(request)).code
    return {
        "invitation": standing,
        "is_full": standing.left == 0 or not has_places(standing.offer),
        "invites": invitation_in_words(standing.offer, rewards),
        "conditions": conditions_in_words(standing.offer),
        "code": spelled(code),
        "ways": ways_to_share(standing.offer, rewards, code=code),
    }


def _friend(referral: Referral) -> dict[str, Any]:
    """First name and initial, and in words what has become of it."""
    mine = next((thanks for thanks in referral.thanks.all() if thanks.side == Side.REFERRER), None)
    is_thanked = mine is not None and referral.state == Referral.State.PAID
    return {
        "name": (referral.friend.masked_name if referral.friend else "") or _("A friend"),
        "state": state_in_words(referral),
        "on": referral.claimed_at,
        "expected": referral.pays_at if referral.state == Referral.State.DUE else None,
        "thanks": thanks_in_words(mine) if is_thanked and mine else "",
    }


def _own(customer: Customer, public_id: uuid.UUID) -> Referral:
    referral = referral_by_id(public_id)
    if customer.pk not in (referral.referrer_id, referral.friend_id):
        raise NotFound
    return referral


def _wanted(request: CustomerRequest) -> Reward:
    try:
        wanted = uuid.UUID(request.POST.get("reward", ""))
    except ValueError:
        raise NothingToChoose from None
    return reward_by_id(wanted)
