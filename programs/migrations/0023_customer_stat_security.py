"""Puts what customers have bought altogether behind row-level security."""

from django.db import migrations

from tenants.rls import TenantTable

# Rows change with every award and are never indexed by what changes, so they may stay where they are.
ROOM = (
    "ALTER TABLE programs_customerstat SET (fillfactor = 80)",
    "ALTER TABLE programs_customerstat RESET (fillfactor)",
)


class Migration(migrations.Migration):
    dependencies = [("programs", "0022_customer_stats")]

    operations = [TenantTable("customerstat"), TenantTable("latechange"), migrations.RunSQL(*ROOM)]
