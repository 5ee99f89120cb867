"""Puts rewards and vouchers behind row-level security."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("rewards", "0001_initial")]

    operations = [
        TenantTable("rewardphoto", rights="SELECT, INSERT, DELETE"),
        TenantTable("reward", rights="SELECT, INSERT, UPDATE"),
        TenantTable("redemption", rights="SELECT, INSERT, UPDATE"),
        TenantTable("showncode", rights="SELECT, INSERT, DELETE"),
        TenantTable("cardlimit", rights=APPEND_ONLY),
    ]
