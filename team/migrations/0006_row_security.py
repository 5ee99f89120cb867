"""Puts invitations and the limits of members behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("team", "0005_stores_and_invitations"), ("tenants", "0003_trade_brand_closing")]

    operations = [TenantTable("invitation"), TenantTable("memberstore")]
