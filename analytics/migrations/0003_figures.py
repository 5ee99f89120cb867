"""Figures of customers, days and the base, drawn at night."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0002_row_security"),
        ("customers", "0012_mailbox_index"),
        ("team", "0007_opening_hours"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="BaseFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("bought", models.IntegerField()),
                ("bought_again", models.IntegerField()),
                ("active", models.IntegerField()),
                ("active_again", models.IntegerField()),
                ("kept_30", models.IntegerField()),
                ("new_30", models.IntegerField()),
                ("kept_90", models.IntegerField()),
                ("new_90", models.IntegerField()),
                ("kept_365", models.IntegerField()),
                ("new_365", models.IntegerField()),
                (
                    "store",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="team.store",
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
                        fields=("tenant", "day", "store"), name="base_figures_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("active__gte", models.F("active_again")),
                            ("bought__gte", models.F("active")),
                            ("bought_again__gte", models.F("active_again")),
                        ),
                        name="base_figures_are_parts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("days", models.PositiveSmallIntegerField()),
                ("purchases", models.IntegerField()),
                ("total", models.BigIntegerField()),
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
                    models.UniqueConstraint(fields=("tenant", "customer", "month"), name="customer_month_once"),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="customer_month_is_a_first"),
                    models.CheckConstraint(
                        condition=models.Q(("days__gte", 1), ("purchases__gte", models.F("days")), ("total__gte", 0)),
                        name="customer_month_of_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DayFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("purchases", models.IntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("card_purchases", models.IntegerField(default=0)),
                ("card_total", models.BigIntegerField(default=0)),
                ("points", models.BigIntegerField(default=0)),
                ("redemptions", models.IntegerField(default=0)),
                ("redeemed_points", models.BigIntegerField(default=0)),
                ("reward_cost", models.BigIntegerField(default=0)),
                ("uncosted", models.IntegerField(default=0)),
                (
                    "store",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="team.store",
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
                        fields=("tenant", "day", "store"), name="day_figures_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purchases__gte", models.F("card_purchases")), ("total__gte", models.F("card_total"))
                        ),
                        name="day_figures_card_is_a_part",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FiguresState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("window_days", models.PositiveSmallIntegerField()),
                ("drawn_until", models.DateField(null=True)),
                ("base_from", models.DateField(null=True)),
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
                    models.UniqueConstraint(fields=("tenant",), name="figures_state_once"),
                    models.CheckConstraint(
                        condition=models.Q(("window_days__gte", 1), ("window_days__lte", 730)),
                        name="figures_window_is_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Spell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("least", models.PositiveSmallIntegerField()),
                ("begins_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("first_on", models.DateField()),
                ("second_on", models.DateField(null=True)),
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
                    "store",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="team.store",
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
                        fields=("tenant", "customer", "store", "least", "begins_on"),
                        name="spell_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(condition=models.Q(("least__in", [1, 2])), name="spell_of_one_or_two"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("begins_on__gte", models.F("first_on")), ("ends_on__gt", models.F("begins_on"))
                        ),
                        name="spell_has_days",
                    ),
                ],
            },
        ),
    ]
