"""Reading one row by a condition in SQL, for what every request asks.

Django builds the statement of a query anew each time, which takes longer than the database needs to answer it. Here it
is put together once for each table, and planned once for each connection.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from tenants.postgresql.base import Fixed
from tenants.postgresql.waiting import execute_later, send_waiting

Row = TypeVar("Row", bound=models.Model)


def one(model: type[Row], condition: str, *params: Any) -> Row | None:
    """The first row for which the condition holds: `one(Store, "code = %s", code)`. It may go on with ORDER BY."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, condition), params)
        row = cursor.fetchone()
    return None if row is None else _made(model, row)


def one_later(model: type[Row], condition: str, *params: Any) -> Callable[[], Row | None]:
    """The same, asked for with the next statement; to be called when it is needed."""
    answer: list[list[tuple[Any, ...]]] = []
    execute_later(_statement(model, condition), params, writes=False, receive=answer.append)

    def found() -> Row | None:
        if not answer:
            send_waiting()
        return _made(model, answer[0][0]) if answer[0] else None

    return found


@cache
def _statement(model: type[models.Model], condition: str) -> Fixed:
    table = model._meta.db_table
    names = ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)
    return Fixed(f"SELECT {names} FROM {table} WHERE {condition}")  # noqa: S608 - conditions are constants of ours


@cache
def _fields(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Callable[..., Any], Any]]]:
    """Names as attributes, and what has to be made of values that the driver leaves as text."""
    fields = model._meta.concrete_fields
    converters = [
        (position, convert, field.get_col(model._meta.db_table))
        for position, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], converters


def _made(model: type[Row], row: tuple[Any, ...]) -> Row:
    names, converters = _fields(model)
    values = list(row)
    for position, convert, expression in converters:
        values[position] = convert(values[position], expression, connection)
    return model.from_db(connection.alias, names, values)
