"""Puts the ledger behind row-level security; entries and uses of lots can only be added."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, READ_AND_WRITE, TenantTable

ENTRY_KEYS = """
    ALTER TABLE ledger_lot ADD CONSTRAINT ledger_lot_entry_fk
        FOREIGN KEY (tenant_id, account_id, entry_seq) REFERENCES ledger_entry (tenant_id, account_id, seq);
    ALTER TABLE ledger_lotuse ADD CONSTRAINT ledger_lotuse_entry_fk
        FOREIGN KEY (tenant_id, account_id, entry_seq) REFERENCES ledger_entry (tenant_id, account_id, seq);
    ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_reverses_fk
        FOREIGN KEY (tenant_id, account_id, reverses) REFERENCES ledger_entry (tenant_id, account_id, seq);
"""
NO_ENTRY_KEYS = """
    ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_reverses_fk;
    ALTER TABLE ledger_lotuse DROP CONSTRAINT ledger_lotuse_entry_fk;
    ALTER TABLE ledger_lot DROP CONSTRAINT ledger_lot_entry_fk;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("customers", "0002_row_security"),
        ("team", "0002_row_security"),
    ]

    operations = [
        TenantTable("account", rights="SELECT, INSERT, UPDATE"),
        TenantTable("entry", rights=APPEND_ONLY),
        TenantTable("lot", rights="SELECT, INSERT, UPDATE"),
        TenantTable("lotuse", rights=APPEND_ONLY),
        TenantTable("idempotencykey", rights=READ_AND_WRITE),
        migrations.RunSQL(ENTRY_KEYS, NO_ENTRY_KEYS),
        # Room on each page, so that an award rewrites its account in place and no index grows.
        migrations.RunSQL(
            "ALTER TABLE ledger_account SET (fillfactor = 70)", "ALTER TABLE ledger_account RESET (fillfactor)"
        ),
    ]
