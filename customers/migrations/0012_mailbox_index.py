"""Finds customers by their mailbox; the index is built while others write."""

from django.db import migrations, models

BUILD = (
    # What a build that was cut short has left behind.
    "DROP INDEX CONCURRENTLY IF EXISTS customer_by_mailbox",
    """
    CREATE INDEX CONCURRENTLY customer_by_mailbox
        ON customers_customer (tenant_id, email_key) WHERE NOT email_key = ''
    """,
)
DROP = "DROP INDEX CONCURRENTLY customer_by_mailbox"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0011_mailbox_keys")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BUILD, DROP)],
            state_operations=[
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        condition=models.Q(("email_key", ""), _negated=True),
                        fields=["tenant", "email_key"],
                        name="customer_by_mailbox",
                    ),
                )
            ],
        ),
    ]
