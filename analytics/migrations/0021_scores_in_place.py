"""Lets a night rewrite scores in place: no index holds what moves every day, and pages have room for a second version."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS customer_score_in_group",
    "CREATE INDEX CONCURRENTLY customer_score_in_group ON analytics_customerscore (tenant_id, group_code)",
)
DROP = "DROP INDEX CONCURRENTLY customer_score_in_group"
OLD_DROP = "DROP INDEX CONCURRENTLY customer_score_by_group"
OLD_BUILD = """
    CREATE INDEX CONCURRENTLY customer_score_by_group
        ON analytics_customerscore (tenant_id, group_code, expected DESC)
"""
ROOM = (
    "ALTER TABLE analytics_customerscore SET (fillfactor = 60)",
    "ALTER TABLE analytics_customerscore RESET (fillfactor)",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("analytics", "0020_score_limits")]

    operations = [
        migrations.RunSQL(*ROOM),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, DROP)],
            state_operations=[
                migrations.AddIndex(
                    model_name="customerscore",
                    index=models.Index(fields=["tenant", "group"], name="customer_score_in_group"),
                )
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(OLD_DROP, OLD_BUILD)],
            state_operations=[migrations.RemoveIndex(model_name="customerscore", name="customer_score_by_group")],
        ),
    ]
