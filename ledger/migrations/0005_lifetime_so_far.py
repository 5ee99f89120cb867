"""Until now what counts for tiers had counted since the beginning of the membership: so far both are the same."""

from django.db import migrations

AT_ONCE = 5_000
COUNT = """
UPDATE ledger_account SET lifetime_spend = qualifying_spend, lifetime_visits = qualifying_visits
 WHERE id > %s AND id <= %s
"""


def count_what_was_bought(apps, schema_editor):
    """Chunk by chunk, so that no till waits for long."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_account")
        (last,) = cursor.fetchone()
        for start in range(0, last, AT_ONCE):
            cursor.execute(COUNT, [start, start + AT_ONCE])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0004_lifetime_counters")]

    operations = [migrations.RunPython(count_what_was_bought, migrations.RunPython.noop, elidable=True)]
