"""Lets a cancelled redemption give points back to the lots that they came from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0011_point_value_security"),
        ("team", "0006_row_security"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lotuse",
            name="lot_use_takes_points",
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("kind", "void"), ("redemption_id__isnull", False)),
                fields=["tenant", "redemption_id"],
                name="entry_void_of_redemption",
            ),
        ),
        migrations.AddConstraint(
            model_name="lotuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("points", 0), _negated=True), name="lot_use_moves_points"
            ),
        ),
    ]
