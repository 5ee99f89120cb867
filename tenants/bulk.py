"""Writing many rows at once: row-level security refuses COPY, so rows are copied beside their table and moved in."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

Rows = Iterable[Sequence[Any]]


def insert(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """Insert rows, given as the values of these columns; documents as JSON text."""
    _insert(model, columns, rows)


def insert_returning(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    *,
    known_by: Sequence[str],
    skip_conflicts: bool = False,
) -> dict[tuple[Any, ...], int]:
    """The ids of the inserted rows by `known_by`, columns that tell them apart.

    With `skip_conflicts` rows that break a unique constraint are left out.
    """
    conflict = "ON CONFLICT DO NOTHING" if skip_conflicts else ""
    inserted = _insert(model, columns, rows, f"{conflict} RETURNING id, {', '.join(known_by)}")
    return {tuple(key): pk for pk, *key in inserted}


def update(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """Change these columns of existing rows, each given as its id and the new values."""
    table = model._meta.db_table
    assignments = ", ".join(f"{column} = incoming.{column}" for column in columns)
    with connection.cursor() as cursor:
        if _copied_beside(cursor, table, ["id", *columns], rows):
            cursor.execute(f"UPDATE {table} AS t SET {assignments} FROM incoming WHERE t.id = incoming.id")  # noqa: S608 - names of our own models
            cursor.execute("DROP TABLE incoming")


def _insert(model: type[models.Model], columns: Sequence[str], rows: Rows, ending: str = "") -> list[tuple[Any, ...]]:
    table, names = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        if not _copied_beside(cursor, table, columns, rows):
            return []
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming {ending}")  # noqa: S608 - names of our own models
        inserted = cursor.fetchall() if cursor.description else []
        cursor.execute("DROP TABLE incoming")
    return inserted


def _copied_beside(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Rows) -> bool:
    """Fill the temporary table `incoming`, where there is anything to fill it with."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return False
    names = ", ".join(columns)
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608 - names of our own models
    with connection.wrap_database_errors, cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
        for row in chain([first], rows):
            copy.write_row(row)
    return True
