"""CSV that a spreadsheet shows and never runs, streamed row by row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from babel.numbers import get_decimal_symbol
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header

from tenants.locales import reader_locale
from tenants.money import decimal_amount
from tenants.scope import current_tenant

# Excel reads UTF-8 only where this stands first.
BOM = "\ufeff"
GUARD = "'"
# What a spreadsheet takes for the beginning of a formula, or for the end of the cell before.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKING = ("\t", "\r", "\n", "|")

Cell = str | int | None


def guarded(text: str) -> str:
    """The text as a cell: with an apostrophe before what could be a formula, which `unguarded` takes off again."""
    return GUARD + text if _is_dangerous(text.lstrip(GUARD)) else text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` has written."""
    return cell[1:] if cell.startswith(GUARD) and _is_dangerous(cell.lstrip(GUARD)) else cell


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Lines with CRLF, separated as the active language's spreadsheets expect. Whole numbers stay numbers.

    Texts are quoted: a spreadsheet that splits at another sign must not find a formula inside one.
    """
    writer = csv.writer(_Echo(), delimiter=_delimiter(), lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    return (writer.writerow([_cell(value) for value in row]) for row in rows)


def csv_response(name: str, rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """A download. The rows are read while it is sent: in the request's scope, but after its transaction."""
    lines = csv_lines(rows)
    response = StreamingHttpResponse(_encoded(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def amount_cell(minor: int | None) -> str:
    """Money as a spreadsheet of the reader's language takes it for a number; empty where nobody has said."""
    if minor is None:
        return ""
    text = str(decimal_amount(minor, currency=current_tenant().currency))
    return text.replace(".", get_decimal_symbol(reader_locale()))


class _Echo:
    """A file that gives back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _is_dangerous(text: str) -> bool:
    return text.lstrip().startswith(_FORMULA) or text.startswith(_BREAKING)


def _cell(value: Cell) -> Any:
    return guarded(value) if isinstance(value, str) else value


def _delimiter() -> str:
    """German spreadsheets split at semicolons, because the comma is their decimal sign."""
    return "," if (translation.get_language() or "").startswith("en") else ";"


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    yield BOM.encode()
    for line in lines:
        yield line.encode()
