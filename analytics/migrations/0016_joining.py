"""Keeps what members spent before and after they joined."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0015_reviews_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="JoiningFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("members", models.IntegerField()),
                ("before", models.BigIntegerField(null=True)),
                ("after", models.BigIntegerField(null=True)),
                ("low", models.BigIntegerField(null=True)),
                ("high", models.BigIntegerField(null=True)),
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
                    models.UniqueConstraint(fields=("tenant",), name="joining_figures_once"),
                    models.CheckConstraint(
                        condition=models.Q(("members__gte", 0)), name="joining_figures_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("after", None), ("before", None), ("high", None), ("low", None)),
                            models.Q(
                                ("after__isnull", False),
                                ("before__isnull", False),
                                ("high__isnull", False),
                                ("low__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="joining_figures_all_or_none",
                    ),
                ],
            },
        ),
    ]
