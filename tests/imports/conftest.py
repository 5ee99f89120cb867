"""Files as merchants have them, and the reading of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from django.utils import translation

from imports.kinds import Refusal
from imports.run import Report
from imports.services import Reading, import_purchases
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop
from tests.imports.desk import Desk

Write = Callable[..., Path]


class Read(Protocol):
    def __call__(self, shop: Shop, path: Path, **reading: object) -> tuple[Report, dict[int, str]]: ...


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file from lines; the first is the header."""

    def write(*lines: str, encoding: str = "utf-8", name: str = "log.csv", end: str = "\n") -> Path:
        path = tmp_path / name
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


@pytest.fixture
def read() -> Read:
    """Reads a file into a shop; the report, and the refused lines with their reasons."""

    def read(shop: Shop, path: Path, **reading: object) -> tuple[Report, dict[int, str]]:
        refusals: list[Refusal] = []
        report = import_purchases(
            tenant=shop.tenant,
            path=path,
            actor=SYSTEM,
            now=NOW,
            reading=Reading(**reading),  # type: ignore[arg-type]
            on_refusal=refusals.append,
        )
        assert report.rows == report.recorded + report.known + report.refused
        return report, {refusal.line: refusal.reason for refusal in refusals}

    return read


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.fixture
def other_desk(other_shop: Shop) -> Desk:
    return Desk(other_shop)
