"""Puts the logo behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("team", "0003_logo"), ("tenants", "0003_trade_brand_closing")]

    operations = [TenantTable("logo")]
