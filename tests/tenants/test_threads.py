"""Pooled connections under fire: many threads, two tenants, errors, killed sessions, and never a foreign row."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection

from customers.models import Customer
from tenants.errors import CrossTenant
from tests.conftest import owner_connection
from tests.factories import Shop
from tests.tenants.laboratory import rows
from tests.tenants.test_scope import enrol_look_alikes
from tests.tenants.threads import in_threads

THREADS = 8
ROUNDS = 60


@pytest.mark.django_db(transaction=True)
def test_no_thread_ever_sees_another_tenant_s_rows(shops: tuple[Shop, Shop]) -> None:
    enrol_look_alikes(shops)
    expected = {shops[0]: 2, shops[1]: 1}

    def hammer(seed: int) -> int:
        choice = random.Random(seed)
        rounds = 0
        for _ in range(ROUNDS):
            shop = choice.choice(shops)
            try:
                with shop.scope():
                    assert Customer.objects.count() == expected[shop]
                    disturb(choice)
            except (ZeroDivisionError, DatabaseError):
                if choice.random() < 0.5:
                    connection.close()
                else:
                    connection.close_if_unusable_or_obsolete()
            rounds += 1
        return rounds

    assert in_threads(THREADS, hammer) == [ROUNDS] * THREADS


def disturb(choice: random.Random) -> None:
    luck = choice.random()
    if luck < 0.2:
        raise ZeroDivisionError
    if luck < 0.3:
        rows("SELECT 1 / 0")
    if luck < 0.33:
        ((backend,),) = rows("SELECT pg_backend_pid()")
        with owner_connection("ADMIN_DATABASE_URL") as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [backend])
        rows("SELECT 1")


@pytest.mark.django_db(transaction=True)
def test_a_scope_belongs_to_its_thread(shops: tuple[Shop, Shop]) -> None:
    """A thread that is started inside a scope has a connection of its own, and no tenant."""
    enrol_look_alikes(shops)

    def look() -> int:
        try:
            with shops[1].scope():
                return Customer.objects.count()
        except CrossTenant:
            return -1
        finally:
            connection.close()

    with shops[0].scope(), ThreadPoolExecutor(max_workers=1) as threads:
        assert threads.submit(look).result() == 1
        assert Customer.objects.count() == 2
