"""A process that could see across tenants, or serve an unguarded route, does not start and says why."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from celery.signals import worker_init
from django.conf import settings
from django.db import connection

from loyalty.celery import refuse_unsafe_worker
from tenants.startup import UnsafeStart, refuse_unsafe_start, role_problems
from tests.conftest import become
from tests.tenants.asking import routes_of_tests
from tests.tenants.conftest import Trial
from tests.tenants.laboratory import rows

pytestmark = pytest.mark.django_db(transaction=True)
needs_ops = pytest.mark.skipif("OPS_DATABASE_URL" not in os.environ, reason="the admin may not make such a role")


@pytest.fixture
def application_again() -> Iterator[None]:
    yield
    become(os.environ["DATABASE_URL"])


def test_the_application_s_role_has_no_problems() -> None:
    assert role_problems() == []


def test_the_application_s_role_may_start() -> None:
    with routes_of_tests():
        refuse_unsafe_start()


def test_a_role_that_owns_the_tables_may_not_start(application_again: None) -> None:
    become(os.environ["MIGRATOR_DATABASE_URL"])
    with (
        routes_of_tests(),
        pytest.raises(UnsafeStart, match=r"role migrator owns tenant tables: .*ledger_entry"),
    ):
        refuse_unsafe_start()


@needs_ops
@pytest.mark.parametrize("role", ["OPS_DATABASE_URL", "ADMIN_DATABASE_URL"])
def test_a_role_that_bypasses_row_security_may_not_start(application_again: None, role: str) -> None:
    become(os.environ[role])
    name = urlsplit(os.environ[role]).username
    with routes_of_tests(), pytest.raises(UnsafeStart, match=f"database role {name} bypasses row-level security"):
        refuse_unsafe_start()


@needs_ops
def test_a_role_that_can_become_one_that_bypasses_row_security_may_not_start(trial: Trial) -> None:
    trial.laboratory.as_admin("GRANT ops TO app")
    assert role_problems() == ["database role app bypasses row-level security"]


def test_a_role_that_can_become_the_owner_may_not_start(trial: Trial) -> None:
    trial.laboratory.as_admin("REVOKE app FROM migrator", "GRANT migrator TO app")
    (problem,) = role_problems()
    assert problem.startswith("database role app owns tenant tables: ")


def test_an_unstated_route_may_not_start() -> None:
    with routes_of_tests(urlconf="tests.tenants.careless_urls"), pytest.raises(UnsafeStart) as refused:
        refuse_unsafe_start()
    assert isinstance(refused.value, SystemExit)
    assert "/unstated/ states no capability" in str(refused.value)


def test_a_worker_obeys_the_same_rules(application_again: None) -> None:
    assert refuse_unsafe_worker in [receiver() for _, receiver in worker_init.receivers]
    become(os.environ["MIGRATOR_DATABASE_URL"])
    with routes_of_tests(), pytest.raises(UnsafeStart):
        refuse_unsafe_worker()


@pytest.mark.parametrize(("role", "starts"), [("DATABASE_URL", True), ("MIGRATOR_DATABASE_URL", False)])
def test_the_web_process_starts_as_the_application_only(role: str, starts: bool) -> None:
    """In a process of its own, because checks do not run under WSGI by themselves."""
    url = urlsplit(os.environ[role])._replace(path=f"/{connection.settings_dict['NAME']}")
    started = subprocess.run(
        [sys.executable, "-c", "import loyalty.wsgi; print('started')"],
        cwd=Path(settings.BASE_DIR),
        env=os.environ | {"DATABASE_URL": urlunsplit(url), "DB_POOL": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if starts:
        assert (started.returncode, started.stdout) == (0, "started\n")
    else:
        assert (started.returncode, started.stdout) == (1, "")
        assert started.stderr.startswith("refusing to start:\n  database role migrator owns tenant tables: ")
        assert len(started.stderr.splitlines()) == 2


def test_the_check_itself_reads_as_the_role_that_asks() -> None:
    assert rows("SELECT current_user") == [("app",)]
