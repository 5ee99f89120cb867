"""Celery entry points of the outbox and of scheduled jobs."""

from celery import shared_task
from django.utils import timezone

from events import delivery, doorbell, schedule
from tenants.models import Tenant
from tenants.tasks import ChunkedTenantTask, GlobalTask, for_each_tenant


@shared_task(base=GlobalTask)
def relay() -> None:
    """Every second: tenants that rang the doorbell."""
    for tenant_id in doorbell.answer():
        relay_tenant.delay(tenant_id)


@shared_task(base=GlobalTask)
def sweep() -> None:
    """Every ten minutes: all tenants, for what a lost ring or a lost message left behind."""
    for_each_tenant(relay_tenant.delay)


@shared_task(base=GlobalTask)
def tick() -> None:
    """Every five minutes: all tenants' scheduled jobs."""
    for_each_tenant(run_due_jobs.delay)


@shared_task
def relay_tenant(tenant_id: int) -> None:
    now = timezone.now()
    fresh, more = delivery.relay_events(now=now)
    for delivery_id, attempt in [*fresh, *delivery.due_deliveries(now=now)]:
        deliver.delay_on_commit(tenant_id, delivery_id, attempt)
    if more:
        relay_tenant.delay_on_commit(tenant_id)


@shared_task(base=ChunkedTenantTask)
def deliver(tenant_id: int, delivery_id: int, attempt: int) -> None:
    tenant = Tenant.objects.get(pk=tenant_id)
    pause = delivery.deliver(tenant=tenant, delivery_id=delivery_id, attempt=attempt, now=timezone.now())
    if pause is not None:
        deliver.apply_async((tenant_id, delivery_id, attempt + 1), countdown=pause.total_seconds())


@shared_task(base=ChunkedTenantTask)
def run_due_jobs(tenant_id: int) -> None:
    schedule.run_due_jobs(Tenant.objects.get(pk=tenant_id), now=timezone.now())


@shared_task(base=ChunkedTenantTask)
def run_asked(tenant_id: int, run_id: int) -> None:
    """At once; where this message is lost, the next tick finds the run."""
    schedule.run_asked(Tenant.objects.get(pk=tenant_id), run_id=run_id, now=timezone.now())
