"""Gives an event a column for the customer that it is about, so that one customer's history comes from an index."""

import django.db.models.fields.json
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_event_recorded_at"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="customer_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Cast(
                    django.db.models.fields.json.KeyTextTransform("customer", "payload"), models.BigIntegerField()
                ),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("customer_id__isnull", False)),
                fields=["tenant", "customer_id", "id"],
                name="event_by_customer",
            ),
        ),
    ]
