"""Puts the customers' tables behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("tenants", "0002_rights")]

    operations = [TenantTable("customer"), TenantTable("card"), TenantTable("consent")]
