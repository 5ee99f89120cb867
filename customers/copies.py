"""A copy of everything that is stored about a customer, as a file to take along."""

import io
import json
import zipfile
from enum import StrEnum

from customers.export import Section, sections_of
from customers.models import Customer
from events.services import publish
from tenants.csv import BOM, Cell, csv_lines
from tenants.roles import Actor


class CopyFormat(StrEnum):
    """The ending of the file."""

    JSON = "json"
    TABLES = "zip"

    @property
    def kind(self) -> str:
        """The media type."""
        return f"application/{self}"


def copy_of(customer: Customer, wanted: CopyFormat) -> bytes:
    """For programs, or one table for each kind of thing in the active language's CSV."""
    sections = sections_of(customer)
    return _as_json(sections) if wanted is CopyFormat.JSON else _as_tables(sections)


def hand_out_copy(*, customer: Customer, wanted: CopyFormat, actor: Actor) -> bytes:
    """The same by somebody else than the customer, who has asked for it; it stands in the audit log."""
    publish("customer.copy_handed_out", actor=actor, customer=customer.pk, format=wanted)
    return copy_of(customer, wanted)


def _as_json(sections: list[Section]) -> bytes:
    return json.dumps({section.name: section.rows for section in sections}, ensure_ascii=False, indent=2).encode()


def _as_tables(sections: list[Section]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for section in sections:
            files.writestr(f"{section.name}.csv", BOM + "".join(csv_lines(_table(section))))
    return archive.getvalue()


def _table(section: Section) -> list[list[Cell]]:
    columns = list(dict.fromkeys(column for row in section.rows for column in row))
    return [[*columns], *([_cell(row.get(column)) for column in columns] for row in section.rows)] if columns else []


def _cell(value: object) -> Cell:
    return value if value is None or (isinstance(value, int) and not isinstance(value, bool)) else str(value)
