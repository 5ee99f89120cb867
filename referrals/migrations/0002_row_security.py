"""Puts referrals behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial")]

    operations = [
        TenantTable("referraloffer", rights="SELECT, INSERT, UPDATE, DELETE"),
        TenantTable("offerreward", rights="SELECT, INSERT, DELETE"),
        TenantTable("invitation", rights="SELECT, INSERT, UPDATE"),
        TenantTable("invitationclicks", rights="SELECT, INSERT, UPDATE"),
        TenantTable("referral", rights="SELECT, INSERT, UPDATE"),
        TenantTable("thanks", rights="SELECT, INSERT, UPDATE"),
        TenantTable("forgottencontact", rights="SELECT, INSERT, DELETE"),
    ]
