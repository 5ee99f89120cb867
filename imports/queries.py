"""What there is to see of imports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from imports.errors import UnknownImport
from imports.models import FilePart, Import, RefusedRow
from imports.storage import BEGINNING, beginning_of_file
from imports.table import beginning_of, text_of

# How much of the whole way each phase is: where it begins and where it ends.
WAY: Final[dict[str, tuple[int, int]]] = {
    Import.Phase.WAITING: (0, 0),
    Import.Phase.READING: (0, 40),
    Import.Phase.SORTING: (40, 45),
    Import.Phase.RECORDING: (45, 97),
    Import.Phase.REPORTING: (97, 100),
}
ALL_THE_WAY: Final = (0, 100)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows below the header."""

    rows: list[list[str]]

    def column(self, position: int) -> list[str]:
        return [row[position].strip() for row in self.rows if position < len(row)]

    def values(self, columns: Mapping[str, int], fields: Iterable[str]) -> list[str]:
        """What stands in the columns of these fields."""
        return [value for field in fields if field in columns for value in self.column(columns[field])]


def imports() -> QuerySet[Import]:
    """Newest first."""
    return Import.objects.order_by("-pk")


def import_by_id(pk: int) -> Import:
    """Raises UnknownImport."""
    source = Import.objects.filter(pk=pk).first()
    if source is None:
        raise UnknownImport
    return source


def first_refusals(source: Import, count: int) -> list[RefusedRow]:
    return list(RefusedRow.objects.filter(source=source).order_by("line", "pk")[:count])


def kept_refusals(source: Import) -> int:
    return RefusedRow.objects.filter(source=source).count()


def has_file(source: Import) -> bool:
    return FilePart.objects.filter(source=source).exists()


def is_abandoned(source: Import) -> bool:
    """Its worker has not been heard of for too long."""
    return source.is_running and source.leased_until is not None and source.leased_until < timezone.now()


def percent(source: Import) -> int:
    """How far a run is; taking back counts things from the beginning to the end."""
    begin, end = WAY.get(source.phase, ALL_THE_WAY)
    share = source.done / source.total if source.total else 0
    return int(begin + (end - begin) * min(share, 1))


def sample_of(source: Import) -> Sample:
    """Raises BadFile where the file is gone."""
    content = beginning_of_file(source)
    rows = list(beginning_of(text_of(content, source.encoding), source.delimiter))
    if len(content) == BEGINNING:
        rows.pop()  # cut off
    return Sample(rows=rows[1:])
