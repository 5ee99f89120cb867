"""`history`: what an award costs where much has happened before, against the same shop with little behind it.

Two databases, one a copy of the other with twenty times as many entries on the same accounts, and a web process on
each; they are measured in turns, and each turn is compared with itself.
"""

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connections
from psycopg import sql

from devtools import database_roles
from devtools.bench.figures import Figure
from devtools.bench.load import load
from devtools.bench.past import live_through
from devtools.bench.shops import BenchShop, open_bench_shop
from devtools.bench.web import Web, collect_static_files, running_web, settle

BENCH = "history"
CUSTOMERS = 20_000
LITTLE = 100_000
MUCH = 2_000_000
ROUNDS = 7
SECONDS = 4
CONNECTIONS = 4


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        collect_static_files()
        shop = open_bench_shop("history", customers=CUSTOMERS)
        cards = shop.write_cards(folder / "cards")
        live_through(shop, range(LITTLE))
        with copied_database() as little:
            live_through(shop, range(LITTLE, MUCH))
            with running_web(folder, DATABASE_URL=little) as before, running_web(folder) as after:
                turns = [(rate(before, shop, cards), rate(after, shop, cards)) for _ in range(ROUNDS + 1)]
    rates = turns[1:]  # the first warmed up
    yield Figure(BENCH, f"award at {LITTLE:,} entries", statistics.median(rate for rate, _ in rates), "1/s")
    yield Figure(BENCH, f"award at {MUCH:,} entries", statistics.median(rate for _, rate in rates), "1/s")
    ratio = statistics.median(before / after for before, after in rates)
    yield Figure(BENCH, "cost at much / at little history", ratio, "ratio", most=1.2)


def rate(web: Web, shop: BenchShop, cards: Path) -> float:
    settle()
    arguments = [shop.api_key, str(cards), shop.store]
    host = web.host_of(shop.tenant)
    done = load(web.url("/api/v1/purchases"), host=host, seconds=SECONDS, connections=CONNECTIONS, arguments=arguments)
    return done.rate


@contextmanager
def copied_database() -> Iterator[str]:
    """A copy of the benchmarks' database as it is now; its URL for the application."""
    admin = os.environ["ADMIN_DATABASE_URL"]
    name = f"{database_roles.database_of(admin)}_copy"
    for ours in connections.all():
        ours.close()
        ours.close_pool()  # type: ignore[attr-defined]
    with psycopg.connect(database_roles.with_database(admin, "postgres"), autocommit=True) as connection:
        names = {"name": sql.Identifier(name), "original": sql.Identifier(database_roles.database_of(admin))}
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {original}").format(**names))
    copy = database_roles.with_database(admin, name)
    try:
        yield database_roles.ensure_roles(copy).app
    finally:
        database_roles.drop_database(copy)
