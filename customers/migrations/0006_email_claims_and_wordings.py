"""Lets customers claim an e-mail address and prove it, and keeps the version of the wording they consented to."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_name_order"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="wording_version",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="customer",
            name="email_confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="consent",
            name="confirmed_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="requested_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="withdrawn_via",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joining", "on the enrolment page"),
                    ("portal", "in the portal"),
                    ("mail", "by a link in an e-mail"),
                    ("code", "with a code by e-mail"),
                    ("till", "with the code that the till showed"),
                    ("staff", "by the team"),
                    ("api", "by another system"),
                    ("merge", "when two cards were joined"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="EmailClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(db_collation="C", max_length=254)),
                ("token_hash", models.CharField(max_length=64)),
                ("claimed_at", models.DateTimeField()),
                ("message_id", models.CharField(blank=True, max_length=250)),
                ("proven_at", models.DateTimeField(null=True)),
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
                "indexes": [models.Index(fields=["tenant", "customer"], name="email_claim_by_customer")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "token_hash"), name="email_claim_token_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("proven_at__isnull", True)),
                        fields=("tenant", "customer"),
                        name="email_claim_open_once",
                    ),
                ],
            },
        ),
    ]
