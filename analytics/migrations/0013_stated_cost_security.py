"""Puts stated costs behind row-level security; what was stated stays."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0012_stated_costs")]

    operations = [TenantTable("statedcost", rights=APPEND_ONLY)]
