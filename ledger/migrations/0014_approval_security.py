"""Puts adjustments that wait, and the limit above which they do, behind row-level security."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0013_held_adjustments"),
        ("customers", "0002_row_security"),
    ]

    operations = [
        TenantTable("adjustmentlimit", rights=APPEND_ONLY),
        TenantTable("heldadjustment", rights="SELECT, INSERT, UPDATE"),
    ]
