"""Puts scores behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_scores")]

    operations = [TenantTable("customerscore"), TenantTable("scoringrun")]
