"""Gives the ledger's bare id its key: an entry belongs to a voucher that exists."""

from django.db import migrations

from tenants.rls import TenantReference


class Migration(migrations.Migration):
    dependencies = [("rewards", "0002_row_security"), ("ledger", "0014_approval_security")]

    operations = [TenantReference("ledger_entry", "redemption_id", to="rewards_redemption")]
