"""Puts notes, tags and acceptances behind row-level security, and keeps a merge inside its tenant."""

from django.db import migrations

from tenants.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_consent_proof_notes_tags_merging"), ("legal", "0002_row_security")]

    operations = [
        TenantReference("customers_customer", "merged_into_id", to="customers_customer"),
        TenantTable("termsacceptance"),
        TenantTable("note"),
        TenantTable("tag"),
        TenantTable("customertag"),
    ]
