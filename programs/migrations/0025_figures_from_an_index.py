"""Lets months, spells and sums of days be read from an index alone, too, without stopping the tills while it is built."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS purchase_for_figures",
    """
    CREATE INDEX CONCURRENTLY purchase_for_figures
        ON programs_purchase (tenant_id, customer_id, purchased_on, purchased_at)
           INCLUDE (store_id, total, returned_total, points, returned_points, voided_at)
    """,
    "DROP INDEX CONCURRENTLY purchase_by_customer_day",
)
BEFORE = (
    """
    CREATE INDEX CONCURRENTLY purchase_by_customer_day
        ON programs_purchase (tenant_id, customer_id, purchased_on, purchased_at)
           INCLUDE (total, returned_total, voided_at)
    """,
    "DROP INDEX CONCURRENTLY purchase_for_figures",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0024_mark_the_past")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, BEFORE)],
            state_operations=[
                migrations.RemoveIndex(model_name="purchase", name="purchase_by_customer_day"),
                migrations.AddIndex(
                    model_name="purchase",
                    index=models.Index(
                        fields=["tenant", "customer", "purchased_on", "purchased_at"],
                        include=["store", "total", "returned_total", "points", "returned_points", "voided_at"],
                        name="purchase_for_figures",
                    ),
                ),
            ],
        ),
    ]
