"""Lets accounts close, and lots move to another account with the entry that has earned them."""

from django.db import migrations, models

ORIGIN = """
    ALTER TABLE ledger_lot ADD CONSTRAINT ledger_lot_origin_fk
        FOREIGN KEY (tenant_id, origin_account_id, origin_seq)
        REFERENCES ledger_entry (tenant_id, account_id, seq) NOT VALID;
    ALTER TABLE ledger_lot VALIDATE CONSTRAINT ledger_lot_origin_fk;
"""
NO_ORIGIN = "ALTER TABLE ledger_lot DROP CONSTRAINT ledger_lot_origin_fk"


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_row_security"),
        ("team", "0004_row_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="lot",
            name="origin_account_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="lot",
            name="origin_seq",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("kind__in", ["return", "void"]), ("purchase_id__isnull", False)),
                fields=["tenant", "purchase_id"],
                name="entry_reversals_of_purchase",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("origin_account_id__isnull", False)),
                fields=["tenant", "origin_account_id", "origin_seq"],
                name="lot_by_origin",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin_account_id", None), ("origin_seq", None)),
                    models.Q(("origin_account_id__isnull", False), ("origin_seq__isnull", False)),
                    _connector="OR",
                ),
                name="lot_origin_is_an_entry",
            ),
        ),
        migrations.RunSQL(ORIGIN, NO_ORIGIN),
    ]
