"""Publishing an event: one row in the transaction of whatever happened, then a ring at the relay's door."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from events import doorbell, registry
from events.models import Event
from tenants import bulk
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


def publish_many(name: str, *, actor: Actor, occurred_at: datetime, payloads: Iterable[dict[str, Any]]) -> None:
    """The same for many things of one kind at once, written together; nothing may react inside the transaction."""
    if registry.reactions(name):
        raise TypeError(f"somebody reacts to each {name} inside its transaction")
    has_handlers = bool(registry.handlers(name))
    relayed_at = None if has_handlers else occurred_at
    rows = ((name, actor.reference, json.dumps(payload), occurred_at, relayed_at) for payload in payloads)
    bulk.insert(Event, ("name", "actor", "payload", "occurred_at", "relayed_at"), rows)
    if has_handlers:
        transaction.on_commit(partial(doorbell.ring, current_tenant().pk))
