"""Puts the value of points behind row-level security; what was stated stays."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_point_value")]

    operations = [TenantTable("pointvalue", rights=APPEND_ONLY)]
