"""`nightly`: what the night does to a million lots and a million customers, against reading the same rows once.

Also what a purchase waits for while it happens: the jobs work in chunks, and a till must hardly notice.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.db import connection
from django.utils import timezone

from devtools.bench.figures import Figure
from devtools.bench.load import Load, load
from devtools.bench.past import live_through
from devtools.bench.rows import superuser
from devtools.bench.shops import BenchShop, open_bench_shop
from devtools.bench.web import Web, collect_static_files, running_web
from ledger.jobs import settle_overdue
from ledger.models import Account, Lot
from programs import jobs
from programs.terms import terms_at
from tenants.scope import tenant_scope

BENCH = "nightly"
CUSTOMERS = 1_000_000
LOTS = 1_000_000
# A year's visits expire on one day.
LOTS_OF_ONE = 10
# One customer in a hundred has come to hold another tier.
MOVING = 100
SECONDS = 10
CONNECTIONS = 16
AWARDS_PER_SECOND = 20
SCANS = {
    "expiry": f"SELECT account_id, sum(remaining), min(expires_at) FROM {Lot._meta.db_table} GROUP BY account_id",
    "tiers": f"SELECT tier_id, count(*), sum(qualifying_points) FROM {Account._meta.db_table} GROUP BY tier_id",
}


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        collect_static_files()
        shop = open_bench_shop("nightly", customers=CUSTOMERS)
        cards = shop.write_cards(folder / "cards")
        expired = timezone.now() - timedelta(hours=1)
        live_through(shop, range(LOTS), customers=LOTS // LOTS_OF_ONE, expires_at=expired)
        let_some_rise(shop)
        with running_web(folder) as web:
            quiet = awards(web, shop, cards)
            yield Figure(BENCH, "award p95, quiet", quiet.p95_ms, "ms")
            for name, job in (("expiry", expire), ("tiers", move_tiers)):
                scan = seconds(partial(read_once, shop, SCANS[name]))
                beside, took = while_running(partial(job, shop), web, shop, cards)
                yield Figure(BENCH, f"{name}, one scan", scan, "s")
                yield Figure(BENCH, f"{name}, job", took, "s")
                yield Figure(BENCH, f"{name}, job / one scan", took / scan, "ratio", most=3)
                yield Figure(BENCH, f"{name}, award p95 beside / quiet", beside.p95_ms / quiet.p95_ms, "ratio", most=3)


def expire(shop: BenchShop) -> None:
    settled = settle_overdue(shop.tenant, now=timezone.now())
    if settled < LOTS // LOTS_OF_ONE // 2:
        raise AssertionError(f"only {settled} accounts were settled")


def move_tiers(shop: BenchShop) -> None:
    jobs.move_tiers(shop.tenant, now=timezone.now())


def let_some_rise(shop: BenchShop) -> None:
    """Past what the purchases have already moved: their points reach a tier that the account does not hold yet."""
    with tenant_scope(shop.tenant):
        highest = terms_at(timezone.now()).tiers[-1]
    with superuser() as database:
        database.execute(
            "UPDATE ledger_account SET qualifying_points = CASE WHEN id %% %(moving)s = 0 THEN %(points)s ELSE 0 END"
            " WHERE id >= %(first)s",
            {"moving": MOVING, "points": highest.threshold, "first": shop.first_account},
        )
        database.execute("VACUUM ANALYZE")


def read_once(shop: BenchShop, statement: str) -> None:
    with tenant_scope(shop.tenant), connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def while_running(act: Callable[[], None], web: Web, shop: BenchShop, cards: Path) -> tuple[Load, float]:
    """How long it takes with awards beside it, and how long these take."""
    took: list[float] = []

    def timed() -> None:
        try:
            took.append(seconds(act))
        finally:
            connection.close()

    job = threading.Thread(target=timed)
    job.start()
    beside = awards(web, shop, cards)
    job.join()
    return beside, took[0]


def awards(web: Web, shop: BenchShop, cards: Path) -> Load:
    return load(
        web.url("/api/v1/purchases"),
        host=web.host_of(shop.tenant),
        seconds=SECONDS,
        connections=CONNECTIONS,
        arguments=[shop.api_key, str(cards), shop.store],
        per_second=AWARDS_PER_SECOND,
    )


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
