"""The rows of a file, sorted out in the database: which are known, which are new, in the order they are needed in.

Checked rows lie in a file beside the database until all are read. Then they go through a temporary table in one short
transaction, and the new ones leave it as a file that the caller works through in transactions of their own: nothing
stays open or locked meanwhile, and memory holds no more than a batch. Both files have no name.
"""

import csv
import tempfile
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import IO, Any, Generic, Protocol, TypeVar

from django.db import connection

# Enough for the statements to pay, few enough for a till that waits for the lock of an account.
BATCH_ROWS = 5_000
# A group with more rows, such as a customer with many purchases, is read in several batches.
LARGEST_BATCH = 20_000
BLOCK = 1 << 16


class Staged(Protocol):
    """A row of a file; `as_fields` are the values of its columns in the staging table, empty ones NULL."""

    @property
    def line(self) -> int: ...

    def as_fields(self) -> Sequence[Any]: ...


Row = TypeVar("Row", bound=Staged)


@dataclass(frozen=True, slots=True)
class Layout(Generic[Row]):
    """How rows of one kind lie in the staging table `staged`.

    `sorted_out` selects what is to be recorded, `parse` reads its columns, and rows of one group stay together.
    """

    columns: tuple[tuple[str, str], ...]
    sorted_out: str
    parse: Callable[[list[str]], Row]
    group: Callable[[Row], Hashable]

    @property
    def names(self) -> str:
        return ", ".join(name for name, _ in self.columns)

    @property
    def declared(self) -> str:
        return ", ".join(f"{name} {kind}" for name, kind in self.columns)


class Heap(Generic[Row]):
    """Filled in slices, then asked once for what is new."""

    def __init__(self, layout: Layout[Row]) -> None:
        self.rows = 0
        self._layout = layout
        self._spool: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - closed by `close`
        self._write = csv.writer(self._spool).writerows

    def add(self, rows: Sequence[Row]) -> None:
        self._write(row.as_fields() for row in rows)
        self.rows += len(rows)

    def sort_out(self, **parameters: Any) -> "NewRows[Row]":
        """To be called in a scope; the table is gone with its transaction."""
        spool: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - NewRows closes it
        write, count = csv.writer(spool).writerows, 0
        with connection.cursor() as cursor:
            # Sorting a large file may take longer than any page would wait.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(f"CREATE TEMPORARY TABLE staged ({self._layout.declared}) ON COMMIT DROP")
            self._copy(cursor)
            cursor.execute("ANALYZE staged")
        with connection.chunked_cursor() as cursor:
            cursor.execute(self._layout.sorted_out, parameters)
            while rows := cursor.fetchmany(BATCH_ROWS):
                write(rows)
                count += len(rows)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE staged")
        return NewRows(self._layout, spool, count)

    def close(self) -> None:
        self._spool.close()

    def _copy(self, cursor: Any) -> None:
        self._spool.seek(0)
        fill = f"COPY staged ({self._layout.names}) FROM STDIN (FORMAT csv)"
        with connection.wrap_database_errors, cursor.copy(fill) as copy:
            while block := self._spool.read(BLOCK):
                copy.write(block)


class NewRows(Generic[Row]):
    """What is to be recorded, in its order."""

    def __init__(self, layout: Layout[Row], spool: IO[str], count: int) -> None:
        self.count = count
        self._layout = layout
        self._spool = spool

    def batches(self) -> Iterator[list[Row]]:
        """Whole groups together."""
        batch: list[Row] = []
        for _group, rows in groupby(self._rows(), key=self._layout.group):
            for row in rows:
                batch.append(row)
                if len(batch) >= LARGEST_BATCH:
                    yield batch
                    batch = []
            if len(batch) >= BATCH_ROWS:
                yield batch
                batch = []
        if batch:
            yield batch

    def close(self) -> None:
        self._spool.close()

    def _rows(self) -> Iterator[Row]:
        self._spool.seek(0)
        return map(self._layout.parse, csv.reader(self._spool))
