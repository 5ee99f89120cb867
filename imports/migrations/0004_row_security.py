"""Puts files, opening balances and choices of columns behind row security; gives lower apps' import ids their keys."""

from django.db import migrations

from tenants.rls import TenantReference, TenantTable

ENTRY_KEY = """
    ALTER TABLE imports_openingbalance ADD CONSTRAINT imports_openingbalance_entry_fk
        FOREIGN KEY (tenant_id, account_id, entry_seq) REFERENCES ledger_entry (tenant_id, account_id, seq)
"""
NO_ENTRY_KEY = "ALTER TABLE imports_openingbalance DROP CONSTRAINT imports_openingbalance_entry_fk"
# Until now there were imports from the command line only: they have ended, or were interrupted.
END_EARLIER_IMPORTS = """
    UPDATE imports_import
       SET step = 'import', state = CASE WHEN finished_at IS NULL THEN 'failed' ELSE 'done' END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_files_steps_and_leases"),
        ("customers", "0008_import_id"),
        ("programs", "0006_product_security"),
    ]

    operations = [
        TenantTable("filepart"),
        TenantTable("openingbalance"),
        TenantTable("columnchoice"),
        migrations.RunSQL(ENTRY_KEY, NO_ENTRY_KEY),
        TenantReference("customers_customer", "import_id", to="imports_import"),
        TenantReference("programs_purchase", "import_id", to="imports_import"),
        TenantReference("programs_product", "import_id", to="imports_import"),
        migrations.RunSQL(END_EARLIER_IMPORTS, migrations.RunSQL.noop),
    ]
