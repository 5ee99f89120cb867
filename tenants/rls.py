"""Migration operations that put a table behind row-level security with the tenant in every key."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenants.database import APP_ROLE, TENANT_SETTING, USER_SETTING

READ_AND_WRITE = "SELECT, INSERT, UPDATE, DELETE"
APPEND_ONLY = "SELECT, INSERT"
_CURRENT_TENANT = f"(SELECT NULLIF(current_setting('{TENANT_SETTING}', true), '')::bigint)"
_CURRENT_USER = f"(SELECT NULLIF(current_setting('{USER_SETTING}', true), '')::bigint)"


class _TableOperation(Operation):
    """Changes the database behind a model, never Django's state of it."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in self.forwards(app_label, to_state):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in self.backwards(app_label, from_state):
            schema_editor.execute(statement)

    def forwards(self, app_label: str, state: ProjectState) -> list[str]:
        raise NotImplementedError

    def backwards(self, app_label: str, state: ProjectState) -> list[str]:
        raise NotImplementedError


class TenantTable(_TableOperation):
    """Policy, rights, composite primary key and composite foreign keys of one freshly created model.

    The policy names the application's role: the owner who migrates is exempt, any other role finds nothing.
    A table without a parent inside the tenant references the tenant itself; the others inherit it from their parent.
    """

    def __init__(self, model: str, *, rights: str = READ_AND_WRITE) -> None:
        self.model = model
        self.rights = rights

    def describe(self) -> str:
        return f"Puts {self.model} behind row-level security"

    def forwards(self, app_label: str, state: ProjectState) -> list[str]:
        model = state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        own = f"tenant_id = {_CURRENT_TENANT}"
        statements = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_isolation ON {table} FOR ALL TO {APP_ROLE} USING ({own}) WITH CHECK ({own})",
            f"GRANT {self.rights} ON {table} TO {APP_ROLE}",
        ]
        if model._meta.pk.column == "id":
            statements.append(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey,"
                f" ADD CONSTRAINT {table}_pkey PRIMARY KEY (tenant_id, id)"
            )
        references = [_composite_key(table, field) for field in _tenant_references(model)]
        return statements + (references or [_tenant_key(table)])

    def backwards(self, app_label: str, state: ProjectState) -> list[str]:
        table = state.apps.get_model(app_label, self.model)._meta.db_table
        return [
            f"DROP POLICY tenant_isolation ON {table}",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"REVOKE ALL ON {table} FROM {APP_ROLE}",
        ]


class TenantReference(_TableOperation):
    """A composite foreign key added later: for a new field, or where a lower app holds a higher app's bare id."""

    def __init__(self, table: str, column: str, *, to: str) -> None:
        self.table = table
        self.column = column
        self.to = to

    def describe(self) -> str:
        return f"References {self.to} from {self.table}.{self.column} within the tenant"

    def forwards(self, app_label: str, state: ProjectState) -> list[str]:
        name = _key_name(self.table, self.column)
        # NOT VALID first: the check of existing rows then needs no lock against writers.
        key = f"FOREIGN KEY (tenant_id, {self.column}) REFERENCES {self.to} (tenant_id, id)"
        return [
            f"ALTER TABLE {self.table} ADD CONSTRAINT {name} {key} NOT VALID",
            f"ALTER TABLE {self.table} VALIDATE CONSTRAINT {name}",
        ]

    def backwards(self, app_label: str, state: ProjectState) -> list[str]:
        return [f"ALTER TABLE {self.table} DROP CONSTRAINT {_key_name(self.table, self.column)}"]


class OwnUserMayRead(_TableOperation):
    """Lets a signed-in user read their own rows before a tenant is chosen."""

    def __init__(self, model: str) -> None:
        self.model = model

    def describe(self) -> str:
        return f"Lets users read their own {self.model} rows before a tenant is chosen"

    def forwards(self, app_label: str, state: ProjectState) -> list[str]:
        table = state.apps.get_model(app_label, self.model)._meta.db_table
        return [f"CREATE POLICY own_user ON {table} FOR SELECT TO {APP_ROLE} USING (user_id = {_CURRENT_USER})"]

    def backwards(self, app_label: str, state: ProjectState) -> list[str]:
        return [f"DROP POLICY own_user ON {state.apps.get_model(app_label, self.model)._meta.db_table}"]


class GlobalTable(_TableOperation):
    """Rights of the application on a table that no tenant owns."""

    def __init__(self, table: str, *, rights: str = READ_AND_WRITE) -> None:
        self.table = table
        self.rights = rights

    def describe(self) -> str:
        return f"Grants {self.rights} on {self.table}"

    def forwards(self, app_label: str, state: ProjectState) -> list[str]:
        return [f"GRANT {self.rights} ON {self.table} TO {APP_ROLE}"]

    def backwards(self, app_label: str, state: ProjectState) -> list[str]:
        return [f"REVOKE ALL ON {self.table} FROM {APP_ROLE}"]


def _tenant_references(model: Any) -> list[Any]:
    from tenants.models import TenantForeignKey

    return [field for field in model._meta.local_fields if isinstance(field, TenantForeignKey)]


def _composite_key(table: str, field: Any) -> str:
    target = field.related_model._meta.db_table
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {_key_name(table, field.column)}"
        f" FOREIGN KEY (tenant_id, {field.column}) REFERENCES {target} (tenant_id, id)"
    )


def _tenant_key(table: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants_tenant (id)"
    )


def _key_name(table: str, column: str) -> str:
    return f"{table}_{column.removesuffix('_id')}_fk"
