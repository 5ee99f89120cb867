"""One customer with the ledger."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.insight import insight
from backoffice.access import MemberRequest
from backoffice.estimates import limits_in_words, proof_in_words, reasons_in_words, whole_amount
from backoffice.forms import VoidForm
from backoffice.pages import show
from backoffice.rhythm import line_of
from backoffice.views.audit import log_rows
from backoffice.views.customers.forms import NoteForm, TagForm
from backoffice.wording import actor_name, birthday_in_words, language_in_words
from customers.blocking import Reason, why_blocked
from customers.merging import merged_into
from customers.models import Card, Consent, Customer, Note, Tag, TermsAcceptance
from customers.queries import customer_by, tags_of
from customers.welcoming import may_be_welcomed
from events.models import Event
from events.queries import events_about
from ledger import queries as ledger
from ledger.models import Account
from messaging.queries import came_back
from programs.errors import AlreadyVoided
from programs.occasions import bonus_open
from programs.queries import purchase_by_id, purchases_of, standing_of
from programs.rules import Occasion
from programs.services import VoidReason, void_purchase
from programs.statement import StatementLine, statement
from programs.terms import terms_at
from rewards.queries import open_vouchers
from team.queries import names_of_actors
from tenants.calendar import day_of
from tenants.errors import NotFound
from tenants.pages import page_of, seq_in
from tenants.scope import current_tenant

# Each booking brings the form that voids it.
BOOKINGS = 20
ROWS = 50
NOTES = 20
CONSENTS = 20
VOUCHERS = 5
TAGS = 100


def customer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    return page_about(request, _person(public_id))


def page_about(request: MemberRequest, person: Customer, **refused: Any) -> HttpResponse:
    """The page of one customer; a refused form of it comes with what was typed."""
    now = timezone.now()
    account = ledger.account_of(person)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(ledger.entries(account, before_seq=before), size=BOOKINGS)
    address = reverse("backoffice:customer", args=[person.public_id])
    context = about(request, person, account, tab="customer", now=now) | {
        "entries": [_with_void(line) for line in statement(account, page.rows)],
        "first_url": address if before else None,
        "next_url": f"{address}?before={page.last.seq}" if page.last else None,
        "can_void": request.actor.may("purchases.void"),
        "void_reasons": VoidReason.named_by_people(),
    }
    return show(request, "backoffice/customer.html", **context | refused)


def purchases(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = _person(public_id)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(purchases_of(person, before=before), size=ROWS)
    account = ledger.account_of(person)
    context = about(request, person, account, tab="customer_purchases", now=timezone.now()) | {
        "rows": page.rows,
        "can_return": request.actor.may("purchases.void"),
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.pk}" if page.last else None,
    }
    return show(request, "backoffice/customer_purchases.html", **context)


def history(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who changed what about this customer, also before a merge."""
    person = _person(public_id)
    before = seq_in(request.GET.get("before", ""))
    page = page_of(events_about([person.pk, *merged_into(person)], before=before), size=ROWS)
    account = ledger.account_of(person)
    context = about(request, person, account, tab="customer_history", now=timezone.now()) | {
        "rows": log_rows(page.rows),
        "first_url": request.path if before else None,
        "next_url": f"{request.path}?before={page.last.pk}" if page.last else None,
    }
    return show(request, "backoffice/customer_history.html", **context)


def back_to(person: Customer) -> HttpResponse:
    """To the page about them, from a button that stands on it."""
    return redirect("backoffice:customer", person.public_id)


def _person(public_id: uuid.UUID) -> Customer:
    return customer_by(id=str(public_id))


def about(request: MemberRequest, person: Customer, account: Account, *, tab: str, now: datetime) -> dict[str, Any]:
    """What stands on every page about a customer."""
    may = request.actor.may
    terms, is_active = terms_at(now), person.status == Customer.Status.ACTIVE
    can_thank = may("points.adjust") and is_active
    notes = list(Note.objects.filter(customer=person).order_by("-created_at", "-pk")[:NOTES])
    cards = list(Card.objects.filter(customer=person, revoked_at=None).order_by("-pk"))
    blocked = why_blocked(person) if person.status == Customer.Status.BLOCKED else None
    references = {note.author for note in notes} | ({blocked.actor} if blocked else set())
    names = names_of_actors(references)
    return {
        "customer": person,
        "birthday_label": birthday_in_words(person),
        "language_label": language_in_words(person),
        "card_text": cards[0].text if cards else "",
        "cards": cards,
        "standing": standing_of(account, terms, now=now),
        "for_review": bonus_open(account, Occasion.REVIEW, terms, now=now) if can_thank else 0,
        "expiring": next(iter(ledger.expiring(account, now=now)), None),
        "note_form": NoteForm(),
        "tag_form": TagForm(),
        "tags": tags_of([person]).get(person.pk, []),
        "tag_words": Tag.objects.order_by("key").values_list("name", flat=True)[:TAGS],
        "notes": [
            {"note": note, "who": actor_name(note.author, names), "is_own": note.author == request.actor.reference}
            for note in notes
        ],
        "consents": Consent.objects.filter(customer=person).order_by("-pk")[:CONSENTS],
        "acceptances": TermsAcceptance.objects.filter(customer=person).select_related("text").order_by("-accepted_at"),
        "blocked": _block_in_words(blocked, names),
        "mail_comes_back": came_back(person),
        "open_vouchers": open_vouchers(person, now=now)[:VOUCHERS] if may("rewards.read") else [],
        "can_write": may("customers.write"),
        "can_adjust": may("points.adjust"),
        "can_give_tier": may("tiers.give"),
        "can_merge": may("customers.merge"),
        "can_welcome": may("customers.write") and may_be_welcomed(person),
        "can_export": request.actor.could("customers.export"),
        "can_erase": may("customers.erase"),
        "tabs": _tabs(person, tab),
        **_insight(person, now=now),
    }


def _insight(person: Customer, *, now: datetime) -> dict[str, Any]:
    today = day_of(now, zone=current_tenant().zone)
    found = insight(person, today=today)
    if found is None:
        return {}
    check = found.run.model_check if found.run else None
    return {
        "insight": found,
        "rhythm": line_of(found.visits, today=today, gap_days=found.gap_days, is_missed=found.is_missed),
        "reasons": reasons_in_words(found),
        "expected": whole_amount(found.score.expected) if found.score and found.score.expected is not None else "",
        "limits": limits_in_words(found.score) if found.score else "",
        "proof": proof_in_words(check) if check else "",
        "currency": current_tenant().currency,
    }


def _tabs(person: Customer, current: str) -> list[dict[str, Any]]:
    return [
        {"text": text, "url": reverse(f"backoffice:{name}", args=[person.public_id]), "on": name == current}
        for name, text in (
            ("customer", _("Bookings")),
            ("customer_purchases", _("Purchases")),
            ("customer_stamps", _("Stamp cards")),
            ("customer_vouchers", _("Rewards")),
            ("customer_referrals", _("Referrals")),
            ("customer_messages", _("Messages")),
            ("customer_history", _("Changes")),
        )
    ]


def _block_in_words(event: Event | None, names: dict[str, str]) -> dict[str, Any] | None:
    if event is None:
        return None
    reason = dict(Reason.choices).get(event.payload.get("reason", ""), "")
    return {"reason": reason, "at": event.occurred_at, "who": actor_name(event.actor, names)}


def void(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    purchase = purchase_by_id(public_id)
    if purchase.customer is None:
        raise NotFound
    form = VoidForm(request.POST)
    if not form.is_valid():
        return page_about(request, purchase.customer, form=form, refused_url=request.path)
    try:
        void_purchase(
            purchase=purchase,
            actor=request.actor,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except AlreadyVoided as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The booking is voided."))
    return back_to(purchase.customer)


def _with_void(line: StatementLine) -> dict[str, Any]:
    can_be_voided = line.kind == "earn" and line.purchase is not None and not line.is_voided
    purchase = line.purchase if can_be_voided else None
    url = reverse("backoffice:void", args=[purchase.public_id]) if purchase else None
    is_left = purchase is not None and not purchase.is_returned
    return {
        "seq": line.seq,
        "kind": line.kind,
        "title": line.title,
        "reason": line.reason,
        "points": line.points,
        "balance_after": line.balance_after,
        "occurred_at": line.occurred_at,
        "who": line.who,
        "store": line.store,
        "is_voided": line.is_voided,
        "lines": line.lines,
        "version": line.version,
        "device": line.device,
        "void_url": url,
        "return_url": reverse("backoffice:return_goods", args=[purchase.public_id]) if purchase and is_left else "",
        "returned": line.returned,
    }
