"""What shops want their figures to be by a day."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0017_joining_security"),
        ("team", "0008_key_reads_figures"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="Goal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("retention", "Retention rate"),
                            ("churn", "Churn rate"),
                            ("repeat", "Repeat purchase rate"),
                            ("frequency", "Purchase frequency"),
                            ("average", "Average purchase"),
                            ("value", "Customer value (rough)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("span_days", models.PositiveSmallIntegerField(null=True)),
                ("target", models.DecimalField(decimal_places=1, max_digits=13)),
                ("due_on", models.DateField()),
                ("start", models.DecimalField(decimal_places=1, max_digits=13)),
                ("start_on", models.DateField()),
                ("set_at", models.DateTimeField()),
                ("figure", models.DecimalField(decimal_places=1, max_digits=13, null=True)),
                ("figure_on", models.DateField(null=True)),
                ("is_off_track", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("reached", "reached"),
                            ("missed", "missed"),
                            ("dropped", "dropped"),
                        ],
                        default="open",
                        max_length=7,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("state", "open")),
                        fields=("tenant", "metric", "store"),
                        name="goal_open_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "open")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("is_off_track", False),
                                ("state__in", ["reached", "missed", "dropped"]),
                            ),
                            _connector="OR",
                        ),
                        name="goal_is_open_or_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gt", models.F("start_on"))), name="goal_ends_after_it_began"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("target", models.F("start")), _negated=True), ("target__gte", 0)),
                        name="goal_leads_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("span_days", None), ("span_days__in", (30, 90, 365)), _connector="OR"),
                        name="goal_span_is_drawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("figure", None), ("figure_on", None)),
                            models.Q(("figure__isnull", False), ("figure_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="goal_figure_has_a_day",
                    ),
                ],
            },
        ),
    ]
