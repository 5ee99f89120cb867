"""Puts the imports' tables behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial"), ("tenants", "0002_rights")]

    operations = [TenantTable("import"), TenantTable("refusedrow")]
