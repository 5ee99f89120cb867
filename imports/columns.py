"""Which column of a file means what: by the usual German and English names, or as somebody says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.utils.translation import gettext as _

from customers.contact import search_key
from imports.errors import BadFile
from imports.table import LONGEST_COLUMN_NAME, MOST_COLUMNS

_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
# What stands in a row of values and never is the name of a column.
_VALUE = re.compile(r"[^\s@]+@[^\s@.]+\.[^\s@]+|[+-]?[.,' ]*\d[\d.,' €$%-]*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a file may say; `usual` are names of its column, spelt as `_folded` leaves them, best first."""

    name: str
    label: Any
    usual: tuple[str, ...]
    needed: bool = False


def guessed_columns(fields: Sequence[Field], header: Sequence[str]) -> dict[str, int]:
    """The position of every field whose column has one of its usual names."""
    folded = [_folded(name) for name in header]
    columns = {}
    for field in fields:
        position = next((folded.index(name) for name in field.usual if name in folded), None)
        if position is not None:
            columns[field.name] = position
    return columns


def columns_of(fields: Sequence[Field], header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """The position of every field that the file has. `chosen` names columns; an empty name leaves a field out.

    Raises BadFile for an unknown field, a column that is not there, and a needed field without a column.
    """
    names = [field.name for field in fields]
    columns = {name: at for name, at in guessed_columns(fields, header).items() if name not in chosen}
    for wanted, name in chosen.items():
        if wanted not in names:
            text = _("There is no field %(field)s; there are %(fields)s.")
            raise BadFile(text % {"field": wanted, "fields": ", ".join(names)})
        if name:
            columns[wanted] = _position(name, header)
    for field in missing_fields(fields, columns):
        raise BadFile(
            _("No column is known for %(field)s. The file has: %(header)s.")
            % {"field": field.name, "header": ", ".join(header)[:500]}
        )
    return columns


def missing_fields(fields: Sequence[Field], columns: Mapping[str, int]) -> list[Field]:
    """Those without which no row can be read."""
    return [field for field in fields if field.needed and field.name not in columns]


def refuse_bad_header(header: Sequence[str]) -> None:
    """Raises BadFile where the first line does not name columns: what it says would otherwise be kept as names."""
    if len(header) > MOST_COLUMNS or any(len(name) > LONGEST_COLUMN_NAME for name in header):
        raise BadFile(
            _("The first line has more than %(count)d columns or very long names: this is no table as it is read here.")
            % {"count": MOST_COLUMNS}
        )
    if any(_VALUE.fullmatch(name) for name in header):
        raise BadFile(_("The first line must name the columns, such as “Customer; Date; Amount”. Add such a line."))


def signature(header: Sequence[str]) -> str:
    """The same for files with the same columns, in any order and spelling."""
    names = "\x1f".join(sorted(_folded(name) for name in header))
    return blake2b(names.encode(), digest_size=16).hexdigest()


def positions_of(names: Mapping[str, str], header: Sequence[str]) -> dict[str, int] | None:
    """Where the named columns stand; None where one of them is missing."""
    try:
        return {field: _position(name, header) for field, name in names.items()}
    except BadFile:
        return None


def _position(name: str, header: Sequence[str]) -> int:
    if name in header:
        return header.index(name)
    folded = [_folded(other) for other in header]
    if _folded(name) in folded:
        return folded.index(_folded(name))
    raise BadFile(_("The file has no column %(name)s.") % {"name": name})


def _folded(name: str) -> str:
    """`Betrag (EUR)` -> `betrag`."""
    return "".join(character for character in search_key(_BRACKETS.sub("", name)) if character.isalnum())
