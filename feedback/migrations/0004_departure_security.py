"""Puts reasons for leaving behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_departure")]

    operations = [TenantTable("departure", rights="SELECT, INSERT, UPDATE, DELETE")]
