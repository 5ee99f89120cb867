"""Remembers who has been reminded of points that expire."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_lifetime_so_far"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExpiryReminder",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "account_id",
                        "last_day",
                        "days_ahead",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("last_day", models.DateField()),
                ("days_ahead", models.PositiveSmallIntegerField()),
                (
                    "account",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
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
                "indexes": [models.Index(fields=["tenant", "last_day"], name="expiry_reminder_by_day")],
            },
        ),
    ]
