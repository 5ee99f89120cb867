"""A table in a text file as other systems export it: found encoding and delimiter, then one row at a time."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from imports.errors import BadFile

# Windows-1252 reads nearly everything, so it comes last.
USUAL_ENCODINGS = ("utf-8", "cp1252")
MARKED_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile(rb"[\r\n]")
WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
DELIMITERS = ";,\t|"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """A row and the line on which it starts; no fields where its quotation marks do not match."""

    line: int
    fields: list[str] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that has a header. `size` and the positions of `records` count bytes."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    size: int

    def records(self) -> Iterator[tuple[Record, int]]:
        """Each row below the header, with the position that reading has reached. Blank lines are skipped."""
        with _opened(self.path, self.encoding) as file:
            for record in islice(_records(_Lines(file), self.delimiter), 1, None):
                yield record, file.buffer.tell()  # type: ignore[attr-defined]


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> Table:
    """Find out how to read the file. Raises BadFile where it is no table of text."""
    if not path.exists():
        raise BadFile(_("There is no file %(path)s.") % {"path": path})
    if not path.is_file():
        raise BadFile(_("%(path)s is not a file.") % {"path": path})
    try:
        encoding = _encoding_of(path, encoding)
    except OSError as error:
        raise BadFile(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}) from error
    with _opened(path, encoding) as file:
        beginning = file.read(BLOCK)
    delimiter = delimiter or _delimiter_of(beginning)
    first = next(_records(_Lines(StringIO(beginning, newline="")), delimiter), None)
    if first is None:
        raise BadFile(_("The file is empty."))
    header = [name.strip() for name in first.fields or []]
    return Table(path=path, encoding=encoding, delimiter=delimiter, header=header, size=path.stat().st_size)


class _Lines:
    """The lines of a file, of which the last ones read can be given back.

    A quotation mark that is never closed would otherwise swallow the rows below it.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.number += 1
        self._taken.append(line)
        return line

    def begin_row(self) -> int:
        self._taken.clear()
        return self.number + 1

    def give_back_all_but_first(self) -> None:
        rest = self._taken[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)


def _records(lines: _Lines, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin_row()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back_all_but_first()
            yield Record(line, None)
            continue
        if any(fields) and not _states_delimiter(fields, line):
            yield Record(line, fields)


def _states_delimiter(fields: Sequence[str], line: int) -> bool:
    """Excel's first line `sep=;`."""
    return line == 1 and fields[0].startswith("sep=")


def _opened(path: Path, encoding: str) -> IO[str]:
    return path.open(encoding=encoding, newline="")


def _encoding_of(path: Path, stated: str) -> str:
    """The stated encoding, the one that the file is marked with, or the first usual one that reads all of it."""
    with path.open("rb") as file:
        beginning = file.read(8)
    if beginning.startswith(WORKBOOK_MARKS):
        raise BadFile(_("This is a workbook. Save the sheet as CSV first."))
    marked = [name for mark, name in MARKED_ENCODINGS if beginning.startswith(mark)]
    for encoding in [stated] if stated else marked or USUAL_ENCODINGS:
        if _reads(path, encoding):
            return encoding
    if stated:
        raise BadFile(_("The file is not in the encoding %(encoding)s.") % {"encoding": stated})
    raise BadFile(_("This is not a text file."))


def _reads(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise BadFile(_("There is no encoding %(encoding)s.") % {"encoding": encoding}) from error
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                endless = len(block) == BLOCK and not _LINE_END.search(block)
                if endless or "\0" in decoder.decode(block):
                    raise BadFile(_("This is not a text file."))
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _delimiter_of(beginning: str) -> str:
    """The one that occurs most often in the first line, or that the file states."""
    first = next((line for line in beginning.splitlines() if line.strip()), "")
    if first.startswith("sep=") and len(first) > len("sep="):
        return first[len("sep=")]
    return max(DELIMITERS, key=first.count)
