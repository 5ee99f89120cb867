"""What the models say of each customer, and of all."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0004_figures_security"),
        ("customers", "0012_mailbox_index"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Lost customers"),
                            (2, "Customers at risk"),
                            (3, "New customers"),
                            (4, "Champions"),
                            (5, "Regular customers"),
                            (6, "Occasional customers"),
                        ],
                        db_column="group_code",
                    ),
                ),
                ("recency", models.PositiveSmallIntegerField()),
                ("frequency", models.PositiveSmallIntegerField()),
                ("money", models.PositiveSmallIntegerField()),
                ("gap_days", models.PositiveSmallIntegerField(null=True)),
                ("silent_percent", models.PositiveSmallIntegerField(null=True)),
                ("expected", models.BigIntegerField(null=True)),
                (
                    "customer",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
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
                "indexes": [
                    models.Index(
                        models.F("tenant"),
                        models.F("group"),
                        models.OrderBy(models.F("expected"), descending=True),
                        name="customer_score_by_group",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "customer"), name="customer_score_once"),
                    models.CheckConstraint(
                        condition=models.Q(("group__gte", 1), ("group__lte", 6)), name="customer_score_group_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("frequency__lte", 5), ("money__lte", 5), ("recency__lte", 5)),
                        name="customer_score_in_fifths",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expected", None), ("silent_percent", None)),
                            models.Q(("expected__gte", 0), ("silent_percent__lte", 100)),
                            _connector="OR",
                        ),
                        name="customer_score_percent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoringRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("window_days", models.PositiveSmallIntegerField()),
                ("customers", models.IntegerField()),
                ("footing", models.CharField(max_length=10)),
                ("parameters", models.JSONField(default=dict)),
                ("groups", models.JSONField(default=dict)),
                ("expected", models.BigIntegerField(default=0)),
                ("expected_low", models.BigIntegerField(default=0)),
                ("expected_high", models.BigIntegerField(default=0)),
                ("ran_at", models.DateTimeField()),
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
                    models.UniqueConstraint(fields=("tenant", "day"), name="scoring_run_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expected__lte", models.F("expected_high")), ("expected_low__lte", models.F("expected"))
                        ),
                        name="scoring_run_within_limits",
                    ),
                ],
            },
        ),
    ]
