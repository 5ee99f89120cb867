"""Lets a night rewrite spells and months in place, as it does scores: pages have room for a second version."""

from django.db import migrations

ROOM = (
    ("ALTER TABLE analytics_spell SET (fillfactor = 80)", "ALTER TABLE analytics_spell RESET (fillfactor)"),
    (
        "ALTER TABLE analytics_customermonth SET (fillfactor = 90)",
        "ALTER TABLE analytics_customermonth RESET (fillfactor)",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0021_scores_in_place")]

    operations = [migrations.RunSQL(*both) for both in ROOM]
