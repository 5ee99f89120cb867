"""Monthly reports: how often they are mailed, to whom not, which have gone out, and what of them is shared."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0013_stated_cost_security"),
        ("team", "0008_key_reads_figures"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeclinedReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("declined_at", models.DateTimeField()),
                (
                    "member",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="team.membership",
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
                "constraints": [models.UniqueConstraint(fields=("tenant", "member"), name="review_declined_once")],
            },
        ),
        migrations.CreateModel(
            name="PostedReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("posted_at", models.DateTimeField()),
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
                    models.UniqueConstraint(fields=("tenant", "first_on", "last_on"), name="review_posted_once"),
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gt", models.F("first_on"))), name="review_posted_of_days"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewRhythm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("monthly", "Every month"), ("quarterly", "Every quarter"), ("none", "Not at all")],
                        max_length=9,
                    ),
                ),
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
                    models.CheckConstraint(
                        condition=models.Q(("rhythm__in", ["monthly", "quarterly", "none"])),
                        name="review_rhythm_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("summary", "Summary without money"),
                            ("came", "Who came"),
                            ("again", "Who came on several days"),
                            ("joined", "Who joined"),
                            ("praise", "Who would recommend you"),
                        ],
                        max_length=8,
                    ),
                ),
                ("shared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(fields=("tenant", "public_id"), name="review_shared_by_id"),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("tenant", "first_on", "last_on", "what"),
                        name="review_shared_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("what__in", ["summary", "came", "again", "joined", "praise"])),
                        name="review_shared_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gt", models.F("first_on"))), name="review_shared_of_days"
                    ),
                ],
            },
        ),
    ]
