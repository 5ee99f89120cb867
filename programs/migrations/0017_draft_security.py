"""Puts drafts of programmes behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("programs", "0016_programme_drafts")]

    operations = [TenantTable("programdraft")]
