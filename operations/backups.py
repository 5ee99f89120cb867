"""Backups that are known to be good: one snapshot is dumped and counted, and a restore has to reach the same counts.

`pg_dump` and `pg_restore` do the work; this says as whom, keeps a manifest beside each dump, and looks afterwards.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.queries import unsound_accounts
from tenants.database import APP_ROLE, OWNER_ROLE
from tenants.scope import tenant_models

PREFIX = "punktwerk-"
Counts = dict[str, int]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


class Refused(Exception):
    """Why there is no backup, or no restored database, in words for the person who asked."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What lies beside a dump: how to know that it is whole, and that a restore is."""

    taken_at: str
    server: str
    sha256: str
    bytes: int
    rows: Counts


def take_backup(folder: Path, *, now: datetime) -> Path:
    """Dump the database of this process's role into the folder; returns the dump. Raises Refused."""
    folder.mkdir(parents=True, exist_ok=True)
    dump = folder / f"{PREFIX}{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
    part = dump.with_suffix(".part")
    with _snapshot() as (snapshot, cursor):
        try:
            part.touch(0o600, exist_ok=False)
            _call("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={part}", _target())
            manifest = Manifest(
                taken_at=now.astimezone(UTC).isoformat(timespec="seconds"),
                server=_version(cursor),
                sha256=_digest(part),
                bytes=part.stat().st_size,
                rows=_count_rows(cursor),
            )
            _manifest_of(dump).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
            part.rename(dump)
        finally:
            part.unlink(missing_ok=True)
    return dump


def forget_old_backups(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest; what is no finished backup of ours is left alone."""
    dumps = sorted(path for path in folder.glob(f"{PREFIX}*.dump") if _manifest_of(path).exists())
    old = dumps[: max(0, len(dumps) - max(1, keep))]
    for dump in old:
        dump.unlink()
        _manifest_of(dump).unlink()
    return old


def restore_backup(dump: Path) -> Manifest:
    """Restore into this process's database, which has to be empty, and prove the result. Raises Refused."""
    manifest = _checked_manifest(dump)
    if connection.settings_dict["USER"] != OWNER_ROLE:
        raise Refused(f"DATABASE_URL must name the role `{OWNER_ROLE}`, who owns what is restored")
    if present := _tables():
        raise Refused(f"the database is not empty, it has {len(present)} tables: restore into a new one")
    connection.close()
    _call("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={_target()}", str(dump))
    with connection.cursor() as cursor:
        # A dump has no statistics, and without them the first hours are slow.
        cursor.execute("ANALYZE")
    if problems := _problems(manifest):
        raise Refused("\n  ".join(["what was restored is not what was dumped:", *problems]))
    return manifest


def _problems(manifest: Manifest) -> list[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        found = _count_rows(cursor)
        problems = [
            f"{table}: {found.get(table)} rows instead of {manifest.rows.get(table)}"
            for table in sorted(found.keys() | manifest.rows.keys())
            if found.get(table) != manifest.rows.get(table)
        ]
        # The owner is exempt from the policies and so proves all shops at once.
        broken = unsound_accounts()
        problems += [f"account {account} breaks the ledger: {', '.join(faults)}" for account, faults in broken.items()]
        owned = found.keys() & {model._meta.db_table for model in tenant_models()}
        return problems + _unprotected(owned, cursor)


def _unprotected(tables: Collection[str], cursor: Any) -> list[str]:
    """Tables whose rows the application would see without saying for whom."""
    cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(APP_ROLE)))
    problems = []
    for table in sorted(tables):
        cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
        if cursor.fetchone()[0]:
            problems.append(f"{table}: row security does not hold")
    cursor.execute("RESET ROLE")
    return problems


@contextmanager
def _snapshot() -> Iterator[tuple[str, psycopg.Cursor[Any]]]:
    """A moment of the database that the dump and the counts share."""
    with psycopg.connect(**_parameters(), connect_timeout=10) as own, own.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        ((snapshot,),) = cursor.fetchall()
        yield snapshot, cursor


def _count_rows(cursor: Any) -> Counts:
    cursor.execute(_TABLES)
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        counts[table] = cursor.fetchone()[0]
    return counts


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [table for (table,) in cursor.fetchall()]


def _version(cursor: Any) -> str:
    cursor.execute("SHOW server_version")
    return str(cursor.fetchone()[0])


def _checked_manifest(dump: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads(_manifest_of(dump).read_text()))
        digest = _digest(dump)
    except FileNotFoundError as error:
        raise Refused(f"{error.filename} is missing") from error
    if digest != manifest.sha256:
        raise Refused(f"{dump} is damaged: its SHA-256 is not the one in {_manifest_of(dump).name}")
    return manifest


def _manifest_of(dump: Path) -> Path:
    return dump.with_suffix(".json")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parameters() -> dict[str, Any]:
    """How this process's role connects, without the limits that a request has."""
    given = connection.get_connection_params()
    unwanted = {"options", "pool", "context", "prepare_threshold", "cursor_factory", "server_side_binding"}
    return {name: value for name, value in given.items() if name not in unwanted}


def _target() -> str:
    """For a command line, which everybody on the machine can read: without the password."""
    return make_conninfo(**{name: value for name, value in _parameters().items() if name != "password"})


def _call(program: str, *arguments: str) -> None:
    path = shutil.which(program, path=os.environ.get("PG_BINDIR") or os.environ.get("PATH"))
    if path is None:
        raise Refused(f"there is no {program}: install PostgreSQL's client programs, or set PG_BINDIR to their folder")
    environment = os.environ | {"PGPASSWORD": str(_parameters().get("password") or "")}
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with arguments of ours
        [path, "--no-password", *arguments], check=False, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()}")
