"""Fixtures of the tests on events: handlers that exist for one test, and tasks that run at once."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from events import doorbell, registry, schedule
from events.schedule import Job
from loyalty.celery import app
from tests.conftest import redis_server


@pytest.fixture(autouse=True)
def handlers_of_one_test(product_jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it; the product's own handlers and jobs are set aside."""
    monkeypatch.setattr(registry, "_in_transaction", defaultdict(list, registry._in_transaction))
    monkeypatch.setattr(registry, "_delivered", defaultdict(dict))
    monkeypatch.setattr(schedule, "_jobs", {})


@pytest.fixture(scope="session")
def product_jobs() -> dict[str, Job]:
    """What the product's apps registered when they loaded."""
    return dict(schedule.jobs())


@pytest.fixture(autouse=True)
def silent_doorbell() -> Iterator[None]:
    """Nobody rang before the test, and nobody waits after it."""
    redis_server().delete(doorbell._key())
    yield
    redis_server().delete(doorbell._key())


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run at once, in this thread; a failing one stops nobody else, as with a worker."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
