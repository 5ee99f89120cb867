"""Puts surveys and opinions behind row-level security."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial")]

    operations = [
        TenantTable("survey", rights=APPEND_ONLY),
        TenantTable("response", rights="SELECT, INSERT, UPDATE, DELETE"),
    ]
