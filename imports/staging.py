"""The rows of a log, sorted out in the database: which are known, which are new, in the order of their purchases.

They lie in a temporary table for one transaction. The new ones leave it as a file that the caller works through in
transactions of their own, so that nothing stays open or locked meanwhile, and memory holds no more than a batch.
"""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import IO

from django.db import connection

from imports.rows import LogRow

# Enough for the statements to pay, few enough for a till that waits for the lock of an account.
BATCH_ROWS = 5_000
# A customer with more purchases is read in several batches.
LARGEST_BATCH = 20_000
COLUMNS = (
    ("line", "bigint"),
    ("customer", 'text COLLATE "C"'),
    ("purchased_at", "timestamptz"),
    ("total", "bigint"),
    ("content", "bytea"),
    ("store_id", "bigint"),
    ("receipt_number", "text"),
    ("quantity", "numeric"),
    ("name", "text"),
    ("email", "text"),
)
NAMES = ", ".join(name for name, _ in COLUMNS)
CREATE = f"CREATE TEMPORARY TABLE staged ({', '.join(f'{name} {kind}' for name, kind in COLUMNS)}) ON COMMIT DROP"
FILL = f"COPY staged ({NAMES}) FROM STDIN"
# The same content twice is two purchases: the n-th occurrence is part of the identity.
NEW_ROWS = """
SELECT line, customer, purchased_at, total, encode(import_key, 'hex'), store_id, receipt_number, quantity, name, email
  FROM (SELECT *, substring(sha256(content || int8send(row_number() OVER (PARTITION BY content ORDER BY line)))
                            FOR 16) AS import_key
          FROM staged) AS identified
 WHERE NOT EXISTS (SELECT FROM programs_purchase AS p WHERE p.import_key = identified.import_key)
 ORDER BY customer, purchased_at, line
"""


class Staging:
    """Filled in slices, then asked once for what is new."""

    def __init__(self) -> None:
        self.rows = 0

    def add(self, rows: Sequence[LogRow]) -> None:
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(FILL) as copy:
            for row in rows:
                copy.write_row(
                    (
                        row.line,
                        row.customer,
                        row.purchased_at,
                        row.total,
                        row.content,
                        row.store_id,
                        row.receipt_number,
                        row.quantity,
                        row.name,
                        row.email,
                    )
                )
        self.rows += len(rows)

    def new_rows(self) -> "NewRows":
        spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - NewRows closes it
        write, count = csv.writer(spool).writerows, 0
        with connection.cursor() as cursor:
            # Sorting a large file may take longer than any page would wait.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("ANALYZE staged")
        with connection.chunked_cursor() as cursor:
            cursor.execute(NEW_ROWS)
            while rows := cursor.fetchmany(BATCH_ROWS):
                write(rows)
                count += len(rows)
        return NewRows(spool, count)


class NewRows:
    """Rows of customers in date order; `content` is their import key."""

    def __init__(self, spool: IO[str], count: int) -> None:
        self.count = count
        self._spool = spool

    def batches(self) -> Iterator[list[LogRow]]:
        """Whole customers together."""
        batch: list[LogRow] = []
        for _customer, rows in groupby(self._rows(), key=lambda row: row.customer):
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

    def _rows(self) -> Iterator[LogRow]:
        self._spool.seek(0)
        for fields in csv.reader(self._spool):
            line, customer, purchased_at, total, key, store_id, receipt_number, quantity, name, email = fields
            yield LogRow(
                line=int(line),
                customer=customer,
                purchased_at=datetime.fromisoformat(purchased_at),
                total=int(total),
                content=bytes.fromhex(key),
                store_id=int(store_id) if store_id else None,
                receipt_number=receipt_number or None,
                quantity=Decimal(quantity) if quantity else None,
                name=name,
                email=email,
            )


@contextmanager
def staging() -> Iterator[Staging]:
    """An empty staging table, for the transaction it is called in."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
        yield Staging()
        cursor.execute("DROP TABLE staged")
