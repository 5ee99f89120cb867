"""What the model would have foretold, and what came true of it."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0006_scores_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("window_days", models.PositiveSmallIntegerField()),
                ("customers", models.IntegerField()),
                ("marked", models.IntegerField()),
                ("marked_silent", models.IntegerField()),
                ("unmarked", models.IntegerField()),
                ("unmarked_silent", models.IntegerField()),
                ("judgement", models.JSONField()),
                ("recalibration", models.JSONField(null=True)),
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
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="model_check",
            field=tenants.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="analytics.modelcheck",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelcheck",
            constraint=models.UniqueConstraint(fields=("tenant", "day"), name="model_check_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="modelcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "customers",
                        django.db.models.expressions.CombinedExpression(models.F("marked"), "+", models.F("unmarked")),
                    ),
                    ("marked__gte", models.F("marked_silent")),
                    ("unmarked__gte", models.F("unmarked_silent")),
                ),
                name="model_check_counts_everybody",
            ),
        ),
    ]
