"""What points are called belongs to a version, because a planned one may call them something else."""

from django.db import migrations, models
from django.db.models import Value

COPY = """
UPDATE programs_programversion AS version
SET points_name = program.points_name, points_name_one = program.points_name_one
FROM programs_program AS program
WHERE program.tenant_id = version.tenant_id AND program.id = version.program_id
"""
COPY_BACK = """
UPDATE programs_program AS program
SET points_name = version.points_name, points_name_one = version.points_name_one
FROM programs_programversion AS version
WHERE version.tenant_id = program.tenant_id AND version.program_id = program.id
  AND NOT EXISTS (
    SELECT FROM programs_programversion AS newer
    WHERE newer.tenant_id = version.tenant_id AND newer.program_id = version.program_id
      AND newer.number > version.number
  )
"""
# Shops that were there before have long begun.
OPEN = "UPDATE programs_program SET opened_at = created_at"


class Migration(migrations.Migration):
    dependencies = [("programs", "0014_return_security")]

    operations = [
        migrations.AddField(
            model_name="programversion",
            name="points_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="programversion",
            name="points_name_one",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="programversion",
            name="workings",
            field=models.JSONField(db_default=Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(model_name="program", name="opened_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(COPY, COPY_BACK),
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
    ]
