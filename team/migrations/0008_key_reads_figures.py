"""What a key that reads may read, in words: figures as well."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0007_opening_hours"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("read", "Read customers, balances, the programme and figures"),
                        ("write", "Record purchases, enrol and change customers"),
                        ("redeem", "Redeem rewards"),
                    ],
                    max_length=10,
                ),
                size=None,
            ),
        ),
    ]
