"""Nightly: prove that every account is sound, and forget idempotency keys that no till can still repeat."""

from datetime import date, time

from django.utils import timezone

from events.schedule import daily
from events.services import publish
from ledger.idempotency import forget_old_keys
from ledger.queries import unsound_accounts
from tenants.models import Tenant
from tenants.roles import SYSTEM
from tenants.scope import tenant_scope


class UnsoundLedger(RuntimeError):
    """Some account's figures do not agree; nobody can know which of them is right."""


@daily("ledger.proof", at=time(3, 30))
def prove_ledger(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        broken = unsound_accounts()
        publish("ledger.proved", actor=SYSTEM, unsound={str(account): faults for account, faults in broken.items()})
    if broken:  # after the commit: the event stays, and the failed run is seen
        raise UnsoundLedger(f"{len(broken)} accounts break an invariant: {broken}")


@daily("ledger.forget_keys", at=time(4, 0))
def forget_keys(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        forget_old_keys(now=timezone.now())
