"""Nightly: forget the addresses and consents that were claimed and never confirmed."""

from datetime import date, time

from django.utils import timezone

from customers.addresses import forget_unproven
from events.schedule import daily
from tenants.models import Tenant
from tenants.scope import tenant_scope


@daily("customers.forget_unproven", at=time(4, 15))
def forget_unproven_addresses(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        forget_unproven(now=timezone.now())
