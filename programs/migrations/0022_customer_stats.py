"""What each customer has bought altogether, and which days have changed after figures were drawn from them."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_mailbox_index"),
        ("programs", "0021_purchases_by_customer_and_day"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerStat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purchases", models.IntegerField()),
                ("days", models.IntegerField()),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("second_on", models.DateField(null=True)),
                ("total", models.BigIntegerField()),
                ("first_total", models.BigIntegerField()),
                ("log_gaps", models.FloatField(default=0)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "customer"), name="customer_stat_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__gte", 1),
                            ("last_on__gte", models.F("first_on")),
                            ("purchases__gte", models.F("days")),
                        ),
                        name="customer_stat_days_and_purchases",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purchases", 1), ("second_on", None)),
                            models.Q(("purchases__gte", 2), ("second_on__gte", models.F("first_on"))),
                            _connector="OR",
                        ),
                        name="customer_stat_second_purchase",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_total__gte", 0), ("total__gte", models.F("first_total"))),
                        name="customer_stat_totals",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "customer",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "customer", "day"), name="late_change_once", nulls_distinct=False
                    )
                ],
            },
        ),
    ]
