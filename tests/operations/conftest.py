"""Lines as production would write them."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from operations import logs
from operations.tally import tally
from tenants.valkey import valkey_key
from tests.conftest import redis_server


@dataclass(frozen=True)
class Written:
    """What production would have logged since the test began."""

    stream: io.StringIO
    handler: logging.Handler

    def listen(self) -> None:
        """Again, after a worker's start has configured logging anew."""
        logging.getLogger().addHandler(self.handler)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def written() -> Iterator[Written]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.json_lines())
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    written = Written(stream, handler)
    written.listen()
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def no_figures() -> None:
    """Nobody has counted anything yet."""
    tally.flush()
    redis_server().delete(valkey_key("tally"))
