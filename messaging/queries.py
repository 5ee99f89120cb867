"""Whom a message may reach, and what was said to a customer."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from customers.models import Consent, Customer
from messaging.kinds import Kind
from messaging.models import Message, MutedKind, OwnText

Reason = Message.Reason


def hindrance(kind: Kind, customer: Customer) -> str:
    """Why the customer gets no such message now; empty where nothing stands in the way."""
    if customer.status != Customer.Status.ACTIVE:
        return Reason.BLOCKED
    if not customer.email:
        return Reason.NO_ADDRESS
    if customer.email_confirmed_at is None:
        return Reason.UNCONFIRMED
    if came_back(customer):
        return Reason.UNREACHABLE
    if kind.is_marketing and consent_for(customer) is None:
        return Reason.NO_CONSENT
    return ""


def came_back(customer: Customer) -> bool:
    """Whether mail to this address was refused for good since the customer last proved that it arrives."""
    if not customer.email or customer.email_confirmed_at is None:
        return False
    refused = Message.objects.filter(customer=customer, state=Message.State.BOUNCED, address=customer.email)
    return refused.filter(bounced_at__gt=customer.email_confirmed_at).exists()


def consent_for(customer: Customer) -> Consent | None:
    """To advertising by e-mail at the address that the customer has now."""
    given = Consent.objects.filter(customer=customer, channel=Consent.Channel.EMAIL, confirmed_at__isnull=False)
    return given.filter(withdrawn_at=None, address=customer.email).first()


def reachable_by_mail(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those of them to whom advertising may go by e-mail now: of whom `hindrance` would say nothing."""
    refused = Message.objects.filter(customer=OuterRef("pk"), state=Message.State.BOUNCED, address=OuterRef("email"))
    given = Consent.objects.filter(customer=OuterRef("pk"), channel=Consent.Channel.EMAIL, confirmed_at__isnull=False)
    return rows.filter(
        Exists(given.filter(withdrawn_at=None, address=OuterRef("email"))),
        ~Exists(refused.filter(bounced_at__gt=OuterRef("email_confirmed_at"))),
        status=Customer.Status.ACTIVE,
        email_confirmed_at__isnull=False,
    ).exclude(email="")


def is_muted(kind: Kind) -> bool:
    return not kind.is_always_sent and MutedKind.objects.filter(kind=kind.code).exists()


def messages_to(customer: Customer, *, before: int | None = None) -> QuerySet[Message]:
    """Newest first, from behind the message with the key `before`."""
    rows = Message.objects.filter(customer=customer).order_by("-pk")
    return rows.filter(pk__lt=before) if before else rows


def told_among(kind: Kind, customers: Collection[int], *, since: datetime) -> set[int]:
    """Which of these customers, by key, got such a message since, or were to get one."""
    told = Message.objects.filter(customer__in=customers, kind=kind.code, posted_at__gte=since)
    return set(told.values_list("customer_id", flat=True))


def own_texts() -> set[tuple[str, str]]:
    """Kinds and languages in which the shop says something else than we do."""
    return set(OwnText.objects.values_list("kind", "language"))


def muted_kinds() -> set[str]:
    return set(MutedKind.objects.values_list("kind", flat=True))


def sent_by_kind(*, since: datetime) -> dict[str, int]:
    """How many messages of each kind have left since a moment."""
    left = Message.objects.filter(posted_at__gte=since, sent_at__isnull=False)
    return dict(left.order_by().values_list("kind").annotate(Count("pk")))


def undelivered(*, since: datetime) -> QuerySet[Message]:
    """What did not arrive, newest first."""
    failed = Message.objects.filter(state__in=[Message.State.FAILED, Message.State.BOUNCED], posted_at__gte=since)
    return failed.select_related("customer").order_by("-posted_at", "-pk")
