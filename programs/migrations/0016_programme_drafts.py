"""A change of the programme that is being prepared has a table of its own.

The words that moved to the versions keep their columns, with a default: the release before still reads and writes them.
"""

import django.db.models.deletion
from django.db import migrations, models

import tenants.database
import tenants.models


class Migration(migrations.Migration):
    dependencies = [("programs", "0015_words_of_a_version"), ("tenants", "0004_domain_live")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="program", name="points_name"),
                migrations.RemoveField(model_name="program", name="points_name_one"),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE programs_program ALTER COLUMN points_name SET DEFAULT ''",
                    "ALTER TABLE programs_program ALTER COLUMN points_name DROP DEFAULT",
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProgramDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base", models.PositiveIntegerField()),
                ("template", models.CharField(blank=True, max_length=10)),
                ("document", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=40)),
                (
                    "program",
                    tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.program",
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
                "constraints": [models.UniqueConstraint(fields=("tenant", "program"), name="program_draft_once")],
            },
        ),
    ]
