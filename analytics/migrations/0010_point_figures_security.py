"""Puts what was owed in points behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0009_point_figures")]

    operations = [TenantTable("pointfigures")]
