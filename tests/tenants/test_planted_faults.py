"""The tests on tenancy are worth something: each planted fault makes the test fail that is meant to catch it."""

import inspect
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from loyalty.celery import app
from tests.conftest import become
from tests.factories import Shop, make_shop
from tests.tenants.asking import routes_of_tests
from tests.tenants.conftest import Trial
from tests.tenants.laboratory import rows
from tests.tenants.planted_faults import FAULTS, Check, Fault

BEHIND_A_COMMIT = [fault for fault in FAULTS if fault.commits]
IN_A_TRANSACTION = [fault for fault in FAULTS if not fault.commits]


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """What the tests that serve as checks get from fixtures of their own."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    with routes_of_tests():
        yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


def run(check: Check, shops: tuple[Shop, Shop], arguments: tuple[Any, ...]) -> None:
    """Call a test function with the two shops and the values of its parameters."""
    values = iter(arguments)
    known: dict[str, Any] = {"shops": shops, "shop": shops[0], "db": None}
    check(**{name: known[name] if name in known else next(values) for name in inspect.signature(check).parameters})


def plant(fault: Fault, trial: Trial) -> None:
    trial.laboratory.as_owner(*fault.owner)
    try:
        trial.laboratory.as_admin(*fault.admin)
    except ProgrammingError as error:
        pytest.skip(f"the admin may not do this: {error}")


@pytest.mark.parametrize("fault", IN_A_TRANSACTION, ids=lambda fault: fault.name)
def test_a_planted_fault_is_caught(fault: Fault, trial: Trial) -> None:
    with transaction.atomic():
        run(fault.caught_by, trial.shops, fault.arguments)
        transaction.set_rollback(True)
    plant(fault, trial)
    with fault.code(), pytest.raises((Exception, pytest.fail.Exception)):
        run(fault.caught_by, trial.shops, fault.arguments)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", BEHIND_A_COMMIT, ids=lambda fault: fault.name)
def test_a_planted_fault_behind_a_commit_is_caught(fault: Fault, shops: tuple[Shop, Shop]) -> None:
    run(fault.caught_by, shops, fault.arguments)
    try:
        with fault.code(), pytest.raises(AssertionError):
            run(fault.caught_by, shops, fault.arguments)
    finally:
        become(os.environ["DATABASE_URL"])


def test_there_are_many_faults_and_each_has_its_own_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 20


@pytest.mark.django_db
def test_no_fault_is_left_behind() -> None:
    """Runs in whatever order: a fault that stayed would fail the catalogue's own tests too."""
    assert make_shop().tenant.pk
    assert rows("SELECT rolbypassrls FROM pg_roles WHERE rolname IN ('app', 'migrator')") == [(False,), (False,)]
    assert rows("SELECT to_regclass('everybody'), to_regclass('forgotten')") == [(None, None)]
