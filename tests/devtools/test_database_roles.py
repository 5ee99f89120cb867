"""The product's roles on a cluster that others use at the same time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from devtools.database_roles import RoleUrls, drop_database, ensure_roles, with_database
from devtools.failure import Failure
from devtools.places import temporary_folder
from devtools.postgres import Postgres


@pytest.fixture(scope="module")
def admin_url() -> Iterator[str]:
    """A cluster of its own: roles belong to the whole cluster, and the other tests need theirs."""
    with temporary_folder() as folder:
        postgres = Postgres(folder, durable=False)
        try:
            yield postgres.start()
        finally:
            postgres.stop()


@pytest.fixture
def urls(admin_url: str) -> RoleUrls:
    return ensure_roles(admin_url)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def named_admin(admin_url: str, name: str, attributes: str) -> str:
    with psycopg.connect(with_database(admin_url, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN {attributes} PASSWORD 'given'")
    return f"postgres://{name}:given@{admin_url.rpartition('@')[2]}"


def test_a_second_checkout_derives_the_same_roles(admin_url: str, urls: RoleUrls) -> None:
    assert ensure_roles(admin_url) == urls
    assert ask(urls.app, "select current_user") == "app"
    assert ask(urls.migrator, "select current_user") == "migrator"


def test_many_at_once_do_not_disturb_each_other(admin_url: str) -> None:
    url = with_database(admin_url, "at_once")
    with ThreadPoolExecutor(6) as pool:
        derived = list(pool.map(ensure_roles, [url] * 6))
    assert len(set(derived)) == 1
    assert ask(derived[0].app, "select current_database()") == "at_once"
    drop_database(url)


def test_app_owns_nothing_and_may_only_make_temporary_tables(urls: RoleUrls) -> None:
    with psycopg.connect(urls.app, autocommit=True) as connection:
        connection.execute("create temporary table rows (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table kept (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create database other")
    powers = "select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole from pg_roles where rolname = 'app'"
    assert ask(urls.app, powers) is False


def test_migrator_owns_the_database_and_can_become_app(urls: RoleUrls) -> None:
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert ask(urls.migrator, owner) == "migrator"
    with psycopg.connect(urls.migrator, autocommit=True) as connection:
        connection.execute("create table made_by_migrator (id int)")
        connection.execute("set role app")


def test_an_existing_database_is_handed_over(admin_url: str) -> None:
    with psycopg.connect(with_database(admin_url, "postgres"), autocommit=True) as connection:
        connection.execute("create database given")
    ensure_roles(with_database(admin_url, "given"))
    assert ask(admin_url, "select pg_get_userbyid(datdba) from pg_database where datname = 'given'") == "migrator"


def test_lost_attributes_come_back(admin_url: str, urls: RoleUrls) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("alter role app bypassrls")
    ensure_roles(admin_url)
    assert ask(urls.app, "select rolbypassrls from pg_roles where rolname = 'app'") is False


def test_a_role_that_may_not_create_roles_is_refused_in_one_line(admin_url: str) -> None:
    url = named_admin(admin_url, "powerless", "NOCREATEROLE")
    with pytest.raises(Failure, match=r"^DATABASE_URL: the role `powerless` may not create roles"):
        ensure_roles(url)


def test_creating_roles_and_databases_is_all_it_takes() -> None:
    with temporary_folder() as folder:
        postgres = Postgres(folder, durable=False)
        try:
            url = named_admin(postgres.start(), "creator", "CREATEROLE CREATEDB")
            urls = ensure_roles(url)
            assert ensure_roles(url) == urls
            assert urls.ops is None, "only a superuser can let a role read past row-level security"
            assert ask(urls.app, "select current_user") == "app"
        finally:
            postgres.stop()


def test_an_address_where_nothing_answers_is_named_without_its_password() -> None:
    with pytest.raises(Failure) as refusal:
        ensure_roles("postgres://admin:hush@127.0.0.1:9/loyalty")
    assert "does not answer" in str(refusal.value)
    assert "hush" not in str(refusal.value)
