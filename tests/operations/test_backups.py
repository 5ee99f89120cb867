"""A backup is worth what its restore is worth: every row is back, every ledger adds up, and no shop sees another."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from devtools import database_roles
from devtools.database_roles import RoleUrls
from devtools.postgres import find_binaries
from operations.backups import forget_old_backups, take_backup
from programs.services import void_purchase
from tenants.roles import SYSTEM
from tests.conftest import become, owner_connection
from tests.factories import NOW, Shop, make_api_key, make_customer, make_device, make_member, make_purchase

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("OPS_DATABASE_URL" not in os.environ, reason="the admin may not make the role for backups"),
]


@pytest.fixture(autouse=True)
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(find_binaries()))


@pytest.fixture
def history(shops: tuple[Shop, Shop]) -> None:
    """Something in every corner: points, a void, deficits, people, keys."""
    for shop in shops:
        with shop.scope():
            make_device(store=shop.store)
            make_api_key()
            make_member(pin="4711")
            for number in range(5):
                customer = make_customer(name=f"Jana {number}")
                make_purchase(customer=customer)
                second = make_purchase(customer=customer, total=990).purchase
                if number % 2:
                    void_purchase(purchase=second, actor=SYSTEM, now=NOW)


@contextmanager
def connected_as(url: str) -> Iterator[None]:
    """The role of another URL for a while."""
    become(os.environ[url])
    try:
        yield
    finally:
        become(os.environ["DATABASE_URL"])


@pytest.fixture
def dump(history: None, tmp_path: Path) -> Path:
    with connected_as("OPS_DATABASE_URL"):
        return take_backup(tmp_path / "backups", now=NOW)


@pytest.fixture
def elsewhere() -> Iterator[RoleUrls]:
    """An empty database beside the test's own, with the same roles."""
    url = database_roles.with_database(os.environ["ADMIN_DATABASE_URL"], f"{connection.settings_dict['NAME']}_restored")
    database_roles.drop_database(url)
    yield database_roles.ensure_roles(url)
    database_roles.drop_database(url)


def as_operator(arguments: list[str], url: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, told by its environment where to."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "DB_POOL": "0", "DJANGO_SETTINGS_MODULE": "loyalty.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def contents(owner: "psycopg.Connection[tuple[object, ...]]") -> dict[object, object]:
    """Of each table the number of rows and a digest of all of them."""
    tables = [table for (table,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    digest = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t"
    return {table: owner.execute(digest.format(table)).fetchone() for table in tables}


def change_manifest(dump: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = dump.with_suffix(".json")
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


SELL_SOMETHING = """
import django; django.setup()
from django.core.management import call_command
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.factories import make_customer, make_purchase
call_command("migrate", check_unapplied=True, verbosity=0)
with tenant_scope(Tenant.objects.get(slug="morgenrot")):
    make_purchase(customer=make_customer(name="New"))
"""


def test_everything_comes_back_and_shops_stay_apart(dump: Path, elsewhere: RoleUrls, shops: tuple[Shop, Shop]) -> None:
    done = as_operator(["manage.py", "restore", str(dump)], elsewhere.migrator)
    assert done.returncode == 0, done.stderr
    assert "counts, ledger and row security are right" in done.stdout
    with owner_connection() as before, psycopg.connect(elsewhere.migrator, autocommit=True) as after:
        assert contents(after) == contents(before)
    with psycopg.connect(elsewhere.app) as app:
        assert app.execute("SELECT count(*) FROM customers_customer").fetchone() == (0,)
        for shop in shops:
            app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(shop.tenant.pk)])
            seen = app.execute("SELECT DISTINCT tenant_id FROM customers_customer").fetchall()
            assert seen == [(shop.tenant.pk,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM ledger_entry")
    goes_on = as_operator(["-c", SELL_SOMETHING], elsewhere.app)
    assert goes_on.returncode == 0, goes_on.stderr


def test_what_is_not_what_was_dumped_is_told(history: None, shop: Shop, tmp_path: Path, elsewhere: RoleUrls) -> None:
    with owner_connection() as owner:
        owner.execute("UPDATE ledger_account SET balance = balance + 1 WHERE id = (SELECT min(id) FROM ledger_account)")
    with connected_as("OPS_DATABASE_URL"):
        dump = take_backup(tmp_path, now=NOW)
    change_manifest(dump, lambda manifest: manifest["rows"].update(ledger_entry=1))
    done = as_operator(["manage.py", "restore", str(dump)], elsewhere.migrator)
    assert done.returncode == 1
    assert re.search(r"account \d+ breaks the ledger: sum of entries", done.stderr)
    assert re.search(r"ledger_entry: \d+ rows instead of 1", done.stderr)


def test_the_manifest_tells_rows_and_checksum_and_only_we_may_read_the_dump(dump: Path) -> None:
    manifest = json.loads(dump.with_suffix(".json").read_text())
    assert manifest["rows"]["customers_customer"] == 10
    assert len(manifest["sha256"]) == 64
    assert manifest["bytes"] == dump.stat().st_size
    assert dump.name == f"punktwerk-{NOW:%Y%m%dT%H%M%SZ}.dump"
    assert dump.stat().st_mode & 0o077 == 0


# --- What is refused ------------------------------------------------------------------------------------------------


def test_a_restore_that_cannot_be_right_does_not_begin(dump: Path) -> None:
    with connected_as("MIGRATOR_DATABASE_URL"), pytest.raises(CommandError, match="the database is not empty"):
        call_command("restore", str(dump))
    with pytest.raises(CommandError, match="must name the role `migrator`"):
        call_command("restore", str(dump))
    change_manifest(dump, lambda manifest: manifest.update(sha256="0" * 64))
    with pytest.raises(CommandError, match="is damaged"):
        call_command("restore", str(dump))
    dump.with_suffix(".json").unlink()
    with pytest.raises(CommandError, match="is missing"):
        call_command("restore", str(dump))


def test_a_role_that_may_not_read_everything_makes_no_backup(history: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="pg_dump failed"):
        call_command("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_the_programs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(CommandError, match="there is no pg_dump"):
        call_command("backup", str(tmp_path))


# --- How many stay --------------------------------------------------------------------------------------------------


def plant(folder: Path, days: int) -> Path:
    dump = folder / f"punktwerk-{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days):%Y%m%dT%H%M%SZ}.dump"
    dump.touch()
    dump.with_suffix(".json").touch()
    return dump


def test_the_newest_stay_and_what_is_not_ours_too(tmp_path: Path) -> None:
    dumps = [plant(tmp_path, days) for days in range(5)]
    others = [tmp_path / name for name in ("punktwerk-half.dump", "customers.dump", "notes.json")]
    for other in others:
        other.touch()
    assert forget_old_backups(tmp_path, keep=2) == dumps[:3]
    assert sorted(tmp_path.glob("*.dump")) == sorted([*dumps[3:], *others[:2]])


def test_the_last_one_always_stays(tmp_path: Path) -> None:
    dump = plant(tmp_path, 0)
    assert forget_old_backups(tmp_path, keep=0) == []
    assert dump.exists()


def test_the_command_keeps_as_many_as_it_is_told(history: None, tmp_path: Path) -> None:
    old = [plant(tmp_path, days) for days in range(3)]
    with connected_as("OPS_DATABASE_URL"):
        call_command("backup", str(tmp_path), keep=2)
    assert not any(dump.exists() for dump in old[:2])
    assert len(list(tmp_path.glob("*.dump"))) == 2
