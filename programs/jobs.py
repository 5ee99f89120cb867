"""At midnight windows move on and versions begin; in the morning there are points for birthdays and anniversaries,
and words to those whose tier is about to end."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from events.schedule import daily
from ledger.errors import AccountClosed
from messaging.queries import told_among
from programs.beginning import begin_versions
from programs.holding import as_at, tier_of
from programs.messages import TIER_AT_RISK, warn
from programs.models import Program
from programs.occasions import celebrating, grant_bonus
from programs.queries import points_name
from programs.rules import Occasion
from programs.terms import terms_at
from programs.tiers import due_on_day, ending, move_on_day, next_day_to_move, note_moved
from programs.ways import way_to_keep
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

MIDNIGHT = time(0, 1)
MORNING = time(6, 0)
# Locked together, for about a tenth of a second.
MOVED_AT_ONCE = 2_000
AT_ONCE = 200
# How long before a tier ends its holder is told what is missing.
WARNED_AHEAD = timedelta(days=30)


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
        day = next_day_to_move(now=now) if Program.objects.exists() else None
    moved = 0
    while day is not None:
        with tenant_scope(tenant):
            due = due_on_day(day, now=now)
        for start in range(0, len(due), MOVED_AT_ONCE):
            with tenant_scope(tenant):
                moved += move_on_day(due[start : start + MOVED_AT_ONCE], day, now=now)
        with tenant_scope(tenant):
            note_moved(day)
            day = next_day_to_move(now=now, after=day)
    return moved


@daily("programs.tiers_ending", at=MORNING)
def warn_of_ending_tiers(tenant: Tenant, due_on: date) -> None:
    """In a shop that has closed nobody can buy, so nobody is told what is missing."""
    if tenant.closed_at is None:
        warn_of_endings(tenant, now=timezone.now())


def warn_of_endings(tenant: Tenant, *, now: datetime) -> None:
    """A chunk in each scope, and everybody once for each end; a little more that was bought is no other end."""
    after: int | None = 0
    while after is not None:
        with tenant_scope(tenant):
            after = _warn_some(after, now=now) if Program.objects.exists() else None


def _warn_some(after: int, *, now: datetime) -> int | None:
    terms = terms_at(now)
    accounts = ending(within=WARNED_AHEAD, after=after, now=now)
    told = told_among(TIER_AT_RISK, [account.customer_id for account in accounts], since=now - 2 * WARNED_AHEAD)
    for account in accounts:
        if account.customer_id in told:
            continue
        seen = as_at([account], terms, now=now)[0]
        keep = way_to_keep(seen, terms, tier_of(seen, terms, at=now), points=points_name(terms), now=now)
        if keep is not None:
            warn(account.customer, keep, now=now)
    return accounts[-1].pk if accounts else None


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
