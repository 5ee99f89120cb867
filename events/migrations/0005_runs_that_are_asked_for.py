"""A run can be asked for, and says how far it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_customer_of_event"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="done",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="total",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="jobrun",
            name="state",
            field=models.CharField(
                choices=[("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                default="running",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="jobrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                name="job_run_in_a_known_state",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="jobrun",
            name="job_run_state_known",
        ),
    ]
