"""Puts monthly reports behind row-level security."""

from django.db import migrations

from tenants.rls import APPEND_ONLY, TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0014_reviews")]

    operations = [
        TenantTable("reviewrhythm", rights=APPEND_ONLY),
        TenantTable("declinedreview", rights="SELECT, INSERT, DELETE"),
        TenantTable("postedreview", rights=APPEND_ONLY),
        TenantTable("sharedreview", rights="SELECT, INSERT, UPDATE"),
    ]
