"""Lets the receipt number of a voided purchase be used again, without stopping the tills while the index is built."""

from django.db import migrations, models

# The name begins like the old one's, by which the release that still runs recognises the refusal.
BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS purchase_receipt_once_standing",
    """
    CREATE UNIQUE INDEX CONCURRENTLY purchase_receipt_once_standing
        ON programs_purchase (tenant_id, store_id, receipt_number) NULLS NOT DISTINCT
     WHERE receipt_number IS NOT NULL AND voided_at IS NULL
    """,
)
DROP = "DROP INDEX CONCURRENTLY purchase_receipt_once_standing"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0006_product_security")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="purchase",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("receipt_number__isnull", False), ("voided_at__isnull", True)),
                        fields=("tenant", "store", "receipt_number"),
                        name="purchase_receipt_once_standing",
                        nulls_distinct=False,
                    ),
                )
            ],
        ),
        migrations.RemoveConstraint(model_name="purchase", name="purchase_receipt_once"),
    ]
