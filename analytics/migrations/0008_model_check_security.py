"""Puts checks of the model behind row-level security; a run names the one that it was corrected by."""

from django.db import migrations

from tenants.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("analytics", "0007_model_checks")]

    operations = [
        TenantTable("modelcheck"),
        TenantReference("analytics_scoringrun", "model_check_id", to="analytics_modelcheck"),
    ]
