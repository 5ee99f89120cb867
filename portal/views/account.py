"""What a customer comes for: the points, the card, the history, and what the programme offers."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from customers.addresses import open_claim
from customers.models import Customer
from customers.queries import accepted_terms, active_card
from feedback.queries import latest_reply, open_question
from ledger import queries as ledger
from ledger.models import Account, Entry
from legal.queries import is_superseded
from portal.access import CustomerRequest
from portal.pages import opening, show
from portal.views.inviting import invitation_for
from portal.views.rewards import choices_for
from programs.cards import cards_of
from programs.queries import description, examples, standing_of
from programs.statement import StatementLine, statement
from programs.terms import terms_at
from programs.wording import conditions_in_words, rules_in_words
from referrals.queries import choices_of
from rewards.presence import code_to_show
from rewards.queries import open_vouchers, public_ids_of
from tenants.errors import NotFound
from tenants.pages import page_of, seq_in
from tenants.qr import qr_svg

LATEST = 5
ON_HOME = 3
PAGE = 40


def home(request: CustomerRequest) -> HttpResponse:
    customer = request.customer
    now = timezone.now()
    account = ledger.account_of(customer)
    accepted = accepted_terms(customer)
    latest = list(ledger.entries(account)[:LATEST])
    offered = choices_for(customer, now=now)
    return show(
        request,
        "portal/home.html",
        standing=standing_of(account, terms_at(now), now=now),
        expiring=ledger.expiring(account, now=now)[:1],
        entries=_booked(account, latest),
        cards=cards_of(customer, now=now),
        choices=offered[:ON_HOME],
        rewards_count=len(offered),
        vouchers=open_vouchers(customer, now=now),
        is_asked=open_question(customer, now=now) is not None,
        replied=latest_reply(customer, now=now),
        claim=None if customer.email else open_claim(customer),
        terms_accepted=accepted is not None,
        terms_changed=accepted is not None and is_superseded(accepted),
        has_thanks_to_choose=any(choice.rewards for choice in choices_of(customer, now=now)),
        **invitation_for(request, customer, now=now),
        **card_of(customer),
    )


def card(request: CustomerRequest) -> HttpResponse:
    return show(request, "portal/card.html", **card_of(request.customer))


def shown_code(request: CustomerRequest) -> HttpResponse:
    """The card as it proves, for half a minute, that it is in the customer's hand; a script shows it on the card."""
    code = code_to_show(request.customer, now=timezone.now())
    response = HttpResponse(qr_svg(code) if code else "")
    patch_cache_control(response, no_store=True)
    return response


def history(request: CustomerRequest) -> HttpResponse:
    account = ledger.account_of(request.customer)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(ledger.entries(account, before_seq=before), size=PAGE)
    return show(
        request,
        "portal/history.html",
        entries=_booked(account, page.rows),
        first_url=request.path if before else None,
        next_url=f"{request.path}?before={page.last.seq}" if page.last else None,
    )


def stamps(request: CustomerRequest, card_code: str) -> HttpResponse:
    """One stamp card: what is on it, until when, and why."""
    held = next((held for held in cards_of(request.customer, now=timezone.now()) if held.card.code == card_code), None)
    if held is None:
        raise NotFound
    before = seq_in(request.GET.get("before", ""))
    found = ledger.entries(held.account, before_seq=before) if held.account else Entry.objects.none()
    page = page_of(found, size=PAGE)
    return show(
        request,
        "portal/stamps.html",
        held=held,
        entries=_booked(held.account, page.rows) if held.account else [],
        first_url=request.path if before else None,
        next_url=f"{request.path}?before={page.last.seq}" if page.last else None,
    )


def program(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    account = ledger.account_of(request.customer)
    terms, expiring = terms_at(now), ledger.expiring(account, now=now)
    return show(
        request,
        "portal/program.html",
        standing=standing_of(account, terms, now=now),
        examples=examples(terms),
        rules=rules_in_words(terms),
        conditions=conditions_in_words(terms, some_expire=bool(expiring)),
        description=description(),
        **opening(now=now),
        expiring=expiring,
    )


def _booked(account: Account, entries: list[Entry]) -> list[tuple[StatementLine, uuid.UUID | None]]:
    """In words, each with the voucher that it belongs to."""
    vouchers = public_ids_of(entry.redemption_id for entry in entries if entry.redemption_id)
    return [(line, vouchers.get(line.entry.redemption_id or 0)) for line in statement(account, entries)]


def card_of(customer: Customer) -> dict[str, Any]:
    held = active_card(customer)
    return {
        "customer": customer,
        "card_text": held.text if held else "",
        "qr_svg": qr_svg(held.text) if held else "",
    }
