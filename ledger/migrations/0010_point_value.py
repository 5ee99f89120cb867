"""Remembers what the merchant says points are worth."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0009_stamps_at_tills"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("per_hundred", models.BigIntegerField()),
                ("stated_at", models.DateTimeField()),
                ("stated_by", models.CharField(max_length=40)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_default=tenants.database.CurrentTenant(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "stated_at"], name="point_value_by_time")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("per_hundred__gt", 0)), name="point_value_is_positive")
                ],
            },
        ),
    ]
