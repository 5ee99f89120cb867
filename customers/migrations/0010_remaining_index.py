"""Finds who has been joined into a customer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_consent_language_and_address"),
        ("tenants", "0004_domain_live"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["tenant", "merged_into"],
                name="customer_by_remaining",
            ),
        ),
    ]
