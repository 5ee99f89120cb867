"""Writing many rows at once: row-level security refuses COPY, so rows are copied beside their table and moved in."""

import json
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

Row = TypeVar("Row", bound=models.Model)


def insert(rows: Sequence[Row], *, known_by: Sequence[str] = (), skip_conflicts: bool = False) -> list[Row]:
    """Insert new instances of one model and return those that were inserted.

    With `known_by`, columns that tell the rows apart, each instance learns its id. With `skip_conflicts`, which needs
    them, rows that break a unique constraint are left out.
    """
    if not rows:
        return []
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key and field.name != "tenant"]
    columns = _names(field.column for field in fields)
    with connection.cursor() as cursor:
        _copy_beside(cursor, meta.db_table, fields, rows)
        conflict = "ON CONFLICT DO NOTHING" if skip_conflicts else ""
        returning = f"RETURNING id, {_names(known_by)}" if known_by else ""
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({columns}) SELECT {columns} FROM incoming {conflict} {returning}"  # noqa: S608 - names of our own models
        )
        ids = {tuple(rest): pk for pk, *rest in cursor.fetchall()} if known_by else {}
        cursor.execute("DROP TABLE incoming")
    return _with_ids(rows, ids, known_by) if known_by else list(rows)


def update(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Save these columns of existing instances of one model."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [meta.get_field(name) for name in ("id", *columns)]
    assignments = ", ".join(f"{column} = incoming.{column}" for column in columns)
    with connection.cursor() as cursor:
        _copy_beside(cursor, meta.db_table, fields, rows)
        cursor.execute(f"UPDATE {meta.db_table} AS t SET {assignments} FROM incoming WHERE t.id = incoming.id")  # noqa: S608 - names of our own models
        cursor.execute("DROP TABLE incoming")


def _copy_beside(cursor: CursorWrapper, table: str, fields: Sequence[Any], rows: Sequence[models.Model]) -> None:
    """Fill the temporary table `incoming` with these columns of the rows."""
    columns = _names(field.column for field in fields)
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")  # noqa: S608 - names of our own models
    values = _reader(fields)
    with connection.wrap_database_errors, cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(values(row))


def _reader(fields: Sequence[Any]) -> Callable[[models.Model], Sequence[Any]]:
    """Takes the values of the fields out of an instance, as COPY wants them."""
    plain = attrgetter(*(field.attname for field in fields))
    documents = [position for position, field in enumerate(fields) if isinstance(field, models.JSONField)]
    if not documents:
        return plain

    def read(row: models.Model) -> Sequence[Any]:
        values = list(plain(row))
        for position in documents:
            values[position] = json.dumps(values[position])
        return values

    return read


def _with_ids(rows: Sequence[Row], ids: dict[tuple[Any, ...], int], known_by: Sequence[str]) -> list[Row]:
    inserted = []
    for row in rows:
        pk = ids.get(tuple(getattr(row, name) for name in known_by))
        if pk is not None:
            row.pk = pk
            inserted.append(row)
    return inserted


def _names(columns: Iterable[str]) -> str:
    return ", ".join(columns)
