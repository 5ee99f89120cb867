"""Puts products behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_products_and_import_id")]

    operations = [TenantTable("product")]
