"""Finds the few whom nothing is computed about, without reading all customers; built while others write."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS customer_unscored",
    """
    CREATE INDEX CONCURRENTLY customer_unscored ON customers_customer (tenant_id, id)
        WHERE status IN ('merged', 'erased') OR scoring_objected_at IS NOT NULL
    """,
)
DROP = "DROP INDEX CONCURRENTLY customer_unscored"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0012_mailbox_index")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, DROP)],
            state_operations=[
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        condition=models.Q(
                            ("status__in", ["merged", "erased"]),
                            ("scoring_objected_at__isnull", False),
                            _connector="OR",
                        ),
                        fields=["tenant", "id"],
                        name="customer_unscored",
                    ),
                )
            ],
        ),
    ]
