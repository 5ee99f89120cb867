"""Customers by what they are and did: the list of the back office, with its filters, order and counts."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import NullIf

from customers.models import Consent, Customer, CustomerTag
from customers.queries import customers_matching, known_customers
from ledger.queries import expiring_lots
from messaging.queries import reachable_by_mail
from programs.models import Purchase
from programs.terms import terms_at
from programs.tiers import holders
from team.models import Store
from tenants.calendar import midnight
from tenants.scope import current_tenant

ACTIVE_DAYS = 90
NEW_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which customers are asked for; what is not stated does not matter."""

    text: str = ""
    status: str = ""
    tier: str = ""
    tag: int | None = None
    # Where they bought last.
    store: str = ""
    # Bought within so many days, or bought before that and not since.
    seen_days: int | None = None
    away_days: int | None = None
    consent: str = ""
    has_email: bool | None = None
    # Whether advertising by e-mail may go to them and arrives.
    is_reachable: bool = False
    # With points that expire within so many days.
    expiring_days: int | None = None
    enrolled_since: date | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are; `active` have bought within ACTIVE_DAYS, `away` have bought but not within them."""

    known: int
    active: int
    away: int
    new: int
    blocked: int


def members(wanted: Wanted, *, now: datetime) -> QuerySet[Customer]:
    rows = customers_matching(wanted.text)
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.tier:
        rows = rows.filter(pk__in=holders(terms_at(now), wanted.tier, now=now).values("customer_id"))
    if wanted.tag is not None:
        rows = rows.filter(Exists(CustomerTag.objects.filter(customer=OuterRef("pk"), tag=wanted.tag)))
    if wanted.store:
        rows = rows.filter(_bought_last_at(Store.objects.filter(code=wanted.store)))
    if wanted.seen_days is not None:
        rows = rows.filter(_bought_since(now - timedelta(days=wanted.seen_days)))
    if wanted.away_days is not None:
        rows = rows.filter(_bought(), ~_bought_since(now - timedelta(days=wanted.away_days)))
    if wanted.consent:
        rows = rows.filter(Exists(_consents_in_force().filter(channel=wanted.consent)))
    if wanted.has_email is not None:
        rows = rows.exclude(email="") if wanted.has_email else rows.filter(email="")
    if wanted.is_reachable:
        rows = reachable_by_mail(rows)
    if wanted.expiring_days is not None:
        lots = expiring_lots(now=now, days=wanted.expiring_days)
        rows = rows.filter(pk__in=lots.values("account__customer_id"))
    if wanted.enrolled_since:
        rows = rows.filter(enrolled_at__gte=_beginning(wanted.enrolled_since))
    return rows


def newest_first(rows: QuerySet[Customer], *, after: uuid.UUID | None = None) -> QuerySet[Customer]:
    """In the order of an index, from behind the customer `after`."""
    return (rows.filter(public_id__lt=after) if after else rows).order_by("-public_id")


def by_name(rows: QuerySet[Customer], *, after: uuid.UUID | None = None) -> QuerySet[Customer]:
    """In the order of an index, those without a name last. The cursor names nobody: the key is read from its row."""
    rows = rows.order_by(NullIf("name_key", Value("")).asc(nulls_last=True), "public_id")
    last = Customer.objects.filter(public_id=after).values_list("name_key", flat=True).first() if after else None
    if last is None:
        return rows
    if not last:
        return rows.filter(name_key="", public_id__gt=after)
    return rows.filter(Q(name_key__gt=last) | Q(name_key=last, public_id__gt=after) | Q(name_key=""))


def counts(*, now: datetime) -> Counts:
    """For the tabs above the list, in one query."""
    active = _bought_since(now - timedelta(days=ACTIVE_DAYS))
    new_since = _beginning(new_from(now))
    row = known_customers().aggregate(
        known=Count("pk"),
        active=Count("pk", filter=active),
        away=Count("pk", filter=Q(_bought()) & ~Q(active)),
        new=Count("pk", filter=Q(enrolled_at__gte=new_since)),
        blocked=Count("pk", filter=Q(status=Customer.Status.BLOCKED)),
    )
    return Counts(**row)


def new_from(now: datetime) -> date:
    """The day from which on somebody counts as new."""
    return now.astimezone(current_tenant().zone).date() - timedelta(days=NEW_DAYS)


def _purchases() -> QuerySet[Purchase]:
    return Purchase.objects.filter(customer=OuterRef("pk"), voided_at=None)


def _bought() -> Exists:
    return Exists(_purchases())


def _bought_since(moment: datetime) -> Exists:
    return Exists(_purchases().filter(purchased_at__gte=moment))


def _bought_last_at(stores: QuerySet[Store]) -> Q:
    last = _purchases().order_by("-purchased_at", "-pk").values("store_id")[:1]
    return Q(pk__in=Customer.objects.annotate(last=Subquery(last)).filter(last__in=stores.values("pk")).values("pk"))


def _consents_in_force() -> QuerySet[Consent]:
    return Consent.objects.filter(customer=OuterRef("pk"), confirmed_at__isnull=False, withdrawn_at=None)


def _beginning(day: date) -> datetime:
    return midnight(day, zone=current_tenant().zone)
