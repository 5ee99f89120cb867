"""Rights of the application's role on the tables that no tenant owns."""

from django.db import migrations

from tenants.rls import READ_AND_WRITE, GlobalTable

READ = "SELECT"


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        GlobalTable("tenants_tenant", rights="SELECT, INSERT, UPDATE"),
        GlobalTable("tenants_user", rights="SELECT, INSERT, UPDATE"),
        GlobalTable("account_emailaddress", rights=READ_AND_WRITE),
        GlobalTable("account_emailconfirmation", rights=READ_AND_WRITE),
        GlobalTable("mfa_authenticator", rights=READ_AND_WRITE),
        GlobalTable("django_session", rights=READ_AND_WRITE),
        GlobalTable("django_content_type", rights=READ),
        GlobalTable("auth_permission", rights=READ),
        GlobalTable("auth_group", rights=READ),
        GlobalTable("auth_group_permissions", rights=READ),
        GlobalTable("django_migrations", rights=READ),
    ]
