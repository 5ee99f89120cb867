"""The page behind a link or a printed voucher: what both get, and enrolment in two fields. It sets no cookie."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from customers.errors import NotJoinable
from customers.joining import terms_to_accept
from customers.models import Customer, Via
from customers.queries import CUSTOMER_LANGUAGES, language_for
from portal.access import CustomerRequest, sign_in
from portal.forms import FriendForm
from portal.pages import opening, show
from programs.terms import terms_at
from programs.wording import rules_in_words
from referrals.claiming import is_full, join_by_invitation
from referrals.errors import InvitationOver, UnknownInvitation
from referrals.invitations import Found, count_click, found_invitation, spelled
from referrals.links import channel_of, link_of
from referrals.models import Side
from referrals.queries import rewards_of
from referrals.wording import conditions_in_words, gift_in_words, promise_in_words
from tenants.error_pages import csrf_failure
from tenants.requests import client_address, is_from_own_page, is_opened_by_somebody


@csrf_exempt
def invited(request: CustomerRequest, code: str) -> HttpResponse:
    """Instead of a token in a cookie, the browser says from which page the form comes."""
    if request.method == "POST" and not is_from_own_page(request):
        return csrf_failure(request)
    now = timezone.now()
    _speak_as_wished(request)
    found = _found(code, now=now)
    _count(request, found, now=now)
    customer: Customer | None = getattr(request, "customer", None)
    if customer is not None:
        is_own = found is not None and found.referrer == customer
        return show(request, "portal/invited_member.html", is_own=is_own, customer=customer)
    if not opening(now=now)["has_opened"]:
        return redirect("portal:join")
    try:
        text = terms_to_accept(language=get_language() or "")
    except NotJoinable:
        return redirect("portal:join")
    form = FriendForm(request.POST or None, text=text)

    def enrol() -> Customer:
        return join_by_invitation(
            joiner=form.joiner(language=(get_language() or "").partition("-")[0]),
            code=code,
            channel=channel_of(request.GET.get("w", "")),
            terms=text,
            language=get_language() or "",
            network=client_address(request),
            now=timezone.now(),
        )

    if form.carried_out(enrol):
        sign_in(request, form.result, via=Via.JOINING)
        _say_what_waits(request, found)
        return redirect("portal:home")
    page = {**_promise(found), "rules": rules_in_words(terms_at(now)), "letter": _letter(request), "path": request.path}
    return show(request, "portal/invited.html", form=form, found=found, **page)


def _found(code: str, *, now: datetime) -> Found | None:
    """None where nobody would be thanked."""
    try:
        found = found_invitation(code, now=now)
    except (UnknownInvitation, InvitationOver):
        return None
    return None if is_full(found) else found


def _count(request: CustomerRequest, found: Found | None, *, now: datetime) -> None:
    if found is not None and is_opened_by_somebody(request):
        channel = channel_of(request.GET.get("w", ""))
        count_click(offer=found.offer, invitation=found.invitation, channel=channel, now=now)


def _promise(found: Found | None) -> dict[str, Any]:
    """What both get, when and until when; of whoever invites the first name, which they have told themselves."""
    if found is None:
        return {}
    name = found.referrer.first_name if found.referrer else ""
    rewards = rewards_of(found.offer)
    code = found.invitation.code if found.invitation else found.offer.code
    return {
        "name": name,
        "gift": gift_in_words(found.offer, Side.FRIEND, rewards[Side.FRIEND]),
        "promise": promise_in_words(found.offer, rewards, name=name),
        # Previews of the link are made by others: they need no name.
        "preview": promise_in_words(found.offer, rewards, name=""),
        "conditions": conditions_in_words(found.offer, to=Side.FRIEND),
        "code": spelled(code),
        "address": link_of(code),
    }


def _say_what_waits(request: CustomerRequest, found: Found | None) -> None:
    """The same to everybody: who had come before is told no more than that it is for new customers."""
    if found is None:
        return
    gift = gift_in_words(found.offer, Side.FRIEND, rewards_of(found.offer)[Side.FRIEND])
    if gift:
        rule = conditions_in_words(found.offer, to=Side.FRIEND)[0]
        messages.success(request, _("Noted: %(gift)s. %(rule)s") % {"gift": gift, "rule": rule})


def _letter(request: CustomerRequest) -> str:
    """Of the channel, for the links on the page."""
    letter = request.GET.get("w", "")
    return letter if letter.isascii() and letter.isalpha() and len(letter) == 1 else ""


def _speak_as_wished(request: CustomerRequest) -> None:
    """By the address, as there is no session to keep it."""
    chosen = request.GET.get("l", "")
    if chosen in CUSTOMER_LANGUAGES and not hasattr(request, "customer"):
        translation.activate(request.tenant.spelling(language_for(chosen)))
