"""Counts what happened, once it is certain to have happened."""

from functools import partial

from django.db import transaction

from events.models import Event
from events.registry import handles
from operations import metrics


@handles(
    "purchase.claimed",
    "purchase.recorded",
    "purchase.returned",
    "purchase.voided",
    "customer.enrolled",
    "customer.erased",
    "import.finished",
    in_transaction=True,
)
def count(event: Event) -> None:
    transaction.on_commit(partial(_count, event.name, int(event.payload.get("points") or 0)))


def _count(name: str, points: int) -> None:
    metrics.EVENTS.add(name)
    if name in ("purchase.recorded", "purchase.claimed") and points > 0:
        metrics.POINTS.add(amount=points)
