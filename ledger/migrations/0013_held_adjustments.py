"""Lets an adjustment above a limit wait for a second person."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_remaining_index"),
        ("ledger", "0012_given_back"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdjustmentLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.BigIntegerField(null=True)),
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
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="adjustment_limit_is_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldAdjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.BigIntegerField()),
                ("reason", models.CharField(max_length=20)),
                ("asked_by", models.CharField(max_length=40)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=40)),
                ("decided_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("state", "waiting")),
                        fields=["tenant", "asked_at"],
                        name="held_adjustment_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points", 0), _negated=True), name="held_adjustment_moves_points"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "waiting")),
                            models.Q(("decided_at__isnull", False), ("state__in", ["approved", "refused", "lapsed"])),
                            _connector="OR",
                        ),
                        name="held_adjustment_is_decided_or_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="held_adjustment_by_two_people",
                    ),
                ],
            },
        ),
    ]
