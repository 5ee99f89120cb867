"""Writing without waiting for the answer: it travels with the next statement, or with the COMMIT.

For what is done with every purchase. Whoever has to know at once whether it worked asks at once.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import DatabaseDefault

from tenants.postgresql.base import DatabaseWrapper, Fixed, Receive
from tenants.scope import current_tenant


def execute_later(
    statement: str, params: Sequence[Any] = (), *, writes: bool = True, receive: Receive | None = None
) -> None:
    """A statement that leaves the rest of the transaction nothing to decide."""
    _connection().later(statement, params, writes=writes, receive=receive)


def insert_later(row: models.Model) -> None:
    """Insert a row whose id nobody needs to know. Raises TenantNotSet outside a scope."""
    statement, values = _insertion(row)
    execute_later(Fixed(statement), values)


def insert(row: models.Model, *, unless: str = "") -> bool:
    """Insert a row now, because its id is needed; `unless` is an ON CONFLICT clause that does nothing.

    Whether it was inserted. Raises TenantNotSet outside a scope.
    """
    statement, values = _insertion(row)
    with connection.cursor() as cursor:
        cursor.execute(Fixed(f"{statement} {unless} RETURNING id"), values)
        inserted = cursor.fetchone()
    if inserted is not None:
        (row.pk,) = inserted
        row._state.adding, row._state.db = False, connection.alias
    return inserted is not None


def update_later(row: models.Model) -> None:
    """Write a row that is locked, and so is there; like `save`, all of its columns."""
    database = _connection()
    fields = [field for field in _fields(type(row)) if not field.primary_key and field.name != "tenant"]
    places = ", ".join(f"{field.column} = %s" for field in fields)
    values = [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]
    statement = Fixed(f"UPDATE {row._meta.db_table} SET {places} WHERE id = %s")  # noqa: S608 - names of our own models
    execute_later(statement, [*values, row.pk])


def _insertion(row: models.Model) -> tuple[str, list[Any]]:
    current_tenant()
    database = _connection()
    values: dict[str, Any] = {}
    for field in _fields(type(row)):
        value = field.pre_save(row, add=True)
        if not isinstance(value, DatabaseDefault) and not (value is None and field.primary_key):
            values[str(field.column)] = field.get_db_prep_save(value, database)
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    return f"INSERT INTO {row._meta.db_table} ({names}) VALUES ({places})", list(values.values())  # noqa: S608 - the same


@cache
def _fields(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """Those that we write."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def send_waiting() -> None:
    """Now, because an answer is needed and nothing else is asked."""
    _connection().send_waiting()


def _connection() -> DatabaseWrapper:
    """Not the proxy, which looks for the thread's connection at each of its attributes."""
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])
