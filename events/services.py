"""Publishing an event: one row in the transaction of whatever happened, then a ring at the relay's door."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from events import doorbell, registry
from events.models import Event
from tenants.roles import Actor
from tenants.scope import current_tenant


def publish(name: str, *, actor: Actor, occurred_at: datetime | None = None, **payload: Any) -> Event:
    """Write the event, run its reactions inside this transaction, and let Celery deliver to the other handlers."""
    now = timezone.now()
    has_handlers = bool(registry.handlers(name))
    event = Event.objects.create(
        name=name,
        actor=actor.reference,
        device_id=actor.device_id,
        payload=payload,
        occurred_at=occurred_at or now,
        relayed_at=None if has_handlers else now,
    )
    for react in registry.reactions(name):
        react(event)
    if has_handlers:
        transaction.on_commit(partial(doorbell.ring, current_tenant().pk))
    return event
