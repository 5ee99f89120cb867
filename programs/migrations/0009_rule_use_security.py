"""Puts what limited rules have given behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("programs", "0008_earning_rules")]

    operations = [TenantTable("ruleuse")]
