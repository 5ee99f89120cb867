"""Finding the customer or the voucher: by camera, hand scanner or what they say."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import FindForm
from checkout.pages import camera_wanted, last_booking, show, today_at
from checkout.presence import note_shown
from customers.errors import UnknownCustomer
from customers.look_ups import count_look_up
from customers.models import Customer
from customers.queries import customer_by_text
from referrals.errors import InvitationOver, UnknownInvitation
from referrals.invitations import found_invitation
from referrals.links import read_link
from referrals.models import Channel
from rewards.codes import is_voucher_code
from rewards.errors import UnknownVoucher, WrongShownCode
from rewards.models import Redemption
from rewards.presence import card_on_phone, is_shown_code, prove_presence
from rewards.redeeming import voucher_by_code


def find(request: TillRequest) -> HttpResponse:
    """Look-ups are POST: nothing that identifies a person stands in a URL or a log."""
    # Beside a camera it would call the screen's keyboard; typing reaches it all the same.
    waiting = {"reward": request.GET.get("reward", "")}
    form = FindForm(request.POST or None, initial=waiting, has_focus=not camera_wanted(request))
    if form.carried_out(lambda: _found(request, form)):
        return redirect(form.result)
    context = today_at(request) | last_booking(request)
    return show(request, "checkout/find.html", form=form, **context)


def _found(request: TillRequest, form: FindForm) -> str:
    """Where to go on."""
    count_look_up(actor=request.actor)
    return place_of(request, form.cleaned_data["q"], reward=form.cleaned_data["reward"])


def place_of(request: TillRequest, text: str, *, reward: uuid.UUID | None = None) -> str:
    """Where what was scanned or typed leads to. Raises UnknownCustomer and UnknownVoucher."""
    if link := read_link(text):
        code, channel = link
        return enrolment_by(code, on_paper=channel == Channel.PAPER)
    if is_voucher_code(text):
        voucher = _voucher(request, text)
        note_shown(request, voucher, now=timezone.now())
        return resolve_url("checkout:voucher", voucher.public_id)
    if not is_shown_code(text):
        return _by_text(text)
    customer, is_present = _on_phone(request, text)
    if is_present and reward:
        return resolve_url("checkout:reward", customer.public_id, reward)
    return resolve_url("checkout:amount", customer.public_id)


def enrolment_by(code: str, *, on_paper: bool = False) -> str:
    """A new card, with the invitation filled in."""
    return f"{resolve_url('checkout:new_customer')}?{urlencode({'code': code} | ({'on': 'paper'} if on_paper else {}))}"


def _by_text(text: str) -> str:
    """A customer; only what is none may be an invitation, so that nobody waits for that."""
    try:
        return resolve_url("checkout:amount", customer_by_text(text).public_id)
    except UnknownCustomer:
        if not _is_invitation(text):
            raise
    return enrolment_by(text)


def _is_invitation(text: str) -> bool:
    try:
        found_invitation(text, now=timezone.now())
    except UnknownInvitation:
        return False
    except InvitationOver:
        pass
    return True


def _on_phone(request: TillRequest, text: str) -> tuple[Customer, bool]:
    """Whose phone it is, and whether its code says that the customer is there; it finds the card all the same."""
    now = timezone.now()
    try:
        customer = prove_presence(text=text, actor=request.actor, now=now)
    except WrongShownCode:
        customer = customer_by_text(card_on_phone(text))
        messages.warning(
            request, _("The code was over or shown before. To redeem, scan the one that the phone shows now.")
        )
        return customer, False
    note_shown(request, customer, now=now)
    return customer, True


def _voucher(request: TillRequest, text: str) -> Redemption:
    try:
        return voucher_by_code(text, actor=request.actor)
    except UnknownVoucher as unknown:
        raise UnknownVoucher(field="q") from unknown
