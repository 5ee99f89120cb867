"""Nightly: forget files and refused rows that have been kept for long enough."""

from datetime import date, time

from django.utils import timezone

from events.schedule import daily
from imports.services import forget_old_files
from tenants.models import Tenant
from tenants.scope import tenant_scope


@daily("imports.forget_files", at=time(4, 15))
def forget_files(tenant: Tenant, due_on: date) -> None:
    with tenant_scope(tenant):
        forget_old_files(now=timezone.now())
