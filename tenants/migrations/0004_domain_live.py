"""Since when a shop's own domain is known to lead to it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_trade_brand_closing")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="domain_live_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("domain_live_at", None), ("domain__isnull", False), _connector="OR"),
                name="tenant_live_domain_is_named",
            ),
        ),
    ]
