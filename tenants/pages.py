"""Lists in pages: each continues behind the last row of the page before, however many rows there are."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

Row = TypeVar("Row")
_LARGEST_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of a page; `last` is the one behind which the next page starts, None on the last page."""

    rows: list[Row]
    last: Row | None


def page_of(rows: Sequence[Row] | QuerySet[Any, Row], *, size: int) -> Page[Row]:
    """The first `size` rows; one more is asked for to know whether others follow."""
    found = list(rows[: size + 1])
    return Page(rows=found[:size], last=found[size - 1] if len(found) > size else None)


def seq_in(cursor: str) -> int | None:
    """The sequence number in a cursor; None where there is none."""
    seq = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 20 else None
    return seq if seq is None or seq <= _LARGEST_SEQ else None


def uuid_in(cursor: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(cursor)
    except ValueError:
        return None
