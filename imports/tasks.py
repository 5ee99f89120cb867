"""Celery entry points of imports."""

from celery import shared_task
from django.utils import timezone

from imports import work as worker
from tenants.models import Tenant
from tenants.tasks import ChunkedTenantTask, GlobalTask, for_each_tenant


@shared_task(base=ChunkedTenantTask)
def work(tenant_id: int, import_id: int) -> None:
    if worker.work_on(tenant=Tenant.objects.get(pk=tenant_id), import_id=import_id, now=timezone.now()):
        resume.delay(tenant_id)


@shared_task
def resume(tenant_id: int) -> None:
    """Whatever waits: the next import of the shop, or one whose worker has died."""
    for import_id in worker.waiting_imports():
        work.delay_on_commit(tenant_id, import_id)


@shared_task(base=GlobalTask)
def resume_all() -> None:
    """Every five minutes: all tenants, for what a lost message or a dead worker left behind."""
    for_each_tenant(resume.delay)
