"""Puts the programme's tables behind row-level security, and gives the ledger's bare ids their keys."""

from django.db import migrations

from tenants.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0001_initial"),
        ("ledger", "0002_row_security"),
    ]

    operations = [
        TenantTable("program"),
        TenantTable("tier"),
        TenantTable("programversion"),
        TenantTable("tierterms"),
        TenantTable("earningrule"),
        TenantTable("purchase", rights="SELECT, INSERT, UPDATE"),
        TenantTable("purchaseline", rights="SELECT, INSERT"),
        TenantReference("ledger_account", "program_id", to="programs_program"),
        TenantReference("ledger_account", "tier_id", to="programs_tier"),
        TenantReference("ledger_entry", "purchase_id", to="programs_purchase"),
        TenantReference("ledger_entry", "program_version_id", to="programs_programversion"),
    ]
