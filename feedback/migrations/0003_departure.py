"""Why customers leave: counted by day, occasion and reason."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_mailbox_index"),
        ("feedback", "0002_row_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "occasion",
                    models.CharField(
                        choices=[("closed", "Account deleted"), ("withdrawn", "Consent withdrawn")], max_length=9
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("messages", "Too many messages"),
                            ("offers", "The offers do not suit me"),
                            ("seldom", "I hardly come here any more"),
                            ("data", "I want to share less data"),
                            ("other", "Something else"),
                        ],
                        max_length=8,
                    ),
                ),
                ("on", models.DateField()),
                ("once", models.CharField(max_length=40)),
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
                "indexes": [
                    models.Index(fields=["tenant", "on", "occasion", "reason"], name="departure_by_day"),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)),
                        fields=["tenant", "customer"],
                        name="departure_by_customer",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "once"), name="departure_explained_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("customer", None), ("occasion", "closed")),
                            models.Q(("customer__isnull", False), ("occasion", "withdrawn")),
                            _connector="OR",
                        ),
                        name="departure_of_nobody_or_somebody",
                    ),
                ],
            },
        ),
    ]
