"""Puts messages, and what shops have changed about them, behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
        ("customers", "0002_row_security"),
    ]

    operations = [
        TenantTable("message"),
        TenantTable("owntext"),
        TenantTable("mutedkind"),
    ]
