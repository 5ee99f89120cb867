"""Somebody at a shop's desk who brings files in, with a worker that does at once what it is asked."""

from collections.abc import Callable, Sequence
from io import BytesIO

from imports.models import Import, RefusedRow
from imports.queries import import_by_id
from imports.report import refused_rows
from imports.services import choose_columns, start_import, undo_import, upload_file
from imports.work import work_on
from tenants.roles import Actor
from tests.factories import NOW, Shop

SELIN = Actor("member:1")


class Desk:
    """Every step commits by itself, as requests and workers do."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def upload(self, kind: str, *lines: str, content: bytes = b"", name: str = "list.csv") -> Import:
        content = content or ("\n".join(lines) + "\n").encode()
        with self.shop.scope():
            return upload_file(kind=kind, name=name, file=BytesIO(content), size=len(content), actor=SELIN, now=NOW)

    def choose(self, source: Import, **columns: int) -> Import:
        """Columns by position; those that were proposed where none are given."""
        with self.shop.scope():
            choose_columns(
                source=source,
                columns=columns or source.columns,
                date_format=source.date_format,
                decimal_mark=source.decimal_mark,
                actor=SELIN,
                now=NOW,
            )
        return self.now(source)

    def check(self, source: Import, **columns: int) -> Import:
        self.choose(source, **columns)
        return self.work(source)

    def start(self, source: Import) -> Import:
        with self.shop.scope():
            start_import(source=source, actor=SELIN)
        return self.now(source)

    def take_over(self, source: Import) -> Import:
        self.start(source)
        return self.work(source)

    def bring(self, kind: str, *lines: str, content: bytes = b"") -> Import:
        """A whole import."""
        return self.take_over(self.check(self.upload(kind, *lines, content=content)))

    def undo(self, source: Import) -> Import:
        with self.shop.scope():
            undo_import(source=source, actor=SELIN)
        return self.work(source)

    def work(self, source: Import) -> Import:
        work_on(tenant=self.shop.tenant, import_id=source.pk, now=NOW)
        return self.now(source)

    def now(self, source: Import) -> Import:
        """As it stands in the database."""
        with self.shop.scope():
            return import_by_id(source.pk)

    def refused(self, source: Import) -> dict[int, str]:
        with self.shop.scope():
            return dict(RefusedRow.objects.filter(source=source).order_by("line").values_list("line", "reason"))

    def report(self, source: Import) -> Sequence[Sequence[str | int]]:
        with self.shop.scope():
            return list(refused_rows(source))

    def sees(self, query: Callable[[], object]) -> object:
        with self.shop.scope():
            return query()


def counts(source: Import) -> tuple[int, int, int, int]:
    """Rows, and what became of them: recorded, known, refused."""
    assert source.rows == source.recorded + source.known + source.refused
    return source.rows, source.recorded, source.known, source.refused
