"""Early in the morning: what stands out in the bookings of the last thirty days."""

from datetime import date, time

from django.utils import timezone

from analytics.services import watch_for_fraud
from events.schedule import daily
from programs.models import Program
from tenants.models import Tenant
from tenants.scope import tenant_scope

# After the night's bookings, before the shop opens.
BEFORE_OPENING = time(4, 15)


@daily("analytics.fraud", at=BEFORE_OPENING)
def watch(tenant: Tenant, due_on: date) -> None:
    """One transaction that reads a month and writes a few rows: a run that was killed leaves nothing half done."""
    if tenant.closed_at is not None:
        return
    with tenant_scope(tenant):
        if Program.objects.exists():
            watch_for_fraud(now=timezone.now())
