"""Searching for customers at a till: limited, and noted in bulk so that nobody copies the list one by one."""

from typing import Final

from events.services import publish_anyway
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.throttle import Limit, Tally

# One event for so many searches of one person at one till within an hour.
NOTED_EVERY: Final = 60
_look_ups = Limit("till-look-up", times=30, seconds=60)
_noted = Tally("till-look-ups-noted", every=NOTED_EVERY, seconds=3600)


def count_look_up(*, actor: Actor) -> None:
    """Nobody reads the list of customers by trying. Raises Throttled."""
    subject = (current_tenant().pk, actor.device_id, actor.reference)
    _look_ups.hit(*subject)
    if _noted.is_full(*subject):
        publish_anyway("customer.look_ups_noted", actor=actor, look_ups=NOTED_EVERY)
