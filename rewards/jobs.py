"""At midnight vouchers expire that nobody has used; in the morning gifts come, and reminders of events."""

from datetime import date, time, timedelta
from typing import Final

from django.utils import timezone

from events.schedule import daily
from ledger.errors import AccountClosed
from programs.occasions import celebrating
from programs.rules import Occasion
from rewards.messages import remind_of_event
from rewards.models import Reward
from rewards.presence import forget_shown_codes
from rewards.queries import expected_guests, offered_rewards, waiting_for_expiry
from rewards.redeeming import expire_redemption, give_gift
from tenants.calendar import midnight
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

AFTER_MIDNIGHT = time(0, 10)
MORNING = time(6, 10)
BEFORE_NOON = time(10, 0)
AT_ONCE = 200
_OCCASIONS: Final = {Reward.Way.BIRTHDAY: Occasion.BIRTHDAY, Reward.Way.ANNIVERSARY: Occasion.ANNIVERSARY}


@daily("rewards.expire", at=AFTER_MIDNIGHT)
def expire_vouchers(tenant: Tenant, due_on: date) -> None:
    """A chunk in each scope: what has been closed is not found again."""
    left = True
    while left:
        with tenant_scope(tenant):
            now = timezone.now()
            due = list(waiting_for_expiry(now=now)[:AT_ONCE])
            for redemption in due:
                expire_redemption(redemption=redemption, actor=SYSTEM, now=now)
            left = len(due) == AT_ONCE
    with tenant_scope(tenant):
        forget_shown_codes(now=timezone.now())


@daily("rewards.gifts", at=MORNING)
def give_gifts(tenant: Tenant, due_on: date) -> None:
    for way, occasion in _OCCASIONS.items():
        after: int | None = 0
        while after is not None:
            with tenant_scope(tenant):
                after = _give_to_some(way, occasion, due_on, after=after)


@daily("rewards.events", at=BEFORE_NOON)
def remind_of_events(tenant: Tenant, due_on: date) -> None:
    """The day before, whoever has a place."""
    with tenant_scope(tenant):
        begins = midnight(due_on + timedelta(days=1), zone=tenant.zone)
        for redemption in expected_guests(begins, begins + timedelta(days=1)):
            remind_of_event(redemption, now=timezone.now())


def _give_to_some(way: Reward.Way, occasion: Occasion, day: date, *, after: int) -> int | None:
    """The last customer of a full chunk; who has had it this year gets nothing again when the job resumes."""
    now, gifts = timezone.now(), list(offered_rewards().filter(way=way))
    if not gifts:
        return None
    customers = list(celebrating(occasion, day).filter(pk__gt=after)[:AT_ONCE])
    for customer in customers:
        for gift in gifts:
            try:
                give_gift(
                    customer=customer, reward=gift, occasion=f"{occasion.value}:{day.year}", actor=SYSTEM, now=now
                )
            except AccountClosed:
                continue
    return customers[-1].pk if len(customers) == AT_ONCE else None
