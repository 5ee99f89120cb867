"""The days of what was bought before, chunk by chunk, so that no till waits for long."""

from django.db import migrations

AT_ONCE = 10_000
DATE = """
UPDATE programs_purchase AS p SET purchased_on = (p.purchased_at AT TIME ZONE t.time_zone)::date
  FROM tenants_tenant AS t
 WHERE t.id = p.tenant_id AND p.id > %s AND p.id <= %s AND p.purchased_on IS NULL
"""
# A constraint that is known to hold spares the scan under the lock.
FINISH = (
    "ALTER TABLE programs_purchase ADD CONSTRAINT purchase_has_a_day CHECK (purchased_on IS NOT NULL) NOT VALID",
    "ALTER TABLE programs_purchase VALIDATE CONSTRAINT purchase_has_a_day",
    "ALTER TABLE programs_purchase ALTER COLUMN purchased_on SET NOT NULL",
    "ALTER TABLE programs_purchase DROP CONSTRAINT purchase_has_a_day",
)


def date_what_was_bought(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM programs_purchase")
        (last,) = cursor.fetchone()
        for start in range(0, last, AT_ONCE):
            cursor.execute(DATE, [start, start + AT_ONCE])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("programs", "0019_day_of_purchase")]

    operations = [
        migrations.RunPython(date_what_was_bought, migrations.RunPython.noop, elidable=True),
        migrations.RunSQL(FINISH, "ALTER TABLE programs_purchase ALTER COLUMN purchased_on DROP NOT NULL"),
    ]
