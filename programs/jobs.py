"""At midnight windows move on and versions begin; in the morning there are points for birthdays and anniversaries."""

from datetime import date, datetime, time

from django.utils import timezone

from events.schedule import daily
from ledger.errors import AccountClosed
from programs.beginning import begin_versions
from programs.models import Program
from programs.occasions import celebrating, grant_bonus
from programs.rules import Occasion
from programs.terms import terms_at
from programs.tiers import days_to_move, due_on_day, move_on_day, note_moved
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

MIDNIGHT = time(0, 1)
MORNING = time(6, 0)
# Locked together, for about a tenth of a second.
MOVED_AT_ONCE = 2_000
AT_ONCE = 200


@daily("programs.begin", at=MIDNIGHT)
def begin_the_day(tenant: Tenant, due_on: date) -> None:
    now = timezone.now()
    with tenant_scope(tenant):
        begin_versions(actor=SYSTEM, now=now)
    move_tiers(tenant, now=now)


def move_tiers(tenant: Tenant, *, now: datetime) -> int:
    """Bring all accounts to the tier that they hold today, in chunks; how many have moved.

    A day that was missed is made up for. A run that was killed is taken up where it stopped: who has been brought
    forward is not found again.
    """
    with tenant_scope(tenant):
        days = days_to_move(now=now) if Program.objects.exists() else []
    moved = 0
    for day in days:
        with tenant_scope(tenant):
            due = due_on_day(day, now=now)
        for start in range(0, len(due), MOVED_AT_ONCE):
            with tenant_scope(tenant):
                moved += move_on_day(due[start : start + MOVED_AT_ONCE], day, now=now)
        with tenant_scope(tenant):
            note_moved(day)
    return moved


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
