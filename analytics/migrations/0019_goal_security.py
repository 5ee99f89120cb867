"""Puts goals behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0018_goals")]

    operations = [TenantTable("goal")]
