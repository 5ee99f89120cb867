"""Early pytest plugin: real PostgreSQL and Valkey with the product's roles, before Django's settings load.

Under xdist the controller starts them once; the workers inherit the environment, and each gets a Redis prefix of its
own (pytest-django gives each a database of its own, a copy of the one that is migrated here).
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from devtools.database_roles import with_database
from devtools.environment import DEFAULT_PORT, as_migrator, database_environment
from devtools.failure import Failure
from devtools.places import ROOT, temporary_folder
from devtools.servers import running_services

TEMPLATE = "test_template"
# Locked in the folder VAR_DIR for as long as the migrations run.
MIGRATING = "migrating"


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
    stack.enter_context(migrating(var))


@contextmanager
def migrating(var: Path) -> Iterator[None]:
    """All migrations, beside the collection of the tests. The lock is the process's own and ends with it."""
    owner = os.environ["MIGRATOR_DATABASE_URL"]
    with psycopg.connect(with_database(owner, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    environment = as_migrator(os.environ | {"MIGRATOR_DATABASE_URL": with_database(owner, TEMPLATE)})
    with (var / MIGRATING).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            pass_fds=[lock.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def template_database() -> str:
    """Wait for the migrations. If they have failed, whoever copies the database migrates on and hears why."""
    with (Path(os.environ["VAR_DIR"]) / MIGRATING).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    return TEMPLATE
