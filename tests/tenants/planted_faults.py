"""Faults that somebody could build into tenancy, and for each the product's own test that must not let it through."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db.backends.signals import connection_created
from django.test import override_settings

from team import queries
from tenants import hosts, scope
from tests.team import test_keys, test_shops_of_a_user
from tests.tenants import test_catalogue, test_hosts, test_routes, test_scope, test_startup, test_tasks
from tests.tenants.asking import routes_of_tests
from tests.tenants.laboratory import unguarded

Check = Callable[..., None]


@dataclass(frozen=True)
class Fault:
    """What is planted: statements of the tables' owner or of the admin, or a change of the code."""

    name: str
    caught_by: Check
    owner: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    code: Callable[[], AbstractContextManager[Any]] = nullcontext
    arguments: tuple[Any, ...] = ()
    # Only a committed transaction shows it: such a fault must be planted in the code alone.
    commits: bool = False


@contextmanager
def changed_code(function: Any, old: str, new: str) -> Iterator[None]:
    """Let a function run with one piece of its source replaced, for everybody who has imported it."""
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    body = source[source.index("def ") :]
    assert body.count(old) == 1, f"{function.__qualname__} no longer says {old!r}"
    names: dict[str, Any] = {}
    exec(compile(body.replace(old, new), inspect.getfile(function), "exec"), function.__globals__, names)  # noqa: S102
    original = function.__code__
    function.__code__ = names[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = original


@contextmanager
def unguarded_connections() -> Iterator[None]:
    connection_created.disconnect(dispatch_uid="tenants.scope")
    try:
        yield
    finally:
        scope.install_guard()


@contextmanager
def tasks_without_a_scope() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tenants.tasks.tenant_scope", nullcontext)
        yield


def middleware(names: list[str]) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: override_settings(MIDDLEWARE=names)


def change(function: Any, old: str, new: str) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: changed_code(function, old, new)


SCOPE = "tenants.hosts.ScopeMiddleware"
WITHOUT_SCOPE = [name for name in settings.MIDDLEWARE if name != SCOPE]

FAULTS = [
    # --- Policies
    Fault(
        "a policy is dropped",
        test_catalogue.test_every_tenant_table_has_exactly_the_tenant_s_policy,
        owner=("DROP POLICY tenant_isolation ON customers_customer",),
    ),
    Fault(
        "a policy lets everybody read",
        test_scope.test_a_scope_shows_its_own_rows_only,
        owner=("ALTER POLICY tenant_isolation ON customers_customer USING (true)",),
    ),
    Fault(
        "a policy lets everybody write",
        test_scope.test_a_scope_cannot_write_into_another_tenant,
        owner=("ALTER POLICY tenant_isolation ON team_store WITH CHECK (true)",),
    ),
    Fault(
        "a policy takes an empty setting for every tenant",
        test_scope.test_without_a_scope_the_database_shows_and_changes_nothing,
        owner=(
            (
                "ALTER POLICY tenant_isolation ON customers_customer USING (tenant_id::text ="
                " coalesce(nullif(current_setting('app.tenant_id', true), ''), tenant_id::text))"
            ),
        ),
    ),
    Fault(
        "row security is switched off on a table",
        test_catalogue.test_every_tenant_table_has_row_security_on_and_spares_only_its_owner,
        owner=("ALTER TABLE customers_card DISABLE ROW LEVEL SECURITY",),
    ),
    Fault(
        "row security is forced on the owner, which empties data migrations",
        test_catalogue.test_every_tenant_table_has_row_security_on_and_spares_only_its_owner,
        owner=("ALTER TABLE customers_card FORCE ROW LEVEL SECURITY",),
    ),
    Fault(
        "a second policy for everybody stands beside the tenant's",
        test_catalogue.test_every_tenant_table_has_exactly_the_tenant_s_policy,
        owner=("CREATE POLICY everybody ON team_store FOR SELECT TO PUBLIC USING (true)",),
    ),
    Fault(
        "users may read everybody's memberships before choosing a shop",
        test_shops_of_a_user.test_a_user_reads_their_own_memberships_only,
        owner=("ALTER POLICY own_user ON team_membership USING (true)",),
    ),
    Fault(
        "users may change their own memberships before choosing a shop",
        test_shops_of_a_user.test_a_user_changes_nothing_before_choosing,
        owner=(
            "DROP POLICY own_user ON team_membership",
            (
                "CREATE POLICY own_user ON team_membership TO app"
                " USING (user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::bigint))"
            ),
        ),
    ),
    # --- Keys
    Fault(
        "a composite key is replaced by a plain one",
        test_scope.test_a_row_cannot_point_at_another_tenant_s_row,
        owner=(
            "ALTER TABLE customers_customer ADD CONSTRAINT global_id UNIQUE (id)",
            (
                "ALTER TABLE customers_card DROP CONSTRAINT customers_card_customer_fk, ADD CONSTRAINT"
                " customers_card_customer_fk FOREIGN KEY (customer_id) REFERENCES customers_customer (id)"
            ),
        ),
    ),
    Fault(
        "a plain key stands beside the composite one",
        test_catalogue.test_every_foreign_key_of_a_tenant_table_compares_the_tenant,
        owner=(
            "ALTER TABLE customers_customer ADD CONSTRAINT global_id UNIQUE (id)",
            "ALTER TABLE customers_card ADD FOREIGN KEY (customer_id) REFERENCES customers_customer (id)",
        ),
    ),
    Fault(
        "a reference has no key at all",
        test_catalogue.test_every_reference_of_a_model_has_its_composite_key_in_the_database,
        owner=("ALTER TABLE customers_card DROP CONSTRAINT customers_card_customer_fk",),
    ),
    Fault(
        "a bare id of the ledger has no key",
        test_catalogue.test_the_ledger_s_bare_ids_have_their_keys,
        owner=("ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_purchase_fk",),
    ),
    Fault(
        "a key was never validated",
        test_catalogue.test_every_foreign_key_has_been_validated,
        owner=(
            "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_purchase_fk",
            (
                "ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_purchase_fk FOREIGN KEY (tenant_id, purchase_id)"
                " REFERENCES programs_purchase (tenant_id, id) NOT VALID"
            ),
        ),
    ),
    Fault(
        "a table hangs on no tenant",
        test_catalogue.test_every_tenant_table_reaches_its_tenant_through_keys,
        owner=("ALTER TABLE team_store DROP CONSTRAINT team_store_tenant_fk",),
    ),
    Fault(
        "a unique index reaches across tenants",
        test_catalogue.test_the_tenant_leads_every_primary_key_and_unique_index,
        owner=("CREATE UNIQUE INDEX betrays ON customers_card (token)",),
    ),
    Fault(
        "a primary key is an id alone",
        test_catalogue.test_the_tenant_leads_every_primary_key_and_unique_index,
        owner=(
            (
                "ALTER TABLE customers_consent DROP CONSTRAINT customers_consent_pkey,"
                " ADD CONSTRAINT customers_consent_pkey PRIMARY KEY (id)"
            ),
        ),
    ),
    Fault(
        "a row may belong to no tenant",
        test_catalogue.test_the_tenant_column_is_never_null_and_fills_itself,
        owner=(
            "ALTER TABLE customers_consent DROP CONSTRAINT customers_consent_pkey",
            "ALTER TABLE customers_consent ALTER tenant_id DROP NOT NULL",
        ),
    ),
    # --- Rights and roles
    Fault(
        "the application may rewrite the ledger",
        test_scope.test_entries_can_be_added_and_read_but_never_changed,
        owner=("GRANT UPDATE ON ledger_entry TO app",),
    ),
    Fault(
        "the application may rewrite one column of the audit log",
        test_catalogue.test_the_application_holds_rights_on_single_columns_only_where_listed,
        owner=("GRANT UPDATE (payload) ON events_event TO app",),
    ),
    Fault(
        "everybody may truncate, which no policy stops",
        test_catalogue.test_nobody_may_truncate_reference_or_trigger_but_the_owner,
        owner=("GRANT TRUNCATE ON team_store TO PUBLIC",),
    ),
    Fault(
        "the application bypasses row security",
        test_startup.test_the_application_s_role_has_no_problems,
        admin=("ALTER ROLE app BYPASSRLS",),
    ),
    Fault(
        "the application owns a table",
        test_startup.test_the_application_s_role_has_no_problems,
        admin=("ALTER TABLE team_store OWNER TO app",),
    ),
    Fault(
        "the application may become the owner",
        test_catalogue.test_the_application_s_role_is_small,
        admin=("REVOKE app FROM migrator", "GRANT migrator TO app"),
    ),
    Fault(
        "the owner bypasses row security",
        test_catalogue.test_nobody_passes_row_security_by_but_the_backup,
        admin=("ALTER ROLE migrator BYPASSRLS",),
    ),
    Fault(
        "the application may create tables, which it would own",
        test_catalogue.test_the_application_owns_nothing_and_cannot_create_anything,
        admin=("GRANT CREATE ON SCHEMA public TO app",),
    ),
    # --- Things beside the tables
    Fault(
        "a view sees with its owner's eyes",
        test_catalogue.test_no_view_function_or_stored_result_sees_more_than_who_asks,
        owner=("CREATE VIEW everybody AS SELECT * FROM customers_customer",),
    ),
    Fault(
        "a stored result holds every tenant's rows",
        test_catalogue.test_no_view_function_or_stored_result_sees_more_than_who_asks,
        owner=("CREATE MATERIALIZED VIEW everybody AS SELECT * FROM customers_customer",),
    ),
    Fault(
        "a function runs with its owner's rights",
        test_catalogue.test_no_view_function_or_stored_result_sees_more_than_who_asks,
        owner=("CREATE FUNCTION everybody() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT 1::bigint'",),
    ),
    Fault(
        "a new table is forgotten",
        test_catalogue.test_every_table_is_a_tenant_model_s_or_listed_as_global,
        owner=("CREATE TABLE forgotten (id bigint PRIMARY KEY, tenant_id bigint)",),
    ),
    Fault(
        "an index hangs on the balance",
        test_catalogue.test_no_index_hangs_on_a_column_that_changes_with_every_award,
        owner=("CREATE INDEX by_balance ON ledger_account (tenant_id, balance)",),
    ),
    # --- The scope
    Fault("the guard is removed", test_scope.test_without_a_scope_the_guard_is_loud, code=unguarded),
    Fault(
        "new connections are not guarded",
        test_scope.test_a_new_connection_is_guarded_and_knows_no_tenant,
        code=unguarded_connections,
    ),
    Fault(
        "the guard looks at the first table only",
        test_shops_of_a_user.test_a_user_reads_no_other_table_before_choosing,
        code=change(scope.guard, "_tenant_tables().findall(sql)", "_tenant_tables().findall(sql)[:1]"),
    ),
    Fault(
        "the setting holds for the session",
        test_scope.test_the_setting_never_outlives_its_transaction,
        code=change(scope._tell_database, "%s, true)", "%s, false)"),
        commits=True,
    ),
    Fault(
        "the setting outlives its scope in an outer transaction",
        test_scope.test_a_scope_ends_inside_an_outer_transaction,
        code=change(scope._forget_in_outer_transaction, "if connection.savepoint_ids", "if False"),
    ),
    Fault(
        "the connection remembers its tenant",
        test_scope.test_a_lazy_query_that_leaves_its_scope_is_loud,
        code=change(scope.tenant_scope, '_state().pop("tenant", None)', "pass"),
    ),
    Fault(
        "another tenant's scope may be opened inside one",
        test_scope.test_a_scope_inside_another_tenant_s_is_refused,
        code=change(scope.tenant_scope, "outer.pk != tenant.pk", "False"),
    ),
    Fault(
        "anything with an id opens a scope",
        test_scope.test_only_a_saved_tenant_opens_a_scope,
        code=change(scope._is_saved, "isinstance(tenant, Tenant) and ", "hasattr(tenant, 'pk') or "),
        arguments=(None, 1),
    ),
    Fault(
        "tasks open no scope",
        test_tasks.test_a_task_runs_in_the_scope_of_the_tenant_it_names,
        code=tasks_without_a_scope,
    ),
    # --- Requests
    Fault(
        "the scope opens before the host is known",
        test_hosts.test_what_a_successful_request_wrote_is_kept,
        code=middleware([SCOPE, *WITHOUT_SCOPE]),
    ),
    Fault(
        "the scope ends before the page is rendered",
        test_hosts.test_a_page_rendered_after_the_view_sees_its_rows,
        code=middleware(test_hosts.instead_of_the_scope(test_hosts.ScopeAroundTheViewOnly)),
    ),
    Fault(
        "a refused request is kept",
        test_hosts.test_a_refusal_leaves_nothing_written,
        code=change(hosts.ScopeMiddleware.__call__, "response.status_code >= 400", "response.status_code >= 500"),
        arguments=(409,),
    ),
    Fault(
        "a streamed answer is read outside the scope",
        test_hosts.test_a_streamed_answer_sees_its_rows_and_no_others,
        code=change(hosts.ScopeMiddleware.__call__, "if response.streaming", "if False"),
    ),
    Fault(
        "a session is welcome in every shop",
        test_hosts.test_a_session_carried_to_another_shop_is_worthless_and_gone,
        code=change(
            hosts.SessionTenantMiddleware.__call__, "request.session.get(SESSION_TENANT) != tenant_id", "False"
        ),
    ),
    Fault(
        "a shop's slug works below any domain",
        test_hosts.test_an_unknown_host_is_answered_with_not_found,
        code=change(hosts.tenant_of_host, "parent == _without_port(settings.BASE_DOMAIN)", "True"),
        arguments=("morgenrot.example.org",),
    ),
    Fault(
        "a route states no capability",
        test_routes.test_routes_that_state_a_capability_pass,
        code=lambda: routes_of_tests(urlconf=test_routes.CARELESS),
    ),
    Fault(
        "nothing refuses an unstated route",
        test_routes.test_an_unstated_route_is_not_served,
        code=middleware([name for name in settings.MIDDLEWARE if not name.endswith("StatedCapabilityMiddleware")]),
    ),
    Fault(
        "a key is taken whatever shop it names",
        test_keys.test_a_key_that_names_another_shop_is_refused_in_its_own,
        code=change(queries.key_actor, " or parts[1] != current_tenant().slug", ""),
    ),
    Fault(
        "a revoked key still opens",
        test_keys.test_a_revoked_key_is_refused_and_stays_known_by_name,
        code=change(queries.key_actor, " or key.revoked_at is not None", ""),
    ),
]
