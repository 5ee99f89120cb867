"""Fixtures of the tests on tenancy."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import Shop, make_shop
from tests.tenants.laboratory import Laboratory, open_laboratory


@dataclass(frozen=True)
class Trial:
    """Two shops inside a laboratory."""

    laboratory: Laboratory
    shops: tuple[Shop, Shop]


@pytest.fixture
def trial(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Trial]:
    """A try-out with two shops; nothing of it reaches the database."""
    with django_db_blocker.unblock(), open_laboratory() as laboratory:
        yield Trial(laboratory=laboratory, shops=(make_shop("morgenrot"), make_shop("nordlicht")))
