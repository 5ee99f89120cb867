"""Every test runs as the application's role on a database that the owner migrated; two shops are always there."""

import gc
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from devtools.pytest_servers import template_database
from tests.factories import Shop, make_shop

# A busy machine is no failure of the product, and every machine tries the same examples.
hypothesis_settings.register_profile("same-everywhere", deadline=None, derandomize=True, database=None)
# `--hypothesis-profile=long`: for a night, and new examples every time.
hypothesis_settings.register_profile("long", deadline=None, derandomize=False, max_examples=10_000)
hypothesis_settings.load_profile("same-everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--race-rounds", type=int, default=20, help="how often each race for the last one is run")
    parser.addoption("--killed-nights", type=int, default=10, help="how many nights of drawing figures are killed")


def become(url: str) -> None:
    """Let Django's connection log in as the role of another URL."""
    credentials = urlsplit(url)
    connection.close()
    wrapper: Any = connection
    if wrapper.pool:
        wrapper.close_pool()
    connection.settings_dict["USER"] = credentials.username
    connection.settings_dict["PASSWORD"] = credentials.password or ""


@cache
def redis_server() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


def owner_connection(url: str = "MIGRATOR_DATABASE_URL") -> "psycopg.Connection[tuple[object, ...]]":
    """A connection beside Django's, as the owner (or the admin), who sees every tenant."""
    return psycopg.connect(os.environ[url], dbname=connection.settings_dict["NAME"], autocommit=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests leave their shops in the database, so every other test of a worker comes before them."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look for garbage in it again and again took a sixth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    with django_db_blocker.unblock():
        become(os.environ["MIGRATOR_DATABASE_URL"])
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database()
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        become(os.environ["DATABASE_URL"])
    yield
    with django_db_blocker.unblock():
        become(os.environ["MIGRATOR_DATABASE_URL"])
        teardown_databases(databases, verbosity=0)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """One database per worker."""


def _empty_tables(case: TransactionTestCase) -> None:
    """TRUNCATE ignores row-level security, so the application may not do it: the owner does."""
    with owner_connection() as owner:
        tables = owner.execute(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')"
        ).fetchone()
        assert tables
        owner.execute(f"TRUNCATE {tables[0]} CASCADE")


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]


@pytest.fixture
def shops(db: None) -> tuple[Shop, Shop]:
    """Two shops with look-alike people, so that every test would see a leak."""
    return make_shop("morgenrot"), make_shop("nordlicht")


@pytest.fixture
def shop(shops: tuple[Shop, Shop]) -> Shop:
    return shops[0]


@pytest.fixture
def other_shop(shops: tuple[Shop, Shop]) -> Shop:
    return shops[1]


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    """The product hashes passwords and PINs slowly on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Also of throttles. `cache.clear()` would flush the server that all workers share, broker included."""
    yield
    kinds = ("cache*", "limit:*")
    keys = [key for kind in kinds for key in redis_server().scan_iter(f"{settings.REDIS_KEY_PREFIX}{kind}")]
    if keys:
        redis_server().delete(*keys)


@pytest.fixture
def query_count(django_assert_num_queries: Callable[..., object]) -> Callable[..., object]:
    return django_assert_num_queries
