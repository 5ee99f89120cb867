"""Lets a version name each rule once, without stopping anybody while the index is built."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS earning_rule_code_once",
    """
    CREATE UNIQUE INDEX CONCURRENTLY earning_rule_code_once
        ON programs_earningrule (tenant_id, version_id, code) WHERE NOT code = ''
    """,
)
DROP = "DROP INDEX CONCURRENTLY earning_rule_code_once"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0017_draft_security")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, DROP)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="earningrule",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        fields=("tenant", "version", "code"),
                        name="earning_rule_code_once",
                    ),
                )
            ],
        ),
    ]
