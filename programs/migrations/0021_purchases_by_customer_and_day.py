"""Lets a summary of customers be read from an index alone, without stopping the tills while it is built."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS purchase_by_customer_day",
    """
    CREATE INDEX CONCURRENTLY purchase_by_customer_day
        ON programs_purchase (tenant_id, customer_id, purchased_on, purchased_at)
           INCLUDE (total, returned_total, voided_at)
    """,
    "DROP INDEX CONCURRENTLY purchase_by_customer",
)
BEFORE = (
    """
    CREATE INDEX CONCURRENTLY purchase_by_customer
        ON programs_purchase (tenant_id, customer_id, purchased_at) INCLUDE (total)
    """,
    "DROP INDEX CONCURRENTLY purchase_by_customer_day",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0020_day_of_past_purchases")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, BEFORE)],
            state_operations=[
                migrations.RemoveIndex(model_name="purchase", name="purchase_by_customer"),
                migrations.AddIndex(
                    model_name="purchase",
                    index=models.Index(
                        fields=["tenant", "customer", "purchased_on", "purchased_at"],
                        name="purchase_by_customer_day",
                        include=("total", "returned_total", "voided_at"),
                    ),
                ),
            ],
        )
    ]
