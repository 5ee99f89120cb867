"""Nightly: settle what is overdue, prove every account sound, remind of what expires, forget what nobody needs."""

from datetime import date, datetime, time

from django.utils import timezone

from events.schedule import Progress, daily
from events.services import publish
from ledger.idempotency import forget_old_keys
from ledger.models import Account
from ledger.overdue import overdue_accounts, settle_accounts
from ledger.proof import PROOF
from ledger.queries import unsound_accounts
from ledger.reminders import forget_reminders, remind, unreminded
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope

# Locked together, for about a tenth of a second: a till that meets one of them hardly notices.
ACCOUNTS_AT_ONCE = 1_000
REMINDERS_AT_ONCE = 5_000


class UnsoundLedger(RuntimeError):
    """Some account's figures do not agree; nobody can know which of them is right."""


@daily("ledger.settle", at=time(0, 10))
def settle_overnight(tenant: Tenant, due_on: date) -> None:
    """The books show at any time what has become available and what is gone; this writes it down."""
    settle_overdue(tenant, now=timezone.now())


def settle_overdue(tenant: Tenant, *, now: datetime) -> int:
    """Settle all accounts that are due, in chunks; how many. A run that was killed is taken up by the next one."""
    with tenant_scope(tenant):
        overdue = overdue_accounts(now=now)
    settled, progress = 0, Progress(len(overdue))
    for start in range(0, len(overdue), ACCOUNTS_AT_ONCE):
        chunk = overdue[start : start + ACCOUNTS_AT_ONCE]
        with tenant_scope(tenant):
            settled += settle_accounts(chunk, now=now)
            progress.made(len(chunk))
    return settled


@daily(PROOF, at=time(3, 30))
def prove_ledger(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        broken = unsound_accounts()
        unsound = {str(account): faults for account, faults in broken.items()}
        publish("ledger.proved", actor=SYSTEM, accounts=Account.objects.count(), unsound=unsound)
    if broken:  # after the commit: the event stays, and the failed run is seen
        raise UnsoundLedger(f"{len(broken)} accounts break an invariant: {broken}")


@daily("ledger.remind", at=time(6, 0))
def remind_in_the_morning(tenant: Tenant, due_on: date) -> None:
    """In a shop that has closed nobody can redeem, so nobody is told to."""
    if tenant.closed_at is None:
        remind_of_expiry(tenant, now=timezone.now())


def remind_of_expiry(tenant: Tenant, *, now: datetime) -> int:
    """Announce what will expire, once per account, day and distance; how often. A missed day is made up for."""
    with tenant_scope(tenant):
        forget_reminders(now=now)
        due = unreminded(now=now)
    reminded, progress = 0, Progress(len(due))
    for start in range(0, len(due), REMINDERS_AT_ONCE):
        chunk = due[start : start + REMINDERS_AT_ONCE]
        with tenant_scope(tenant):
            reminded += remind(chunk, now=now)
            progress.made(len(chunk))
    return reminded


@daily("ledger.forget_keys", at=time(4, 0))
def forget_keys(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        forget_old_keys(now=timezone.now())
