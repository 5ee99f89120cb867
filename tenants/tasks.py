"""Celery tasks: a task names its tenant and runs in its scope, or says that it runs over all of them."""

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.core.mail import EmailMessage

from tenants.errors import TenantNotSet
from tenants.mail import BY_ITSELF
from tenants.models import Tenant
from tenants.scope import tenant_scope


class TenantTask(DjangoTask):
    """Takes `tenant_id` first and runs its body in one scope of that tenant."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(named_tenant(self.name, args)):
            return super().__call__(*args, **kwargs)


class ChunkedTenantTask(DjangoTask):
    """Takes `tenant_id` first and opens a scope of its own for each chunk of work."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        named_tenant(self.name, args)
        return super().__call__(*args, **kwargs)


class PatientTask(DjangoTask):
    """Sends a mail: a mail server that is away for an hour costs nobody their invitation."""

    abstract = True
    autoretry_for = (SMTPException, OSError)
    # 10, 20, 40 … seconds up to ten minutes, each shortened at random: about three hours.
    retry_backoff = 10
    retry_backoff_max = 600
    max_retries = 40


class GlobalTask(DjangoTask):
    """Belongs to no tenant: it may list tenants and enqueue one task for each."""

    abstract = True


def named_tenant(task: str, args: tuple[Any, ...]) -> Tenant:
    """The tenant a task call names by its first argument; raises TenantNotSet where it names none."""
    tenant_id = args[0] if args else None
    if type(tenant_id) is not int:
        raise TenantNotSet(f"{task} was called without a tenant id: {tenant_id!r}")
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise TenantNotSet(f"{task} names tenant {tenant_id}, which does not exist")
    return tenant


def for_each_tenant(enqueue: Callable[[int], object]) -> None:
    """Enqueue one task per tenant; the tasks run in scopes of their own."""
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        enqueue(tenant_id)


class AccountMailTask(PatientTask, GlobalTask):
    """Mail that belongs to no shop."""

    abstract = True


@shared_task(base=AccountMailTask)
def send_account_mail(subject: str, body: str, to: str) -> None:
    """Mail about somebody's account, which belongs to no shop."""
    EmailMessage(subject=subject, body=body, to=[to], headers=BY_ITSELF).send()
