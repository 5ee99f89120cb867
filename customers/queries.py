"""Finding customers by whatever they carry or say."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from customers.contact import normal_phone, search_key
from customers.errors import UnknownCustomer
from customers.models import Card, Consent, Customer, CustomerTag, Tag, TermsAcceptance
from customers.numbers import TOKEN_LENGTH, is_number
from legal.models import LegalText
from tenants.contact import normal_email, normal_name
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.postgresql.reading import one
from tenants.scope import current_tenant
from tenants.secrets import as_typed

CUSTOMER_LANGUAGES = ("de", "en")
_ENDED = (Customer.Status.ERASED, Customer.Status.MERGED)
_HOLDER = "id = (SELECT customer_id FROM customers_card WHERE token = %s AND revoked_at IS NULL)"
# Sorts behind every string that starts with the prefix before it, in the "C" collation.
_AFTER = "\U0010ffff"


def known_customers() -> QuerySet[Customer]:
    """Those who are still there: neither erased nor joined with another customer."""
    return Customer.objects.exclude(status__in=_ENDED)


def customer_by(**reference: str) -> Customer:
    """The customer under one reference: id, number, card, email, phone or external_id. Raises UnknownCustomer."""
    ((kind, value),) = reference.items()
    if "\x00" in value:  # which PostgreSQL cannot even compare
        raise UnknownCustomer(field=kind)
    condition, sought = _condition(kind, value)
    customer = one(Customer, condition, sought)
    if customer is None or customer.status in _ENDED:
        raise UnknownCustomer(field=kind)
    return customer


def customers_by(kind: str, values: Collection[str]) -> dict[str, Customer]:
    """The same for many values of one column, such as numbers or external ids, in one query."""
    if not values:
        return {}
    rows = Customer.objects.filter(**{f"{kind}__in": values}).select_related("merged_into")
    owners = {getattr(row, kind): row.merged_into or row for row in rows}
    return {value: owner for value, owner in owners.items() if owner.status not in _ENDED}


def former_customer(public_id: uuid.UUID) -> Customer | None:
    """Who was erased or joined with somebody, for whoever comes a moment too late."""
    return Customer.objects.filter(public_id=public_id, status__in=_ENDED).select_related("merged_into").first()


def customer_by_text(text: str) -> Customer:
    """What a cashier scans or types: number, card text, e-mail or phone. Raises UnknownCustomer."""
    text = text.strip()
    for kind in _kinds_of(text):
        try:
            return customer_by(**{kind: text})
        except (UnknownCustomer, Invalid):
            continue
    raise UnknownCustomer(field="q")


def customers_matching(text: str) -> QuerySet[Customer]:
    """Customers for a search box: a reference, or the beginning of a name or e-mail address."""
    if not text.strip():
        return known_customers()
    text = normal_name(text)
    key = search_key(text)
    if not key:
        return Customer.objects.none()
    match = _starts_with("name_key", key) | _starts_with("surname_key", key) | _starts_with("email", text.lower())
    digits = "".join(text.split())
    if is_number(digits):
        match |= Q(pk=_remaining(number=digits))
    token = as_typed(text)
    if len(token) == TOKEN_LENGTH:
        match |= Q(pk__in=Card.objects.filter(token=token).values("customer_id"))
    try:
        match |= Q(phone=normal_phone(text, country=current_tenant().country))
    except Invalid:
        pass
    return known_customers().filter(match)


def enrolled_since(moment: datetime) -> int:
    return known_customers().filter(enrolled_at__gte=moment).count()


def public_ids(ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """Of those that are still there, by id, in one query."""
    wanted = set(ids)
    return dict(known_customers().filter(pk__in=wanted).values_list("pk", "public_id")) if wanted else {}


def has_accepted_terms(customer: Customer) -> bool:
    """Whether the customer has joined on the own phone."""
    return TermsAcceptance.objects.filter(customer=customer).exists()


def accepted_terms(customer: Customer) -> LegalText | None:
    """The version that applies to the customer: the one accepted last."""
    acceptances = TermsAcceptance.objects.filter(customer=customer).select_related("text")
    latest = acceptances.order_by("-accepted_at", "-pk").first()
    return latest.text if latest else None


def language_of(customer: Customer) -> str:
    """What a customer reads."""
    return language_for(customer.language)


def language_for(chosen: str) -> str:
    """The language code of what customers read who chose German, English or nothing; the shop chooses du or Sie."""
    tenant = current_tenant()
    if chosen not in CUSTOMER_LANGUAGES or chosen == tenant.language:
        return tenant.customer_language
    is_du = chosen == "de" and tenant.address == Tenant.Address.DU
    return tenant.spelling("de-informal" if is_du else chosen)


def active_card(customer: Customer) -> Card | None:
    return Card.objects.filter(customer=customer, revoked_at=None).order_by("-pk").first()


def active_cards(customers: Iterable[Customer]) -> dict[int, Card]:
    """The current card of each customer, by customer id, in one query."""
    cards = Card.objects.filter(customer__in=list(customers), revoked_at=None).order_by("pk")
    return {card.customer_id: card for card in cards}


def tags_of(customers: Iterable[Customer]) -> dict[int, list[Tag]]:
    """The tags of each customer in alphabetical order, by customer id, in one query."""
    found: dict[int, list[Tag]] = {}
    rows = CustomerTag.objects.filter(customer__in=list(customers)).select_related("tag").order_by("tag__key")
    for row in rows:
        found.setdefault(row.customer_id, []).append(row.tag)
    return found


def customers_by_tag(tags: Iterable[Tag]) -> dict[int, int]:
    """How many customers have each tag, by tag id, in one query; a tag that nobody has is missing."""
    held = CustomerTag.objects.filter(tag__in=list(tags)).order_by().values("tag_id")
    return {row["tag_id"]: row["customers"] for row in held.annotate(customers=Count("pk"))}


def consents_in_force_of(customers: Iterable[Customer]) -> dict[int, list[Consent]]:
    """Confirmed and not withdrawn, by customer id, in one query."""
    found: dict[int, list[Consent]] = {}
    rows = Consent.objects.filter(customer__in=list(customers), confirmed_at__isnull=False, withdrawn_at=None)
    for row in rows.order_by("channel"):
        found.setdefault(row.customer_id, []).append(row)
    return found


def consents_by_channel() -> dict[str, int]:
    """How many customers who are still there may be written to, by channel."""
    given = Consent.objects.filter(confirmed_at__isnull=False, withdrawn_at=None).exclude(customer__status__in=_ENDED)
    return dict(given.order_by().values_list("channel").annotate(customers=Count("customer_id")))


def _condition(kind: str, value: str) -> tuple[str, Any]:
    """In SQL, with its value; nobody is like NULL."""
    match kind:
        case "id":
            try:
                return "public_id = %s", uuid.UUID(value)
            except ValueError as error:
                raise UnknownCustomer(field="id") from error
        case "number":
            return "id = %s", _remaining(number="".join(value.split()))
        case "card":
            return _HOLDER, as_typed(value)
        case "email":
            return "email = %s", normal_email(value) or None
        case "phone":
            return "phone = %s", normal_phone(value, country=current_tenant().country) or None
        case "external_id":
            return "id = %s", _remaining(external_id=value.strip()) if value.strip() else None
    raise TypeError(f"customers have no {kind}")


def _remaining(**reference: str) -> int | None:
    """The key of whoever has this reference now: the one with whom its first owner has been joined, if they were."""
    row = Customer.objects.filter(**reference).values_list("pk", "merged_into").first()
    return row and (row[1] or row[0])


def _kinds_of(text: str) -> list[str]:
    if "@" in text:
        return ["email"]
    if is_number("".join(text.split())):
        return ["number", "phone", "card"]
    return ["card", "phone"]


def _starts_with(column: str, prefix: str) -> Q:
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + _AFTER})
