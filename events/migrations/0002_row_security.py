"""Puts the events' tables behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("tenants", "0002_rights")]

    operations = [
        # The audit log is never rewritten; only the relay's mark is.
        TenantTable("event", rights="SELECT, INSERT, UPDATE (relayed_at)"),
        TenantTable("delivery"),
        TenantTable("jobrun"),
    ]
