"""Puts stamp cards behind row-level security; like their version they never change."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("programs", "0011_stamp_cards")]

    operations = [TenantTable("stampcard", rights="SELECT, INSERT")]
