"""A live server, a Celery worker and a browser for the end-to-end tests; every browser is watched."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from devtools import chromium
from loyalty.celery import app
from tests import processes
from tests.e2e import mailbox
from tests.e2e.browsing import PATIENCE_MS, Watch, watched_context
from tests.e2e.gallery import Exhibition, exhibit
from tests.e2e.people import House, open_house

# Seconds in which the worker has to answer.
START_WITHIN = 60
_serial = itertools.count(1)
expect.set_options(timeout=PATIENCE_MS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shots", metavar="DIR", help="write a screenshot of every page state to this folder")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last of all: these tests leave their shops behind, and others count what is in the database."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | chromium.launch_options()


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        live = LiveServer("localhost")
        yield live
        live.stop()


@pytest.fixture(scope="session")
def celery_worker(server: LiveServer) -> Iterator[None]:
    """As in production, but that it puts mails into a folder."""
    # What other tests have left there is for shops that are gone.
    app.control.purge()
    mailbox.empty()
    post = {"EMAIL_URL": f"filemail:///{mailbox.mailbox()}", "BASE_DOMAIN": f"localhost:{server.thread.port}"}
    with processes.celery_worker(threads=2, log=mailbox.worker_log(), **post):
        give_up = time.monotonic() + START_WITHIN
        while not app.control.ping(timeout=0.5):
            assert time.monotonic() < give_up, mailbox.worker_log().read_text()
        yield


@contextmanager
def doors(server: LiveServer, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Nothing is rolled back after these tests: each opens shops of its own."""
    changed = {
        "BASE_DOMAIN": f"localhost:{server.thread.port}",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        # What these tests do themselves comes into the same mailbox.
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": mailbox.mailbox(),
    }
    with blocker.unblock(), override_settings(**changed):
        try:
            yield
        finally:
            connection.close()


@pytest.fixture(autouse=True)
def doors_open(server: LiveServer, celery_worker: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    mailbox.empty()
    with doors(server, django_db_blocker):
        yield


@pytest.fixture(scope="session")
def exhibition(server: LiveServer, celery_worker: None, django_db_blocker: DjangoDbBlocker) -> Exhibition:
    with doors(server, django_db_blocker):
        return exhibit("galerie")


@pytest.fixture
def house(doors_open: None) -> House:
    return open_house(f"morgenrot-{next(_serial)}")


@pytest.fixture
def other_house(doors_open: None) -> House:
    return open_house(f"nordlicht-{next(_serial)}", name="Friseur Nordlicht", address="sie", brand_color="#5b3d8f")


OpenBrowser = Callable[..., Page]


@pytest.fixture
def open_browser(browser: Browser, doors_open: None) -> Iterator[OpenBrowser]:
    """Opens a browser of its own for each person; at the end none of them may have complained."""
    contexts: list[BrowserContext] = []
    watch = Watch(address=settings.BASE_DOMAIN)

    def open_one(**options: Any) -> Page:
        contexts.append(watched_context(browser, watch, **options))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    return open_browser()


@pytest.fixture(scope="session")
def shots(pytestconfig: pytest.Config) -> Path | None:
    folder = pytestconfig.getoption("shots", default=None)
    return Path(folder) if folder else None
