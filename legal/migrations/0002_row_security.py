"""Puts the legal tables behind row-level security; a published text can be read and added, never changed."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("legal", "0001_initial"), ("tenants", "0002_rights")]

    operations = [
        TenantTable("businessdetails"),
        TenantTable("legaltext", rights=APPEND_ONLY),
        TenantTable("processingagreement", rights=APPEND_ONLY),
    ]
