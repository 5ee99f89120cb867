"""Puts returned goods behind row-level security; what came back never changes."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("programs", "0013_returns")]

    operations = [TenantTable("purchasereturn", rights=APPEND_ONLY)]
