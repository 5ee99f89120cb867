"""Early pytest plugin: real PostgreSQL and Valkey with the product's roles, before Django's settings load.

Under xdist the controller starts them once; the workers inherit the environment, and each gets a Redis prefix of its
own (pytest-django gives each a database of its own).
"""

import os
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from devtools import chromium
from devtools.environment import DEFAULT_PORT, database_environment
from devtools.failure import Failure
from devtools.places import temporary_folder
from devtools.servers import running_services


@pytest.hookimpl(wrapper=True)  # around pytest-django's own hook, which imports the settings
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_KEY_PREFIX"] += f"{worker}:"
    else:
        prepare(early_config)
    return (yield)


def prepare(config: pytest.Config) -> None:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        folder = stack.enter_context(temporary_folder())
        services = stack.enter_context(running_services(folder, durable=False, keep=False))
        os.environ.update(database_environment(services.database_url))
    except Failure as failure:
        stack.close()
        raise pytest.UsageError(str(failure)) from failure
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["REDIS_KEY_PREFIX"] = f"test-{os.getpid()}:"
    var = folder / "var"
    var.mkdir(mode=0o700)
    os.environ["VAR_DIR"] = str(var)
    os.environ["DEVELOPMENT"] = "1"
    os.environ.setdefault("SECRET_KEY", "for-tests-only")
    os.environ.setdefault("BASE_DOMAIN", f"localhost:{DEFAULT_PORT}")
    # Playwright's event loop runs in the thread of the tests, and Django takes that for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    if path := chromium.find():
        os.environ["CHROMIUM"] = path
