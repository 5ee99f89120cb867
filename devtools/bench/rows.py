"""Many rows in the shape of a real one: the product wrote the pattern, the database multiplies it.

So a benchmark writes and holds what the product writes, also after a table got another column.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import models
from psycopg import sql


@contextmanager
def superuser() -> Iterator[psycopg.Connection]:
    """Past row security, and past foreign keys where `session_replication_role` says so."""
    with psycopg.connect(os.environ["ADMIN_DATABASE_URL"], autocommit=True) as connection:
        yield connection


def columns(connection: psycopg.Connection, table: str) -> list[str]:
    """All but those that the database computes."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in rows]


def multiply(
    connection: psycopg.Connection,
    model: type[models.Model],
    *,
    pattern: str,
    numbers: range,
    beside: str = "",
    **changed: str,
) -> None:
    """One row for every `n` of `numbers`: like the `pattern` row (a condition), but for the changed columns.

    `changed` are SQL expressions that may use `n`, the pattern as `p`, and what `beside` joins.
    """
    table = model._meta.db_table
    names = columns(connection, table)
    values = [sql.SQL(changed[name]) if name in changed else sql.Identifier("p", name) for name in names]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
        " FROM (SELECT * FROM {table} WHERE {pattern} LIMIT 1) AS p, generate_series({first}, {last}) AS n {beside}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(values),
        pattern=sql.SQL(pattern),
        first=numbers.start,
        last=numbers.stop - 1,
        beside=sql.SQL(beside),
    )
    connection.execute(statement)
    if "id" in changed:
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({name}, 'id'), max(id)) FROM {table}").format(
                name=table, table=sql.Identifier(table)
            )
        )


@contextmanager
def without_keys(connection: psycopg.Connection) -> Iterator[None]:
    """Rows that are right by construction need no foreign key looked up, which takes ten times as long."""
    connection.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        connection.execute("RESET session_replication_role")
