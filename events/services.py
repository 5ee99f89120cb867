"""Publishing an event: one row in the transaction of whatever happened, then a ring at the relay's door."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from events import doorbell, registry
from events.models import Event
from tenants.postgresql.waiting import insert_later
from tenants.roles import Actor
from tenants.scope import current_tenant, do_afterwards

_INSERT_MANY = """
    INSERT INTO events_event (name, actor, occurred_at, relayed_at, payload)
    SELECT %s, %s, %s, %s, jsonb_array_elements(%s::jsonb)
"""


def publish(name: str, *, actor: Actor, occurred_at: datetime | None = None, **payload: Any) -> Event:
    """Write the event, run its reactions inside this transaction, and let Celery deliver to the other handlers."""
    event = _event(name, actor, occurred_at, payload)
    event.save(force_insert=True)
    _tell(event)
    return event


def announce(name: str, *, actor: Actor, occurred_at: datetime | None = None, **payload: Any) -> None:
    """The same for what happens all the time: the row travels with the next statement, and nobody learns its number."""
    event = _event(name, actor, occurred_at, payload)
    insert_later(event)
    _tell(event)


def publish_anyway(name: str, *, actor: Actor, **payload: Any) -> None:
    """The same for what is worth knowing although it is refused: the row is written when all else has been undone."""
    do_afterwards(partial(publish, name, actor=actor, occurred_at=timezone.now(), **payload))


def publish_many(name: str, *, actor: Actor, occurred_at: datetime, payloads: Iterable[dict[str, Any]]) -> None:
    """The same for many things of one kind at once, written together; nothing may react inside the transaction."""
    if registry.reactions(name):
        raise TypeError(f"somebody reacts to each {name} inside its transaction")
    has_handlers = bool(registry.handlers(name))
    relayed_at = None if has_handlers else occurred_at
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MANY, [name, actor.reference, occurred_at, relayed_at, json.dumps(list(payloads))])
    if has_handlers:
        _ring_after_commit()


def _event(name: str, actor: Actor, occurred_at: datetime | None, payload: dict[str, Any]) -> Event:
    now = timezone.now()
    return Event(
        name=name,
        actor=actor.reference,
        device_id=actor.device_id,
        payload=payload,
        occurred_at=occurred_at or now,
        relayed_at=None if registry.handlers(name) else now,
    )


def _tell(event: Event) -> None:
    for react in registry.reactions(event.name):
        react(event)
    if registry.handlers(event.name):
        _ring_after_commit()


def _ring_after_commit() -> None:
    transaction.on_commit(partial(doorbell.ring, current_tenant().pk))
