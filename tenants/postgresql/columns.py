"""Whole columns in and out of the database as arrays: a million rows in a second, where objects take twenty.

A kind is a type of numpy ("i8"), or "day" for a date, which travels as its proleptic ordinal (`date.toordinal`). With a
"?" behind it a value may be missing; then it is MISSING.
"""

import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Cursor, postgres
from psycopg.adapt import Dumper
from psycopg.pq import Format

from tenants.postgresql.base import DatabaseWrapper
from tenants.scope import current_tenant

Columns = dict[str, NDArray[Any]]
Kinds = Mapping[str, str]

# What is kept in columns is never negative.
MISSING: Final = -1
# By kind: what the database calls it, and as what it travels.
_TYPES: Final = {
    "i2": ("int2", ">i2"),
    "i4": ("int4", ">i4"),
    "i8": ("int8", ">i8"),
    "f8": ("float8", ">f8"),
    "day": ("int4", ">i4"),
}
_DAY_ZERO: Final = "date '0001-12-31 BC'"
# Before the elements of an array: dimensions, whether some are NULL, their type, how many, where counting begins.
_OF_ARRAY: Final = struct.Struct(">5i")


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as columns: the first `key` of them tell its rows apart, the very first says which belong together."""

    table: str
    kinds: Kinds
    key: int

    def read(self, where: str, params: Mapping[str, Any]) -> Columns:
        """Some of its rows, in any order."""
        return self._read(self.kinds, where, params)

    def replace(self, where: str, params: Mapping[str, Any], rows: Columns) -> None:
        """Some of its rows, by others: what is the same stays as it is, what has moved is rewritten where it stands."""
        was = self._read({"id": "i8", **self.kinds}, where, params)
        apart = self._apart(was, rows)
        self._delete(was["id"][apart.gone])
        self._rewrite(was["id"][apart.before], those(rows, apart.after))
        self._insert(those(rows, apart.come))

    def differing(self, was: Columns, now: Columns, *, but: Collection[str] = ()) -> NDArray[np.int64]:
        """Of which values of the first column the rows are not the same, in columns other than `but`."""
        first = next(iter(self.kinds))
        apart = self._apart(was, now, but=but)
        sides = (was[first][apart.gone], was[first][apart.before], now[first][apart.come])
        return np.unique(np.concatenate(sides))

    def _read(self, kinds: Kinds, where: str, params: Mapping[str, Any]) -> Columns:
        return read_columns(f"SELECT {', '.join(kinds)} FROM {self.table} WHERE {where}", kinds, params)  # noqa: S608 - our own table

    def _apart(self, was: Columns, now: Columns, *, but: Collection[str] = ()) -> "_Apart":
        """In the order of the key, a row that is on both sides stands behind what it was."""
        told = {name: np.concatenate([was[name], now[name]]) for name in self.kinds if name not in but}
        keys, others = list(told.values())[: self.key], list(told.values())[self.key :]
        order = np.lexsort(keys[::-1])
        stays = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])
        before, after = order[:-1][stays], order[1:][stays]
        is_alone = np.ones(len(order), dtype=bool)
        is_alone[before] = is_alone[after] = False
        moved = np.zeros(len(before), dtype=bool)
        for column in others:
            moved |= column[before] != column[after]
        there = len(was[next(iter(self.kinds))])
        gone, come = np.flatnonzero(is_alone[:there]), np.flatnonzero(is_alone[there:])
        return _Apart(gone, come, before[moved], after[moved] - there)

    def _delete(self, ids: NDArray[np.int64]) -> None:
        _write(f"DELETE FROM {self.table} WHERE id = ANY(%s::int8[])", {"id": "i8"}, {"id": ids})  # noqa: S608 - our own table

    def _rewrite(self, ids: NDArray[np.int64], rows: Columns) -> None:
        kinds = {"id": "i8", **{name: self.kinds[name] for name in list(self.kinds)[self.key :]}}
        values = ", ".join(f"{name} = moved.{name}" for name in kinds if name != "id")
        update = f"UPDATE {self.table} AS was SET {values} FROM ({_given(kinds)}) AS moved WHERE was.id = moved.id"  # noqa: S608 - the same
        _write(update, kinds, {"id": ids, **rows})

    def _insert(self, rows: Columns) -> None:
        _write(f"INSERT INTO {self.table} ({', '.join(self.kinds)}) {_given(self.kinds)}", self.kinds, rows)


class _Apart(NamedTuple):
    """How rows that were and rows that are differ, by their places: those on one side only, and pairs that moved."""

    gone: NDArray[np.int64]
    come: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def read_columns(select: str, kinds: Kinds, params: Mapping[str, Any]) -> Columns:
    """The rows of a query that gives these columns, each of which comes in one piece: a row would cost by itself."""
    values = ", ".join(f"string_agg({_sent(name, kind)}, '')" for name, kind in kinds.items())
    with _executed(f"SELECT {values} FROM ({select}) AS rows", params) as cursor:  # noqa: S608 - our own query
        received = cursor.fetchone() or ()
    return {name: _column(sent or b"", kind) for (name, kind), sent in zip(kinds.items(), received, strict=True)}


def beginnings(*ordered: NDArray[Any]) -> NDArray[np.int64]:
    """Where in columns of equal length that are ordered by them something new begins, shape (m,)."""
    is_new = np.ones(len(ordered[0]), dtype=bool)
    is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in ordered])
    return np.flatnonzero(is_new)


def those(rows: Columns, which: NDArray[Any]) -> Columns:
    """Some rows, by their places or by what is true of them."""
    return {name: column[which] for name, column in rows.items()}


def _given(kinds: Kinds) -> str:
    """A SELECT of the columns that a statement is given."""
    arrays = ", ".join(f"%s::{_type(kind)}[]" for kind in kinds.values())
    values = ", ".join(_received(name, kind) for name, kind in kinds.items())
    return f"SELECT {values} FROM unnest({arrays}) AS rows ({', '.join(kinds)})"  # noqa: S608 - names of our own


def _write(statement: str, kinds: Kinds, columns: Columns) -> None:
    """A statement and the arrays that it is given, in the form in which the database sends them; none for no rows."""
    if not len(columns[next(iter(kinds))]):
        return
    with _executed(statement, [_Array(columns[name], kind) for name, kind in kinds.items()]):
        pass


@contextmanager
def _executed(statement: str, params: Mapping[str, Any] | Sequence[Any]) -> Iterator[Cursor[tuple[Any, ...]]]:
    """With values beside the statement, and all in the database's own form."""
    current_tenant()
    wrapper = cast("DatabaseWrapper", connection)
    with wrapper.wrap_database_errors, Cursor(wrapper.connection) as cursor:
        wrapper.send_waiting()
        cursor.adapters.register_dumper(_Array, _ArrayDumper)
        # Planned anew each time: it may be of a few or of all.
        yield cursor.execute(statement, params, prepare=False, binary=True)


class _Array(NamedTuple):
    column: NDArray[Any]
    kind: str


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Array) -> bytes:
        """Raises OverflowError where a value has no room in its type."""
        sent = np.dtype(_travelling(obj.kind))
        elements = np.empty(len(obj.column), dtype=[("length", ">i4"), ("value", sent)])
        elements["length"], elements["value"] = sent.itemsize, obj.column
        if (elements["value"] != obj.column).any():
            raise OverflowError(f"too large for {_type(obj.kind)}")
        oid = postgres.types[_type(obj.kind)].oid
        return _OF_ARRAY.pack(1, 0, oid, len(elements), 1) + elements.tobytes()


def _type(kind: str) -> str:
    return _TYPES[kind.removesuffix("?")][0]


def _sent(name: str, kind: str) -> str:
    """A value in as many bytes as its type has."""
    value = f"{name} - {_DAY_ZERO}" if kind.startswith("day") else name
    value = f"coalesce({value}, '{MISSING}')" if kind.endswith("?") else value
    return f"{_type(kind)}send(({value})::{_type(kind)})"


def _received(name: str, kind: str) -> str:
    value = f"nullif({name}, {MISSING})" if kind.endswith("?") else name
    return f"{_DAY_ZERO} + {value} AS {name}" if kind.startswith("day") else f"{value} AS {name}"


def _column(sent: bytes, kind: str) -> NDArray[Any]:
    column = np.frombuffer(sent, dtype=_travelling(kind))
    return column.astype(np.float64 if column.dtype.kind == "f" else np.int64)


def _travelling(kind: str) -> str:
    return _TYPES[kind.removesuffix("?")][1]
