"""A table in a text file as other systems export it: found encoding and delimiter, then one row at a time."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Final

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
ARCHIVE_MARKS = (b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!", b"\x28\xb5\x2f\xfd")
# What spreadsheets and web shops sometimes write under the name of a table.
MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table|head|body|svg)\b", re.IGNORECASE)
DELIMITERS: Final = ";,\t|"
BLOCK = 1 << 20
# Far more columns than any export has, few enough to show.
MOST_COLUMNS = 200
LONGEST_COLUMN_NAME = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A row and the line on which it starts; where its quotation marks do not match, only the text of that line."""

    line: int
    fields: list[str] | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that has a header. `size` and the positions of `records` count bytes."""

    file: IO[bytes]
    encoding: str
    delimiter: str
    header: list[str]
    size: int

    def records(self) -> Iterator[tuple[Record, int]]:
        """Each row below the header, with the position that reading has reached. Blank lines are skipped."""
        with _as_text(self.file, self.encoding) as text:
            for record in islice(_records(_Lines(text), self.delimiter), 1, None):
                yield record, self.file.tell()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file of this machine. Raises BadFile."""
    if not path.exists():
        raise BadFile(_("There is no file %(path)s.") % {"path": path})
    if not path.is_file():
        raise BadFile(_("%(path)s is not a file.") % {"path": path})
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadFile(_("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}) from error
    with file:
        yield file


def open_table(file: IO[bytes], *, encoding: str = "", delimiter: str = "") -> Table:
    """Find out how to read the file. Raises BadFile where it is no table of text."""
    encoding = _encoding_of(file, encoding)
    with _as_text(file, encoding) as text:
        beginning = text.read(BLOCK)
    delimiter = delimiter or _delimiter_of(beginning)
    header = next(beginning_of(beginning, delimiter), None)
    if header is None:
        raise BadFile(_("The file is empty."))
    size = file.seek(0, 2)
    return Table(file=file, encoding=encoding, delimiter=delimiter, header=[name.strip() for name in header], size=size)


def beginning_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """The first rows, header included; rows that cannot be read are empty."""
    for record in _records(_Lines(StringIO(text, newline="")), delimiter):
        yield record.fields or []


def text_of(content: bytes, encoding: str) -> str:
    """The beginning of a file, which may end in the middle of a character."""
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(content)


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

    def give_back_all_but_first(self) -> str:
        """The line that stays taken."""
        first, *rest = self._taken
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        return first.rstrip("\r\n")


def _records(lines: _Lines, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin_row()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(line, None, lines.give_back_all_but_first())
            continue
        if any(fields) and not _states_delimiter(fields, line):
            yield Record(line, fields)


def _states_delimiter(fields: Sequence[str], line: int) -> bool:
    """Excel's first line `sep=;`."""
    return line == 1 and fields[0].startswith("sep=")


@contextmanager
def _as_text(file: IO[bytes], encoding: str) -> Iterator[TextIOWrapper]:
    """The file from its beginning; it stays open afterwards."""
    file.seek(0)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _encoding_of(file: IO[bytes], stated: str) -> str:
    """The stated encoding, the one that the file is marked with, or the first usual one that reads all of it."""
    file.seek(0)
    beginning = file.read(512)
    _refuse_other_formats(beginning)
    marked = [name for mark, name in MARKED_ENCODINGS if beginning.startswith(mark)]
    for encoding in [stated] if stated else marked or USUAL_ENCODINGS:
        if _reads(file, encoding):
            return encoding
    if stated:
        raise BadFile(_("The file is not in the encoding %(encoding)s.") % {"encoding": stated})
    raise BadFile(_("This is not a text file."))


def _refuse_other_formats(beginning: bytes) -> None:
    """What is known by its first bytes gets the answer that helps."""
    if beginning.startswith(WORKBOOK_MARKS):
        raise BadFile(_("This is a workbook. Save the sheet as CSV first."))
    if beginning.startswith(ARCHIVE_MARKS):
        raise BadFile(_("This is a packed file. Unpack it first."))
    if beginning.startswith(b"%PDF"):
        raise BadFile(_("This is a PDF. Only tables saved as CSV can be read."))
    if MARKUP.match(beginning):
        raise BadFile(_("This is a web page or XML. Open it in a spreadsheet and save it as CSV."))


def _reads(file: IO[bytes], encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise BadFile(_("There is no encoding %(encoding)s.") % {"encoding": encoding}) from error
    file.seek(0)
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
    stated = first.removeprefix("sep=")[:1] if first.startswith("sep=") else ""
    if stated and stated != '"':
        return stated
    return max(DELIMITERS, key=first.count)
