"""Celery entry points of analytics."""

from celery import shared_task
from django.utils import timezone

from analytics import jobs
from tenants.calendar import day_of
from tenants.models import Tenant
from tenants.tasks import ChunkedTenantTask


@shared_task(base=ChunkedTenantTask)
def draw_now(tenant_id: int) -> None:
    """What the night would do: whoever has just brought years of purchases need not wait for it.

    A message that is lost does no harm: the night comes.
    """
    tenant = Tenant.objects.get(pk=tenant_id)
    today = day_of(timezone.now(), zone=tenant.zone)
    jobs.draw(tenant, today)
    jobs.rate(tenant, today)
