"""Puts the claims to e-mail addresses behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_email_claims_and_wordings")]

    operations = [TenantTable("emailclaim")]
