"""Every purchase knows its day on the shop's calendar.

What the release that still runs writes meanwhile gets the day by default; the new one always states it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0018_rule_codes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE programs_purchase ADD COLUMN purchased_on date",
                    "ALTER TABLE programs_purchase DROP COLUMN purchased_on",
                ),
                migrations.RunSQL(
                    "ALTER TABLE programs_purchase ALTER COLUMN purchased_on SET DEFAULT CURRENT_DATE",
                    migrations.RunSQL.noop,
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="purchase", name="purchased_on", field=models.DateField(), preserve_default=False
                )
            ],
        )
    ]
