"""Why customers leave: asked once where they do, never in the way of it, and counted."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from customers.models import Consent, Customer
from events.services import publish
from feedback.errors import QuestionOver
from feedback.models import Departure
from tenants.calendar import day_of
from tenants.roles import SYSTEM, Actor
from tenants.scope import current_tenant

# Over which days reasons are counted together.
SPANS: Final = (90, 365)
# Fewer answers would point to people: then there is only how many there were.
FEWEST: Final = 5
# How long somebody who has just left can say why.
OPEN_FOR: Final = timedelta(hours=1)
_FAREWELL_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Reasons:
    """Of so many days; `counts` is None where the answers are too few to be told apart."""

    days: int
    answers: int
    counts: Mapping[str, int] | None


class Question(StrEnum):
    """Whether somebody who has left is asked why."""

    OPEN = "open"
    ANSWERED = "answered"
    NONE = "none"


def farewell() -> str:
    """For whoever has just deleted the account: a chance number, which says nothing of whose it was."""
    return signing.dumps(secrets.token_urlsafe(_FAREWELL_BYTES), salt=_salt())


def question_about(consent: Consent | None) -> Question:
    """Nobody is asked about what stands, or was never confirmed."""
    return _question(_about(consent) if consent else "")


def question_after(farewell: str) -> Question:
    return _question(_number_of(farewell))


def last_withdrawn(customer: Customer, channel: str) -> Consent | None:
    withdrawn = Consent.objects.filter(customer=customer, channel=channel, withdrawn_at__isnull=False)
    return withdrawn.order_by("-withdrawn_at", "-pk").first()


def explain_withdrawal(*, consent: Consent | None, reason: str, actor: Actor, now: datetime) -> None:
    """Why a consent was withdrawn; what was said first stands. Raises QuestionOver where nothing was asked."""
    once = _about(consent) if consent else ""
    if consent is None or not once:
        raise QuestionOver
    facts = {"occasion": Departure.Occasion.WITHDRAWN, "customer": consent.customer}
    _explain(facts, reason=reason, once=once, actor=actor, now=now, payload={"customer": consent.customer_id})


def explain_farewell(*, farewell: str, reason: str, now: datetime) -> None:
    """Why an account was deleted; what was said first stands. Raises QuestionOver where it is too late.

    Neither row nor event says who it was.
    """
    once = _number_of(farewell)
    if not once:
        raise QuestionOver
    _explain({"occasion": Departure.Occasion.CLOSED}, reason=reason, once=once, actor=SYSTEM, now=now, payload={})


def departures_of(customer: Customer) -> QuerySet[Departure]:
    return Departure.objects.filter(customer=customer).order_by("pk")


def reasons_for_leaving(*, today: date) -> dict[str, list[Reasons]]:
    """By occasion, over each of the spans."""
    since = {days: today - timedelta(days=days) for days in SPANS}
    counted = {f"days_{days}": Count("pk", filter=Q(on__gt=day)) for days, day in since.items()}
    found = Departure.objects.filter(on__gt=since[SPANS[-1]]).order_by()
    rows: list[dict[str, Any]] = list(found.values("occasion", "reason").annotate(**counted))  # type: ignore[arg-type]
    return {
        occasion: [_counted([row for row in rows if row["occasion"] == occasion], days=days) for days in SPANS]
        for occasion in Departure.Occasion.values
    }


def _counted(rows: list[dict[str, Any]], *, days: int) -> Reasons:
    counts = {row["reason"]: row[f"days_{days}"] for row in rows}
    answers = sum(counts.values())
    return Reasons(days, answers, counts if answers >= FEWEST else None)


def _explain(
    facts: dict[str, Any], *, reason: str, once: str, actor: Actor, now: datetime, payload: dict[str, Any]
) -> None:
    """The event says that somebody has answered, and not what: it outlives the answer."""
    facts |= {"reason": reason, "on": day_of(now, zone=current_tenant().zone)}
    with transaction.atomic():
        _departure, is_new = Departure.objects.get_or_create(once=once, defaults=facts)
        if is_new:
            publish("feedback.leaving_explained", actor=actor, occurred_at=now, occasion=facts["occasion"], **payload)


def _question(once: str) -> Question:
    if not once:
        return Question.NONE
    return Question.ANSWERED if Departure.objects.filter(once=once).exists() else Question.OPEN


def _about(consent: Consent) -> str:
    """Empty of a consent that stands, or was never confirmed."""
    return f"consent:{consent.pk}" if consent.withdrawn_at and consent.confirmed_at else ""


def _number_of(token: str) -> str:
    """Empty where it is none, or has been there for too long."""
    try:
        number: str = signing.loads(token, salt=_salt(), max_age=OPEN_FOR)
    except signing.BadSignature:
        return ""
    return number


def _salt() -> str:
    """A token is worthless in another shop."""
    return f"farewell:{current_tenant().pk}"
