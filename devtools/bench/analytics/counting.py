"""What an award costs that counts what its customer has bought, against the same award without that."""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from devtools.bench.analytics.processor import Database
from devtools.bench.figures import Figure
from devtools.bench.load import load
from devtools.bench.shops import BenchShop, open_bench_shop
from devtools.bench.web import Web, collect_static_files, running_web, settle

CUSTOMERS: Final = 20_000
ROUNDS: Final = 8
SECONDS: Final = 4
CONNECTIONS: Final = 8


def measure(bench: str, folder: Path) -> Iterator[Figure]:
    """Processor time, in turns: how many awards fit into a second depends on what else the machine does."""
    collect_static_files()
    shop = open_bench_shop("counting", customers=CUSTOMERS)
    cards = shop.write_cards(folder / "cards")
    database = Database()
    with running_web(folder) as counted, running_web(folder, UNCOUNTED="1") as uncounted:
        pairs = []
        for number in range(ROUNDS + 1):
            # Whoever comes second finds the tables a little larger.
            webs = [counted, uncounted] if number % 2 else [uncounted, counted]
            took = {web: _processor_ms(web, database, shop, cards) for web in webs}
            pairs.append((took[counted], took[uncounted]))
    pairs = pairs[1:]  # the first warmed up
    yield Figure(bench, "award that counts", statistics.median(pair[0] for pair in pairs), "ms")
    yield Figure(bench, "award that does not", statistics.median(pair[1] for pair in pairs), "ms")
    ratio = statistics.median(counts / does_not for counts, does_not in pairs)
    yield Figure(bench, "award that counts / that does not", ratio, "ratio", most=1.05)


def _processor_ms(web: Web, database: Database, shop: BenchShop, cards: Path) -> float:
    """Of an award: of the web processes and of the database."""
    settle()
    before = web.processor_seconds() + database.seconds()
    done = load(
        web.url("/api/v1/purchases"),
        host=web.host_of(shop.tenant),
        seconds=SECONDS,
        connections=CONNECTIONS,
        arguments=[shop.api_key, str(cards), shop.store],
    )
    settle()
    return 1000 * (web.processor_seconds() + database.seconds() - before) / done.requests
