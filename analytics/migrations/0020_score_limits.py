"""Between which limits an estimate lies, and why it is what it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0019_goal_security"),
        ("customers", "0012_mailbox_index"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddField(
            model_name="customerscore",
            name="expected_high",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerscore",
            name="expected_low",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerscore",
            name="reason",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customerscore",
            name="second_reason",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="customerscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expected_high", None), ("expected_low", None)),
                    models.Q(("expected_high__gte", models.F("expected")), ("expected_low__lte", models.F("expected"))),
                    _connector="OR",
                ),
                name="customer_score_within_limits",
            ),
        ),
    ]
