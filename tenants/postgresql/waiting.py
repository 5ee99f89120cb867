"""Writing without waiting for the answer: it travels with the next statement, or with the COMMIT.

For what is done with every purchase. Whoever has to know at once whether it worked asks at once.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from tenants.postgresql.base import DatabaseWrapper, Receive
from tenants.scope import current_tenant


def execute_later(
    statement: str, params: Sequence[Any] = (), *, writes: bool = True, receive: Receive | None = None
) -> None:
    """A statement that leaves the rest of the transaction nothing to decide."""
    _connection().later(statement, params, writes=writes, receive=receive)


def insert_later(row: models.Model) -> None:
    """Insert a row whose id nobody needs to know. Raises TenantNotSet outside a scope."""
    current_tenant()
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.generated or (field.primary_key and row.pk is None):
            continue
        value = field.pre_save(row, add=True)
        if not isinstance(value, DatabaseDefault):
            values[str(field.column)] = field.get_db_prep_save(value, connection)
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    execute_later(f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({places})", list(values.values()))  # noqa: S608 - names of our own models


def update_later(row: models.Model) -> None:
    """Write a row that is locked, and so is there; like `save`, all of its columns."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and field.name != "tenant"]
    places = ", ".join(f"{field.column} = %s" for field in fields)
    values = [field.get_db_prep_save(field.value_from_object(row), connection) for field in fields]
    execute_later(f"UPDATE {row._meta.db_table} SET {places} WHERE id = %s", [*values, row.pk])  # noqa: S608 - the same


def send_waiting() -> None:
    """Now, because an answer is needed and nothing else is asked."""
    _connection().send_waiting()


def _connection() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)
