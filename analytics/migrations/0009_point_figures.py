"""What was owed in points at the end of a day."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0008_model_check_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("outstanding", models.BigIntegerField()),
                ("granted", models.BigIntegerField()),
                ("expired", models.BigIntegerField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "day"), name="point_figures_once"),
                    models.CheckConstraint(
                        condition=models.Q(("expired__gte", 0), ("granted__gte", 0), ("outstanding__gte", 0)),
                        name="point_figures_not_negative",
                    ),
                ],
            },
        ),
    ]
