"""What all kinds of files have in common: fields, the reading of a row, and what became of a batch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic

from django.utils.translation import gettext as _

from customers.models import Customer
from imports.columns import Field, missing_fields
from imports.staging import Layout, Row
from imports.table import Record
from tenants.csv import GUARD, unguarded
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.roles import Actor


@dataclass(frozen=True, slots=True)
class Formats:
    """How dates and amounts are written, where they leave doubt."""

    date_format: str = ""
    decimal_mark: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """In whose name and for which import rows are recorded; a rehearsal from the command line has none."""

    actor: Actor
    now: datetime
    import_id: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken over, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of rows."""

    recorded: int = 0
    known: int = 0
    points: int = 0
    enrolled: Sequence[Customer] = ()
    refusals: list[Refusal] = field(default_factory=list)


class RowReader(ABC, Generic[Row]):
    """Reads rows of one file for one shop."""

    def __init__(self, *, columns: Mapping[str, int], width: int) -> None:
        self._columns = columns
        self._width = width

    def read(self, record: Record) -> Row:
        """Raises a DomainError that says what is wrong with the row."""
        fields = record.fields
        if fields is None:
            raise Invalid(_("The quotation marks of this row do not match."))
        if any(fields[self._width :]):
            raise Invalid(_("The row has more fields than the header."))
        values = {name: _plain(fields[at]) for name, at in self._columns.items() if at < len(fields)}
        if len(values) < len(self._columns):
            raise Invalid(_("The row has fewer fields than the header."))
        return self.row(record.line, values)

    @abstractmethod
    def row(self, line: int, values: Mapping[str, str]) -> Row:
        """From the trimmed values of those fields that the file has."""


class Kind(ABC, Generic[Row]):
    """One kind of file: what it says, how its rows are told apart, and how they are recorded."""

    code: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    # Of these fields the file must have at least one.
    one_of: ClassVar[tuple[str, ...]] = ()
    # Fields whose values may be written in several ways.
    dates: ClassVar[tuple[str, ...]] = ()
    amounts: ClassVar[tuple[str, ...]] = ()
    layout: ClassVar[Layout[Any]]

    def missing(self, columns: Mapping[str, int]) -> list[str]:
        """What must still be said before a row can be read, in words."""
        named = [field for field in self.fields if field.name in self.one_of]
        text = _("Choose the column for “%(field)s”.")
        problems = [text % {"field": field.label} for field in missing_fields(self.fields, columns)]
        if named and not any(field.name in columns for field in named):
            text = _("Choose at least one of: %(fields)s.")
            problems.append(text % {"fields": ", ".join(str(field.label) for field in named)})
        return problems

    @abstractmethod
    def reader(
        self, *, columns: Mapping[str, int], width: int, tenant: Tenant, formats: Formats, now: datetime
    ) -> RowReader[Row]:
        """To be called in a scope."""

    @abstractmethod
    def so_far(self, import_id: int) -> Outcome:
        """What an import that was interrupted has recorded already; `enrolled` stays empty."""

    @abstractmethod
    def record(self, rows: Sequence[Row], booking: Booking) -> Outcome:
        """Record what is not yet known, in the caller's transaction."""


def short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Invalid(_("“%(text)s…” is longer than %(limit)d characters.") % {"text": text[:40], "limit": limit})
    return text


def _plain(cell: str) -> str:
    """Without the apostrophe with which our own files keep spreadsheets from running a cell."""
    text = cell.strip()
    return unguarded(text) if text[:1] == GUARD else text
