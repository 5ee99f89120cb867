"""What PostgreSQL's own catalogue says about tenancy: nobody can forget a policy, a key or a right on a new table."""

import pytest
from django.apps import apps

from tenants.models import TenantForeignKey
from tenants.scope import tenant_models
from tests.tenants.laboratory import rows

pytestmark = pytest.mark.django_db

# Tables that no tenant owns. Adding one is a decision: its rows are visible to every shop's requests.
GLOBAL_TABLES = {
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
    "mfa_authenticator",
    "tenants_tenant",
    "tenants_user",
}
GLOBAL_RIGHTS = {
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
    "auth_permission": "SELECT",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "tenants_tenant": "INSERT SELECT UPDATE",
    "tenants_user": "INSERT SELECT UPDATE",
}
# Tenant tables on which the application may do less than read and write.
TENANT_RIGHTS = {
    "analytics_statedcost": "INSERT SELECT",
    "analytics_declinedreview": "DELETE INSERT SELECT",
    "analytics_postedreview": "INSERT SELECT",
    "analytics_reviewrhythm": "INSERT SELECT",
    "analytics_sharedreview": "INSERT SELECT UPDATE",
    "events_event": "INSERT SELECT",
    "ledger_account": "INSERT SELECT UPDATE",
    "ledger_adjustmentlimit": "INSERT SELECT",
    "ledger_entry": "INSERT SELECT",
    "ledger_expiryreminder": "DELETE INSERT SELECT",
    "ledger_heldadjustment": "INSERT SELECT UPDATE",
    "ledger_lot": "INSERT SELECT UPDATE",
    "ledger_lotuse": "INSERT SELECT",
    "ledger_pointvalue": "INSERT SELECT",
    "legal_legaltext": "INSERT SELECT",
    "legal_processingagreement": "INSERT SELECT",
    "programs_purchase": "INSERT SELECT UPDATE",
    "programs_purchaseline": "INSERT SELECT",
    "programs_purchasereturn": "INSERT SELECT",
    "programs_stampcard": "INSERT SELECT",
    "feedback_departure": "DELETE INSERT SELECT UPDATE",
    "feedback_response": "DELETE INSERT SELECT UPDATE",
    "feedback_survey": "INSERT SELECT",
    "referrals_forgottencontact": "DELETE INSERT SELECT",
    "referrals_invitation": "INSERT SELECT UPDATE",
    "referrals_invitationclicks": "INSERT SELECT UPDATE",
    "referrals_offerreward": "DELETE INSERT SELECT",
    "referrals_referral": "INSERT SELECT UPDATE",
    "referrals_thanks": "INSERT SELECT UPDATE",
    "rewards_cardlimit": "INSERT SELECT",
    "rewards_redemption": "INSERT SELECT UPDATE",
    "rewards_reward": "INSERT SELECT UPDATE",
    "rewards_rewardphoto": "DELETE INSERT SELECT",
    "rewards_showncode": "DELETE INSERT SELECT",
}
READ_AND_WRITE = "DELETE INSERT SELECT UPDATE"
COLUMN_RIGHTS = {("events_event", "relayed_at", "UPDATE")}
# Policies beside the tenant's own, each reviewed: table, name, command, condition.
OTHER_POLICIES = {("team_membership", "own_user", "SELECT")}
KEYS_TO_GLOBAL_TABLES = {("team_membership", "user_id", "tenants_user")}
# Ids of higher apps in the ledger and keys over three columns: Django knows nothing of these.
KEYS_BEYOND_DJANGO = {
    ("customers_customer", "import_id", "imports_import", "id"),
    ("imports_openingbalance", "account_id,entry_seq", "ledger_entry", "account_id,seq"),
    ("ledger_account", "program_id", "programs_program", "id"),
    ("ledger_account", "tier_id", "programs_tier", "id"),
    ("ledger_entry", "purchase_id", "programs_purchase", "id"),
    ("ledger_entry", "redemption_id", "rewards_redemption", "id"),
    ("ledger_entry", "program_version_id", "programs_programversion", "id"),
    ("ledger_entry", "account_id,reverses", "ledger_entry", "account_id,seq"),
    ("ledger_lot", "account_id,entry_seq", "ledger_entry", "account_id,seq"),
    ("ledger_lot", "origin_account_id,origin_seq", "ledger_entry", "account_id,seq"),
    ("ledger_lotuse", "account_id,entry_seq", "ledger_entry", "account_id,seq"),
    ("programs_product", "import_id", "imports_import", "id"),
    ("programs_purchase", "import_id", "imports_import", "id"),
}
# All other columns of an account change with an award; an index on one would end its in-place updates.
STEADY_ACCOUNT_COLUMNS = {"tenant_id", "id", "customer_id", "program_id", "unit"}
CONDITION = "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint AS \"{}\"))"
USER_CONDITION = (
    "(user_id = ( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::bigint AS \"{}\"))"
)

TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND relnamespace = 'public'::regnamespace"
KEYS = """
    SELECT source.relname, target.relname, key.convalidated,
           (SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(key.conkey) WITH ORDINALITY AS c (attnum, n)
              JOIN pg_attribute AS a ON a.attrelid = key.conrelid AND a.attnum = c.attnum),
           (SELECT array_agg(a.attname::text ORDER BY n) FROM unnest(key.confkey) WITH ORDINALITY AS c (attnum, n)
              JOIN pg_attribute AS a ON a.attrelid = key.confrelid AND a.attnum = c.attnum)
      FROM pg_constraint AS key
      JOIN pg_class AS source ON source.oid = key.conrelid
      JOIN pg_class AS target ON target.oid = key.confrelid
     WHERE key.contype = 'f' AND key.connamespace = 'public'::regnamespace
"""
INDEXES = """
    SELECT owner.relname, index.relname, i.indisunique, i.indisprimary,
           (SELECT array_agg(coalesce(a.attname::text, '(expression)') ORDER BY n)
              FROM unnest(i.indkey) WITH ORDINALITY AS c (attnum, n)
              LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = c.attnum)
      FROM pg_index AS i
      JOIN pg_class AS owner ON owner.oid = i.indrelid
      JOIN pg_class AS index ON index.oid = i.indexrelid
     WHERE owner.relnamespace = 'public'::regnamespace
"""


def tenant_tables() -> set[str]:
    """Whatever is not listed as global has to follow every rule of a tenant's table."""
    return {name for (name,) in rows(TABLES)} - GLOBAL_TABLES


def keys() -> list[tuple[str, str, bool, list[str], list[str]]]:
    return rows(KEYS)


def test_the_catalogue_is_read_as_the_application() -> None:
    assert rows("SELECT current_user") == [("app",)]


def test_every_table_is_a_tenant_model_s_or_listed_as_global() -> None:
    assert tenant_tables() == {model._meta.db_table for model in tenant_models()}
    assert {name for (name,) in rows(TABLES)} >= GLOBAL_TABLES - {"django_migrations"}


def test_every_tenant_table_has_row_security_on_and_spares_only_its_owner() -> None:
    flags = rows(
        "SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) FROM pg_class"
        " WHERE relkind IN ('r', 'p', 'f') AND relnamespace = 'public'::regnamespace"
    )
    found = {name: (security, forced, owner) for name, security, forced, owner in flags if name not in GLOBAL_TABLES}
    assert found == dict.fromkeys(tenant_tables(), (True, False, "migrator"))


def test_every_tenant_table_has_exactly_the_tenant_s_policy() -> None:
    policies = rows(
        "SELECT tablename, policyname, cmd, permissive, roles::text[], qual, with_check"
        " FROM pg_policies WHERE schemaname = 'public'"
    )
    tenant = [policy for policy in policies if policy[1] == "tenant_isolation"]
    condition = CONDITION.format("nullif")
    assert sorted(tenant) == sorted(
        (table, "tenant_isolation", "ALL", "PERMISSIVE", ["app"], condition, condition) for table in tenant_tables()
    )
    others = {policy[:3] for policy in policies if policy[1] != "tenant_isolation"}
    assert others == OTHER_POLICIES


def test_before_a_tenant_is_known_a_user_may_read_their_own_rows_only() -> None:
    policies = rows(
        "SELECT tablename, permissive, roles::text[], qual, with_check FROM pg_policies WHERE policyname = 'own_user'"
    )
    assert policies == [("team_membership", "PERMISSIVE", ["app"], USER_CONDITION.format("nullif"), None)]


def test_the_tenant_column_is_never_null_and_fills_itself() -> None:
    columns = rows(
        "SELECT c.relname, a.attnotnull, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid)"
        " FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    default = "(NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint"
    assert {name: rest for name, *rest in columns} == {name: [True, "bigint", default] for name in tenant_tables()}


def test_the_tenant_leads_every_primary_key_and_unique_index() -> None:
    indexes = [index for index in rows(INDEXES) if index[0] in tenant_tables()]
    primary = {table for table, _, _, is_primary, _ in indexes if is_primary}
    assert primary == tenant_tables()
    unique = [(table, name, columns) for table, name, is_unique, _, columns in indexes if is_unique]
    assert [index for index in unique if index[2][0] != "tenant_id"] == []


def test_every_foreign_key_of_a_tenant_table_compares_the_tenant() -> None:
    tenant = tenant_tables()
    across = {
        (source, ",".join(columns), target)
        for source, target, _, columns, referenced in keys()
        if source in tenant and ("tenant_id", "tenant_id") not in zip(columns, referenced, strict=True)
    }
    to_the_tenant = {(source, "tenant_id", "tenants_tenant") for source in tenant}
    assert across - to_the_tenant == KEYS_TO_GLOBAL_TABLES


def test_no_global_table_points_into_a_tenant() -> None:
    assert [key for key in keys() if key[0] in GLOBAL_TABLES and key[1] not in GLOBAL_TABLES] == []


def test_every_foreign_key_has_been_validated() -> None:
    assert [key for key in keys() if not key[2]] == []


def test_every_tenant_table_reaches_its_tenant_through_keys() -> None:
    reached = {
        source
        for source, target, valid, columns, _ in keys()
        if target == "tenants_tenant" and columns == ["tenant_id"] and valid
    }
    composite = [
        (source, target) for source, target, valid, columns, _ in keys() if valid and "tenant_id" in columns[:1]
    ]
    while more := {source for source, target in composite if target in reached} - reached:
        reached |= more
    assert reached >= tenant_tables()


def test_every_reference_of_a_model_has_its_composite_key_in_the_database() -> None:
    found = {(source, tuple(columns), target, tuple(referenced)) for source, target, _, columns, referenced in keys()}
    wanted = {
        (
            model._meta.db_table,
            ("tenant_id", field.column),
            field.related_model._meta.db_table,
            ("tenant_id", field.target_field.column),
        )
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    }
    assert wanted
    assert wanted - found == set()


def test_the_ledger_s_bare_ids_have_their_keys() -> None:
    found = {
        (source, ",".join(columns[1:]), target, ",".join(referenced[1:]))
        for source, target, _, columns, referenced in keys()
        if columns[0] == referenced[0] == "tenant_id"
    }
    assert KEYS_BEYOND_DJANGO - found == set()


def test_the_application_holds_exactly_these_rights() -> None:
    granted = rows(
        "SELECT c.relname, string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type)"
        " FROM pg_class AS c, aclexplode(c.relacl) AS acl"
        " WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee = 'app'::regrole GROUP BY c.relname"
    )
    wanted = {table: TENANT_RIGHTS.get(table, READ_AND_WRITE) for table in tenant_tables()}
    wanted |= {table: GLOBAL_RIGHTS.get(table, READ_AND_WRITE) for table in GLOBAL_TABLES}
    assert dict(granted) == wanted


def test_the_application_holds_rights_on_single_columns_only_where_listed() -> None:
    granted = rows(
        "SELECT c.relname, a.attname, acl.privilege_type FROM pg_attribute AS a"
        " JOIN pg_class AS c ON c.oid = a.attrelid, aclexplode(a.attacl) AS acl"
        " WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee = 'app'::regrole"
    )
    assert set(granted) == COLUMN_RIGHTS


def test_nobody_may_truncate_reference_or_trigger_but_the_owner() -> None:
    granted = rows(
        "SELECT c.relname, acl.grantee::regrole::text, acl.privilege_type"
        " FROM pg_class AS c, aclexplode(c.relacl) AS acl"
        " WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee NOT IN ('app'::regrole, 'migrator'::regrole)"
    )
    assert granted == []


def test_the_application_may_never_truncate_reference_or_trigger() -> None:
    assert [
        name
        for (name,) in rows(TABLES)
        if rows("SELECT has_table_privilege('app', %s, 'TRUNCATE, REFERENCES, TRIGGER')", name) == [(True,)]
    ] == []


def test_no_view_function_or_stored_result_sees_more_than_who_asks() -> None:
    views = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR relkind = 'v'"
        " AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))"
    )
    functions = rows("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    assert (views, functions) == ([], [])


def test_the_application_s_role_is_small() -> None:
    role = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s"
    assert rows(role, "app") == [(False,) * 5]
    member_of = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'app'::regrole"
    assert rows(member_of) == []


def test_nobody_passes_row_security_by_but_the_backup() -> None:
    bypassing = rows("SELECT rolname FROM pg_roles WHERE rolbypassrls AND NOT rolsuper")
    assert set(bypassing) <= {("ops",)}
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'migrator'") == [(False, False)]


def test_the_application_owns_nothing_and_cannot_create_anything() -> None:
    owned = rows(
        "SELECT relname FROM pg_class WHERE relowner = 'app'::regrole AND relnamespace = 'public'::regnamespace"
        " UNION ALL SELECT proname FROM pg_proc WHERE proowner = 'app'::regrole"
        " UNION ALL SELECT nspname FROM pg_namespace WHERE nspowner = 'app'::regrole AND nspname NOT LIKE 'pg\\_%%'"
        " UNION ALL SELECT datname FROM pg_database WHERE datdba = 'app'::regrole"
    )
    assert owned == []
    creates = "SELECT has_schema_privilege('app', 'public', 'CREATE'), has_database_privilege('app', %s, 'CREATE')"
    ((database,),) = rows("SELECT current_database()")
    assert rows(creates, database) == [(False, False)]


def test_no_index_hangs_on_a_column_that_changes_with_every_award() -> None:
    indexed = {column for table, _, _, _, columns in rows(INDEXES) if table == "ledger_account" for column in columns}
    assert indexed <= STEADY_ACCOUNT_COLUMNS
    partial = "SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass AND indpred IS NOT NULL"
    assert rows(partial, "ledger_account") == []
