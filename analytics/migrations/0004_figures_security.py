"""Puts the figures behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_figures")]

    operations = [TenantTable(name) for name in ("figuresstate", "customermonth", "spell", "dayfigures", "basefigures")]
