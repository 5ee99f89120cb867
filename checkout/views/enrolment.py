"""A new customer in one step: the card comes at once, terms and consents are given on the customer's own phone."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.access import TillRequest
from checkout.forms import NewCustomerForm
from checkout.pages import show
from checkout.views.find import place_of
from customers.look_ups import count_look_up
from customers.models import Customer
from customers.queries import customer_by
from customers.welcoming import TILL, welcome_state, welcome_url
from ledger.errors import IdempotencyKeyReused
from ledger.idempotency import Answer, answer_once, stored_answer
from referrals.claiming import enrol_by_invitation
from referrals.forms import FriendsCodeForm
from referrals.invitations import normal_code, spelled
from referrals.links import read_link
from referrals.models import Channel
from referrals.wording import noted_in_words
from tenants.errors import DomainError
from tenants.qr import qr_svg
from tenants.throttle import Throttled

# Of a code in an address.
LONGEST = 40


def new_customer(request: TillRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None, initial={"key": uuid.uuid4()} | _brought(request))
    if form.scanned:
        return _after_scan(request, form)
    if form.carried_out(lambda: _enrolled(request, form)):
        return redirect("checkout:welcome", form.result)
    return _page(request, form)


def check_invitation(request: TillRequest) -> HttpResponse:
    """The line under a friend's code while it is typed: what both get, or why it does not count."""
    try:
        count_look_up(actor=request.actor)
    except Throttled as refusal:
        return render(request, "components/invited.html", {"code_refusal": str(refusal)})
    return render(request, "components/invited.html", FriendsCodeForm(request.POST).promise(now=timezone.now()))


def _page(request: TillRequest, form: NewCustomerForm, **context: Any) -> HttpResponse:
    existing = customer_by(id=form.existing_id) if form.existing_id else None
    words = form.promise(now=timezone.now())
    return show(request, "checkout/new_customer.html", form=form, existing=existing, **words, **context)


def _brought(request: TillRequest) -> dict[str, Any]:
    """The invitation that was scanned on another page."""
    code = request.GET.get("code", "")[:LONGEST]
    channel = Channel.PAPER if request.GET.get("on") == "paper" else Channel.TILL
    return {"code": spelled(normal_code(code)), "channel": channel.value} if code else {"channel": Channel.TILL.value}


def _after_scan(request: TillRequest, form: NewCustomerForm) -> HttpResponse:
    """An invitation is filled in beside what was typed; a card or a voucher leads where it always does."""
    typed: dict[str, Any] = form.typed_before_scan()
    link = read_link(form.scanned)
    if link is None:
        try:
            count_look_up(actor=request.actor)
            place = place_of(request, form.scanned)
        except DomainError as refusal:
            messages.warning(request, str(refusal))
            return _page(request, NewCustomerForm(initial=typed))
        if not place.startswith(resolve_url("checkout:new_customer") + "?"):
            return redirect(place)
    code, channel = link or (form.scanned, Channel.TILL)
    on_paper = channel == Channel.PAPER
    typed |= {"code": spelled(normal_code(code)), "channel": (Channel.PAPER if on_paper else Channel.TILL).value}
    return _page(request, NewCustomerForm(initial=typed))


def welcome(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The code that opens the portal on the customer's own phone, for as long as nobody has joined with it."""
    customer = customer_by(id=str(public_id))
    code = qr_svg(welcome_url(customer))
    return show(request, "checkout/welcome.html", customer=customer, qr_svg=code, **_progress(customer))


def welcome_progress(request: TillRequest, public_id: uuid.UUID) -> HttpResponse:
    """The fragment that tells what the phone has done; nothing while that is what the till shows already."""
    progress = _progress(customer_by(id=str(public_id)))
    if progress["state"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "components/welcome_state.html", progress)


def _progress(customer: Customer) -> dict[str, Any]:
    return {
        "state": welcome_state(customer),
        "state_url": reverse("checkout:welcome_state", args=[customer.public_id]),
        "renew_url": reverse("checkout:welcome", args=[customer.public_id]),
    }


def _enrolled(request: TillRequest, form: NewCustomerForm) -> str:
    """Enrol once, however often the button is pressed; returns the public id."""
    count_look_up(actor=request.actor)
    now = timezone.now()
    person = {name: form.cleaned_data[name] for name in ("name", "email", "phone")}
    code = form.cleaned_data["code"]

    def act() -> Answer:
        customer, referral = enrol_by_invitation(
            **person,
            code=code,
            channel=form.cleaned_data["channel"],
            source=TILL,
            actor=request.actor,
            device_id=request.device.pk,
            now=now,
        )
        if referral is not None:
            messages.success(request, noted_in_words(referral))
        return Answer(status=201, body={"customer": str(customer.public_id)})

    asked = f"enrol {sorted(person.items())} {code}"
    key = f"till:{form.cleaned_data['key']}"
    try:
        answer = answer_once(key=key, asked=asked, now=now, act=act)
    except IdempotencyKeyReused:
        # Whoever never saw the answer, and then typed something else, has one card, not two.
        messages.warning(request, _("A card has already been issued here: this one, with what was typed first."))
        answer = stored_answer(key)
    return str(answer.body["customer"])
