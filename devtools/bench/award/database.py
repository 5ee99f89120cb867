"""What the database alone can do: pgbench writes the rows of one real award, again and again."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import models
from psycopg import sql

from devtools.bench.rows import columns, superuser
from devtools.bench.shops import BenchShop
from devtools.failure import Failure, last_lines
from devtools.postgres import find_binaries
from events.models import Event
from ledger.models import Account, Entry, IdempotencyKey, Lot
from programs.customer_stats import COUNT
from programs.models import Purchase
from tenants.database import TENANT_SETTING

THREADS = 2
FIRST_WITH_UUIDV7 = 18


@dataclass(frozen=True, slots=True)
class Insert:
    """One row that an award writes: where the newest is, and what of it differs from award to award."""

    model: type[models.Model]
    pattern: str
    changed: dict[str, str]
    returning: str = ""


def award_script(shop: BenchShop) -> str:
    """The script for pgbench, from the rows of the newest award: as many round trips as rows, and no logic."""
    account = Account._meta.db_table
    with superuser() as connection:
        counted = [name for name in columns(connection, account) if name in COUNTED]
        inserts = [_insert(connection, insert) for insert in _inserts(connection, shop)]
        counted_in = _counted_in(connection, shop)
    raised = ", ".join(f"{name} = {name} + 1" for name in counted)
    lines = [
        f"\\set number random(0, {shop.customers - 1})",
        "\\set unique random(1, 9000000000000000000)",
        f"\\set account {shop.first_account} + :number",
        f"\\set customer {shop.first_customer} + :number",
        "BEGIN;",
        f"SELECT set_config('{TENANT_SETTING}', '{shop.tenant.pk}', true);",
        f"SELECT last_seq + 1 AS seq FROM {account} WHERE id = :account FOR NO KEY UPDATE \\gset",
        *inserts,
        counted_in,
        f"UPDATE {account} SET {raised} WHERE id = :account;",
        "COMMIT;",
    ]
    return "\n".join(lines) + "\n"


# What an award changes of an account.
COUNTED = frozenset(
    {
        *("balance", "last_seq", "lifetime_earned"),
        *("qualifying_points", "qualifying_spend", "qualifying_visits"),
    }
)


def _counted_in(connection: psycopg.Connection, shop: BenchShop) -> str:
    """What the product sends to count a purchase in, with the day and the total of the newest."""
    newest = connection.execute(
        f"SELECT purchased_on, total FROM {Purchase._meta.db_table} WHERE tenant_id = %s ORDER BY id DESC LIMIT 1",
        [shop.tenant.pk],
    ).fetchone()
    assert newest is not None
    on, total = newest
    return COUNT.replace("%s", "{}").format(":customer", f"'{on}'", f"'{on}'", total, total).strip() + ";"


def _inserts(connection: psycopg.Connection, shop: BenchShop) -> list[Insert]:
    uuid = "uuidv7()" if connection.info.server_version // 10_000 >= FIRST_WITH_UUIDV7 else "gen_random_uuid()"
    newest = f"tenant_id = {shop.tenant.pk} ORDER BY id DESC"
    return [
        Insert(
            IdempotencyKey,
            f"tenant_id = {shop.tenant.pk} ORDER BY created_at DESC",
            {"key": "lpad(:unique::text, 64, '0')"},
        ),
        Insert(
            Purchase,
            newest,
            {"public_id": uuid, "customer_id": ":customer", "receipt_number": ":unique::text"},
            returning="id AS purchase",
        ),
        Insert(
            Entry,
            f"tenant_id = {shop.tenant.pk} ORDER BY created_at DESC",
            {"account_id": ":account", "seq": ":seq", "purchase_id": ":purchase"},
        ),
        Insert(Lot, newest, {"account_id": ":account", "entry_seq": ":seq"}),
        Insert(Event, f"name = 'purchase.recorded' AND {newest}", {}),
    ]


def _insert(connection: psycopg.Connection, insert: Insert) -> str:
    """With the values of the real row as constants, as the product sends them."""
    table = insert.model._meta.db_table
    names = [name for name in columns(connection, table) if name != "id"]
    row = connection.execute(
        sql.SQL("SELECT {names} FROM {table} WHERE {pattern} LIMIT 1").format(
            names=sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names),
            table=sql.Identifier(table),
            pattern=sql.SQL(insert.pattern),
        )
    ).fetchone()
    if row is None:
        raise Failure(f"an award writes no row of {table} any more: adapt {Path(__file__).name}")
    values = [insert.changed.get(name) or _constant(value) for name, value in zip(names, row, strict=True)]
    ending = f" RETURNING {insert.returning} \\gset" if insert.returning else ";"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)}){ending}"


def _constant(value: Any) -> str:
    """pgbench would take a colon in front of a word for a variable of its own."""
    if value is None:
        return "NULL"
    text = str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{text}'"


def awards_per_second(script: Path, *, seconds: float, clients: int, synchronous_commit: str) -> float:
    """As the application's role, with row-level security, over prepared statements."""
    options = f"-c synchronous_commit={synchronous_commit}"
    command = [str(find_binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", str(THREADS)]
    command += ["-T", f"{seconds:.0f}", "-f", str(script), os.environ["DATABASE_URL"]]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"PGOPTIONS": options})
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise Failure(f"pgbench failed:\n{last_lines(done.stdout + done.stderr)}")
    return float(found[1])
