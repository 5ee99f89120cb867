"""Remembers what the merchant says of costs and margin, and the window that the next night shall draw with."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0011_stores_of_figures"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="figuresstate",
            name="wanted_days",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="figuresstate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("wanted_days", None),
                    models.Q(("wanted_days__gte", 1), ("wanted_days__lte", 730)),
                    _connector="OR",
                ),
                name="figures_wanted_window_is_days",
            ),
        ),
        migrations.CreateModel(
            name="StatedCost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since_on", models.DateField()),
                ("margin_percent", models.PositiveSmallIntegerField()),
                ("running", models.BigIntegerField()),
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
                "indexes": [models.Index(fields=["tenant", "since_on"], name="stated_cost_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("margin_percent__gte", 1), ("margin_percent__lte", 100)),
                        name="stated_margin_is_a_part",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("running__gte", 0)), name="stated_running_cost_not_negative"
                    ),
                ],
            },
        ),
    ]
