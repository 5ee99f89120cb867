"""What the tests of customers share: mail that is sent at once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from loyalty.celery import app
from tests.factories import Shop, publish_legal_texts

Mailing = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def mailing(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Iterator[Mailing]:
    """Tasks run at once; what a transaction would have enqueued runs as its block ends."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield lambda: django_capture_on_commit_callbacks(execute=True)
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """A shop whose terms are published, so that customers may join."""
    with shop.scope():
        publish_legal_texts()
    return shop
