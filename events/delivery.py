"""From the outbox to the handlers: each reacts exactly once; what keeps failing is parked where people see it."""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from events import doorbell, registry
from events.failures import described
from events.models import Delivery, Event
from tenants.models import Tenant
from tenants.scope import current_tenant, tenant_scope

logger = logging.getLogger(__name__)

# A delivery's id and the number of the attempt that a message calls for.
Announcement = tuple[int, int]
RELAY_AT_ONCE = 500
MAX_ATTEMPTS = 5
# How long the sweep leaves a fresh delivery to the message that announced it.
GRACE = timedelta(minutes=1)


def relay_events(*, now: datetime) -> tuple[list[Announcement], bool]:
    """Turn up to 500 unrelayed events into deliveries; returns them, and whether more events may wait."""
    events = list(
        Event.objects.select_for_update(skip_locked=True).filter(relayed_at__isnull=True).order_by("id")[:RELAY_AT_ONCE]
    )
    deliveries = Delivery.objects.bulk_create(
        Delivery(event_id=event.pk, handler=handler, next_attempt_at=now + GRACE)
        for event in events
        for handler in registry.handlers(event.name)
    )
    Event.objects.filter(pk__in=[event.pk for event in events]).update(relayed_at=now)
    return [(delivery.pk, 1) for delivery in deliveries], len(events) == RELAY_AT_ONCE


def due_deliveries(*, now: datetime) -> list[Announcement]:
    """Deliveries whose message was lost or whose next attempt has come; each is announced anew once a minute."""
    due = Delivery.objects.select_for_update(skip_locked=True).filter(
        state=Delivery.State.PENDING, next_attempt_at__lte=now
    )
    attempts = dict(due.order_by("id").values_list("pk", "attempts")[:RELAY_AT_ONCE])
    Delivery.objects.filter(pk__in=attempts).update(next_attempt_at=now + GRACE)
    return [(delivery_id, made + 1) for delivery_id, made in attempts.items()]


def deliver(*, tenant: Tenant, delivery_id: int, attempt: int, now: datetime) -> timedelta | None:
    """Let one handler react. Returns when to try again, or None when that is settled.

    The attempt is counted in a transaction of its own before the handler runs: one that kills its worker counts too.
    A message is good for the attempt that it names, so its duplicates change nothing.
    """
    with tenant_scope(tenant):
        if not _count_attempt(delivery_id, attempt, now=now):
            return None
    try:
        with tenant_scope(tenant):
            _react(delivery_id)
    except Exception as error:  # whatever a handler raises is its failure, not the worker's
        logger.exception("handler failed", extra={"delivery": delivery_id})
        with tenant_scope(tenant):
            return _record_failure(delivery_id, error, now=now)
    return None


def retry_parked(delivery_id: int, *, now: datetime) -> None:
    """Give a parked delivery all its attempts anew, the first at once."""
    Delivery.objects.filter(pk=delivery_id, state=Delivery.State.PARKED).update(
        state=Delivery.State.PENDING, attempts=0, next_attempt_at=now, finished_at=None
    )
    transaction.on_commit(partial(doorbell.ring, current_tenant().pk))


def _count_attempt(delivery_id: int, attempt: int, *, now: datetime) -> bool:
    delivery = Delivery.objects.select_for_update(skip_locked=True).filter(pk=delivery_id).first()
    if delivery is None or delivery.state != Delivery.State.PENDING or delivery.attempts != attempt - 1:
        return False
    if _is_exhausted(delivery):
        _park(delivery, delivery.error or "the worker died on every attempt", now=now)
        return False
    delivery.attempts += 1
    delivery.next_attempt_at = now + _pause_after(delivery.attempts)
    delivery.save(update_fields=["attempts", "next_attempt_at"])
    return True


def _react(delivery_id: int) -> None:
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state != Delivery.State.PENDING:
        return
    event = Event.objects.get(pk=delivery.event_id)
    handler = registry.handlers(event.name).get(delivery.handler)
    if handler is None:
        raise LookupError(f"no handler is called {delivery.handler}")
    handler(event)
    Delivery.objects.filter(pk=delivery_id).update(state=Delivery.State.DONE, error="", finished_at=timezone.now())


def _record_failure(delivery_id: int, error: Exception, *, now: datetime) -> timedelta | None:
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state != Delivery.State.PENDING:  # settled by another worker meanwhile
        return None
    message = described(error)
    if _is_exhausted(delivery):
        _park(delivery, message, now=now)
        return None
    delivery.error = message
    delivery.save(update_fields=["error"])
    return delivery.next_attempt_at - now


def _park(delivery: Delivery, message: str, *, now: datetime) -> None:
    delivery.state = Delivery.State.PARKED
    delivery.error = message
    delivery.finished_at = now
    delivery.save(update_fields=["state", "error", "finished_at"])
    logger.error("delivery parked", extra={"delivery": delivery.pk, "handler": delivery.handler})


def _is_exhausted(delivery: Delivery) -> bool:
    return delivery.attempts >= registry.attempts_of(delivery.handler, usual=MAX_ATTEMPTS)


def _pause_after(attempts: int) -> timedelta:
    """5 s, 25 s, about 2, 10 and 52 minutes."""
    return timedelta(seconds=5**attempts)
