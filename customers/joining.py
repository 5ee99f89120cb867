"""Enrolling oneself: from the poster on the own phone, or by accepting the terms on it after the till enrolled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers.addresses import claim_email, open_claim
from customers.consents import declare
from customers.errors import CustomerExists, NotJoinable
from customers.merging import merge
from customers.models import Customer, TermsAcceptance, Via
from customers.services import enrol
from events.services import publish
from legal.models import LegalText
from legal.queries import text_in_force
from tenants.contact import normal_email
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.throttle import Limit

# A visitor who is nobody yet; the new customer is in the event.
VISITOR = Actor(reference="visitor")
_per_network = Limit("joining-network", times=40, seconds=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiner:
    """What somebody says who wants to join; either an e-mail address or a phone number has to be there."""

    name: str = ""
    email: str = ""
    phone: str = ""
    birthday: str = ""
    language: str = ""
    channels: Collection[str] = ()


def terms_to_accept(*, language: str) -> LegalText:
    """The terms in force. Raises NotJoinable without any, and where the shop has closed."""
    text = text_in_force(LegalText.Kind.TERMS, language=language)
    if text is None or current_tenant().closed_at is not None:
        raise NotJoinable
    return text


def join(*, joiner: Joiner, terms: LegalText, language: str, network: str, now: datetime) -> Customer:
    """A new customer with card and account who has accepted the terms. Raises Invalid, Throttled.

    Nobody learns whether an address is known: the new customer has none until the mailed link proves it, and a phone
    number that another customer has is left out.
    """
    _per_network.hit(current_tenant().pk, network)
    email = normal_email(joiner.email)
    with transaction.atomic():
        customer = _enrolled(joiner, now=now)
        accept_terms(customer=customer, text=terms, via=Via.JOINING, actor=VISITOR, now=now)
        if email:
            claim_email(customer=customer, email=email, now=now)
        declare(customer=customer, channels=joiner.channels, language=language, via=Via.JOINING, actor=VISITOR, now=now)
    return customer


def accept_terms(*, customer: Customer, text: LegalText, via: Via, actor: Actor, now: datetime) -> TermsAcceptance:
    """Accepted once in each version."""
    acceptance, is_new = TermsAcceptance.objects.get_or_create(
        customer=customer, text=text, defaults={"accepted_at": now, "accepted_via": via}
    )
    if is_new:
        publish("terms.accepted", actor=actor, customer=customer.pk, text=text.pk, version=text.version)
    return acceptance


def come_back(*, newcomer: Customer, known: Customer, actor: Actor, now: datetime) -> Customer:
    """Who enrolled anew and then proves to have had a card already keeps that one, with what the new one collected."""
    claim = open_claim(newcomer)
    if newcomer.email or claim is None or claim.email != known.email:
        return known
    return merge(customer=newcomer, into=known, actor=actor, now=now)


def _enrolled(joiner: Joiner, *, now: datetime) -> Customer:
    person = {"name": joiner.name, "birthday": joiner.birthday, "language": joiner.language}
    try:
        return enrol(phone=joiner.phone, source="portal", actor=VISITOR, now=now, **person)
    except CustomerExists:
        return enrol(source="portal", actor=VISITOR, now=now, **person)
