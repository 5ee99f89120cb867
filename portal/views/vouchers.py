"""What a customer has redeemed: vouchers to show at the till, and to give back."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.access import CustomerRequest
from portal.pages import show
from programs.queries import points_name
from programs.terms import terms_at
from rewards.codes import spelled, voucher_code
from rewards.errors import UnknownVoucher
from rewards.models import Redemption, Reward
from rewards.queries import open_vouchers, redemption_by_id, redemptions_of
from rewards.redeeming import hand_back, is_returnable
from rewards.wording import terms_in_words, till_text
from tenants.errors import DomainError
from tenants.qr import qr_svg
from tenants.scope import current_tenant

LATEST = 20
# What the till takes off; of anything else the name says what it is.
SAVINGS = (Reward.Kind.AMOUNT, Reward.Kind.PERCENT, Reward.Kind.SHIPPING)


@dataclass(frozen=True, slots=True)
class Kept:
    """An open voucher with the code that a till scans."""

    redemption: Redemption
    code: str
    qr_svg: SafeString


def vouchers(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    held = open_vouchers(request.customer, now=now)
    past = redemptions_of(request.customer).exclude(pk__in=[redemption.pk for redemption in held])
    return show(request, "portal/vouchers.html", vouchers=held, past=past[:LATEST])


def voucher(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponse:
    redemption, now = _own(request, public_id), timezone.now()
    is_open = redemption.state == Redemption.State.ISSUED and now < redemption.expires_at
    return show(
        request,
        "portal/voucher.html",
        redemption=redemption,
        voucher=kept(redemption) if is_open else None,
        days_left=_days_left(redemption, now),
        benefit=till_text(redemption) if redemption.reward.kind in SAVINGS else "",
        terms=terms_in_words(redemption.reward),
        is_returnable=is_returnable(redemption, now=now),
    )


def state(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponse:
    """For the script on the voucher, which waits for the till."""
    response = HttpResponse(_own(request, public_id).state, content_type="text/plain")
    patch_cache_control(response, no_store=True)
    return response


def cancel(request: CustomerRequest, public_id: uuid.UUID) -> HttpResponse:
    redemption = _own(request, public_id)
    try:
        hand_back(redemption=redemption, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
        return redirect("portal:voucher", public_id)
    if redemption.points:
        points = points_name(terms_at(timezone.now())).counted(redemption.points)
        messages.success(request, _("%(points)s are back.") % {"points": points})
    return redirect("portal:vouchers")


def kept(redemption: Redemption) -> Kept:
    """As it is shown, on the page and without a network."""
    code = voucher_code(redemption)
    return Kept(redemption, spelled(code), qr_svg(code))


def _own(request: CustomerRequest, public_id: uuid.UUID) -> Redemption:
    redemption = redemption_by_id(public_id)
    if redemption.customer_id != request.customer.pk:
        raise UnknownVoucher
    return redemption


def _days_left(redemption: Redemption, now: datetime) -> int:
    return (redemption.last_day - now.astimezone(current_tenant().zone).date()).days
