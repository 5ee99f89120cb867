"""Puts reminders of expiry behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_expiry_reminders")]

    operations = [TenantTable("expiryreminder", rights="SELECT, INSERT, DELETE")]
