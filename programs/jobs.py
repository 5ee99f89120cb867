"""Every morning: points for birthdays and anniversaries."""

from datetime import date, time

from django.utils import timezone

from events.schedule import daily
from ledger.errors import AccountClosed
from programs.occasions import celebrating, grant_bonus
from programs.rules import Occasion
from programs.terms import terms_at
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

MORNING = time(6, 0)
AT_ONCE = 200


@daily("programs.birthdays", at=MORNING)
def give_to_birthdays(tenant: Tenant, due_on: date) -> None:
    _give(tenant, due_on, Occasion.BIRTHDAY)


@daily("programs.anniversaries", at=MORNING)
def give_to_anniversaries(tenant: Tenant, due_on: date) -> None:
    _give(tenant, due_on, Occasion.ANNIVERSARY)


def _give(tenant: Tenant, day: date, occasion: Occasion) -> None:
    """A chunk in each scope; who has had it this year gets nothing again when the job resumes."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(tenant):
            after = _give_to_some(occasion, day, after=after)


def _give_to_some(occasion: Occasion, day: date, *, after: int) -> int | None:
    now = timezone.now()
    if not terms_at(now).bonuses(occasion):
        return None
    customers = list(celebrating(occasion, day).filter(pk__gt=after)[:AT_ONCE])
    for customer in customers:
        try:
            grant_bonus(customer=customer, occasion=occasion, actor=SYSTEM, now=now, time=str(day.year))
        except AccountClosed:
            continue
    return customers[-1].pk if len(customers) == AT_ONCE else None
