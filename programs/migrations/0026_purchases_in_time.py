"""Lets each shop find its own purchases of a time; a BRIN index gave it those of all shops, which share their pages."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS purchase_in_time",
    "CREATE INDEX CONCURRENTLY purchase_in_time ON programs_purchase (tenant_id, purchased_at)",
    "DROP INDEX CONCURRENTLY purchase_by_day",
)
BEFORE = (
    """
    CREATE INDEX CONCURRENTLY purchase_by_day
        ON programs_purchase USING brin (tenant_id, purchased_at) WITH (autosummarize = on)
    """,
    "DROP INDEX CONCURRENTLY purchase_in_time",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0025_figures_from_an_index")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, BEFORE)],
            state_operations=[
                migrations.RemoveIndex(model_name="purchase", name="purchase_by_day"),
                migrations.AddIndex(
                    model_name="purchase",
                    index=models.Index(fields=["tenant", "purchased_at"], name="purchase_in_time"),
                ),
            ],
        ),
    ]
