"""Becoming a customer on the own phone: the programme in public, enrolment, and the links that mails carry."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from customers.confirmation import claim_of_token, prove_email
from customers.consents import consent_of_token, give, withdraw
from customers.errors import CustomerExists, LinkOver, NotJoinable, UnknownConsent
from customers.joining import accept_terms, join, terms_to_accept
from customers.models import Via
from customers.queries import has_accepted_terms
from feedback.departures import question_about
from legal.models import LegalText
from portal.access import CustomerRequest, actor_of, sign_in, stay_signed_in
from portal.forms import AgreeForm, JoinForm
from portal.pages import opening, show
from portal.views.leaving import why
from programs.queries import examples
from programs.terms import terms_at
from programs.wording import conditions_in_words, rules_in_words
from tenants.requests import client_address


def join_page(request: CustomerRequest) -> HttpResponse:
    """What the programme is, and the way in."""
    if hasattr(request, "customer"):
        return redirect("portal:home")
    now = timezone.now()
    terms = terms_at(now)
    offer: dict[str, Any] = {
        "terms": terms,
        "examples": examples(terms),
        "rules": rules_in_words(terms),
        "conditions": conditions_in_words(terms),
        **opening(now=now),
    }
    if not offer["has_opened"]:
        return show(request, "portal/join.html", **offer)
    try:
        text = _terms_text()
    except NotJoinable:
        return show(request, "portal/join.html", closed=True, **offer)
    form = JoinForm(request.POST or None, text=text)

    def enrol() -> object:
        return join(
            joiner=form.joiner(language=_chosen_language()),
            terms=text,
            language=get_language() or "",
            network=client_address(request),
            now=timezone.now(),
        )

    if form.carried_out(enrol):
        sign_in(request, form.result, via=Via.JOINING)
        return redirect("portal:home")
    return show(request, "portal/join.html", form=form, **offer)


def agree(request: CustomerRequest) -> HttpResponse:
    """Whom the till enrolled reads the terms and decides about advertising on the own phone.

    Whoever has accepted former terms reads the newer ones here, and may leave it.
    """
    customer = request.customer
    try:
        text = _terms_text()
    except NotJoinable:
        return redirect("portal:home")
    is_change = has_accepted_terms(customer)
    form = AgreeForm(request.POST or None, text=text, customer=customer, asks_for_ads=not is_change)

    def accept() -> None:
        now = timezone.now()
        accept_terms(customer=customer, text=text, via=Via.PORTAL, actor=request.actor, now=now)
        for channel in form.channels():
            give(
                customer=customer,
                channel=channel,
                language=get_language() or "",
                via=Via.PORTAL,
                actor=request.actor,
                now=now,
            )

    if form.carried_out(accept):
        return redirect("portal:home")
    return show(request, "portal/agree.html", form=form, customer=customer, terms_changed=is_change)


def confirm(request: CustomerRequest, token: str) -> HttpResponse:
    """The link in the mail. Looking at it changes nothing: mail filters open every link."""
    now = timezone.now()
    try:
        claim = claim_of_token(token, now=now)
    except LinkOver:
        return show(request, "portal/link_over.html", status=404)
    if request.method != "POST" or claim.proven_at:
        return show(request, "portal/confirm.html", claim=claim)
    try:
        customer = prove_email(claim=claim, actor=actor_of(claim.customer), now=now)
    except CustomerExists:
        return show(request, "portal/link_over.html", status=404)
    if getattr(request, "customer", None) == customer:
        stay_signed_in(request, customer)
        messages.success(request, _("Your e-mail address is confirmed."))
        return redirect("portal:home")
    claim.proven_at = now
    return show(request, "portal/confirm.html", claim=claim, is_new=True)


@csrf_exempt
def unsubscribe(request: CustomerRequest, token: str) -> HttpResponse:
    """The link in every advertising mail withdraws without a sign-in.

    A mail program may do so with one POST of its own (RFC 8058): the token in the address is the proof.
    """
    try:
        consent = consent_of_token(token)
    except UnknownConsent:
        return show(request, "portal/link_over.html", status=404)
    if request.method == "POST":
        withdraw(
            customer=consent.customer,
            channel=consent.channel,
            via=Via.MAIL,
            actor=actor_of(consent.customer),
            now=timezone.now(),
        )
        consent.refresh_from_db()
    return show(
        request,
        "portal/unsubscribe.html",
        consent=consent,
        **why(question_about(consent), reverse("portal:why_unsubscribed", args=[token])),
    )


def _terms_text() -> LegalText:
    return terms_to_accept(language=get_language() or "")


def _chosen_language() -> str:
    """German and English are stored, du and Sie are the shop's."""
    return (get_language() or "").partition("-")[0]
