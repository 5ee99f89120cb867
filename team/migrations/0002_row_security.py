"""Puts the team's tables behind row-level security."""

from django.db import migrations

from tenants.rls import OwnUserMayRead, TenantTable


class Migration(migrations.Migration):
    dependencies = [("team", "0001_initial"), ("tenants", "0002_rights")]

    operations = [
        TenantTable("store"),
        TenantTable("membership"),
        OwnUserMayRead("membership"),
        TenantTable("device"),
        TenantTable("apikey"),
    ]
