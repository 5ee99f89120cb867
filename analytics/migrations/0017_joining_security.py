"""Puts what members spent before and after joining behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0016_joining")]

    operations = [TenantTable("joiningfigures")]
