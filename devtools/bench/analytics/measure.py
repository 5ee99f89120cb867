"""The figures of `./dev bench analytics`.

A hundred shops of very different size have lived for two years, and all but the last days of them is drawn. Then come
the purchases of one day after the other, and what is measured is the night after each, and at last everything drawn
anew; and in turns with that the same by DuckDB from files of Parquet. Each in a process of its own, by processor
seconds of client and database.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.db import connection

from analytics.kpis import Period
from analytics.loyalty import course, loyalty
from analytics.overview import USUAL_DAYS, cohort_counts, window
from analytics.rollups.days import ONE_DAY, days_from
from devtools.bench.analytics import columnar, counting, models, raw
from devtools.bench.analytics.past import TODAY, YESTERDAY, live, open_shops
from devtools.bench.analytics.processor import Cost, cost_of
from devtools.bench.figures import Figure
from devtools.bench.rows import superuser
from devtools.bench.shops import BenchShop
from tenants.scope import tenant_scope

BENCH: Final = "analytics"
CUSTOMERS: Final = 1_000_000
MODELLED: Final = 23_000
ROUNDS: Final = 3
# Each is drawn in a night of its own.
LAST_DAYS: Final = days_from(TODAY - 3 * ONE_DAY, until=TODAY)
# As many small charts as the page has.
POINTS: Final = 12
NIGHT: Final = "devtools.bench.analytics.night"
COLUMNAR: Final = "devtools.bench.analytics.columnar"


def measure(customers: int = CUSTOMERS) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shops = prepare(customers)
        yield from sizes(shops)
        export(folder)
        yield from nights(shops, folder)
        yield from proof(folder)
        yield from pages(next(shop for shop in shops if shop.customers == max(each.customers for each in shops)))
        yield from fits()
        yield from counting.measure(BENCH, folder)


def prepare(customers: int) -> list[BenchShop]:
    """Everything but the last days, drawn by the product."""
    shops = open_shops(customers)
    live(shops, until=LAST_DAYS[0] - ONE_DAY)
    cost_of(NIGHT, "night", str(LAST_DAYS[0]))
    return shops


def export(folder: Path) -> None:
    with superuser() as database:
        columnar.export(database, folder)


def sizes(shops: list[BenchShop]) -> Iterator[Figure]:
    with superuser() as database:
        (purchases,) = _row(database.execute("SELECT count(*) FROM programs_purchase"))
    yield Figure(BENCH, "customers", sum(shop.customers for shop in shops), "")
    yield Figure(BENCH, "purchases", purchases, "")


def nights(shops: list[BenchShop], folder: Path) -> Iterator[Figure]:
    """DuckDB's files lack the last days, less than one in two hundred of what it would read."""
    pairs = []
    for day in LAST_DAYS:
        live(shops, since=day, until=day)
        with superuser() as database:
            database.execute("VACUUM ANALYZE")
        duck = cost_of(COLUMNAR, "night", str(folder))
        pairs.append((cost_of(NIGHT, "night", str(day + ONE_DAY)), duck))
    yield from against("night", pairs, most=1.5)
    export(folder)
    cost_of(COLUMNAR, "night", str(folder))
    with superuser() as database:
        columnar.refuse_other_figures(database, folder, columnar.OF_THE_NIGHT, day=YESTERDAY)


def proof(folder: Path) -> Iterator[Figure]:
    duck = cost_of(COLUMNAR, "full", str(folder))
    took = cost_of(NIGHT, "proof", str(TODAY))
    with superuser() as database:
        columnar.refuse_other_figures(database, folder, columnar.SAME)
    yield from against("full recompute", [(took, duck)], most=2.5)


def against(name: str, pairs: list[tuple[Cost, Cost]], *, most: float) -> Iterator[Figure]:
    """Of the product and of DuckDB, in turns."""
    took, duck = ([pair[number] for pair in pairs] for number in range(2))
    yield Figure(BENCH, f"{name}, DuckDB", statistics.median(cost.client for cost in duck), "s")
    yield Figure(BENCH, f"{name}, client", statistics.median(cost.client for cost in took), "s")
    yield Figure(BENCH, f"{name}, database", statistics.median(cost.database for cost in took), "s")
    ratio = statistics.median(ours.seconds / theirs.client for ours, theirs in pairs)
    yield Figure(BENCH, f"{name} / DuckDB", ratio, "ratio", most=most)
    yield Figure(BENCH, f"{name}, client's memory", max(cost.memory for cost in took), "MB", most=500)


def pages(shop: BenchShop) -> Iterator[Figure]:
    """What the page about customers who stay asks for, of the largest shop."""
    with tenant_scope(shop.tenant), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        days = window().days
        period = Period.ending(YESTERDAY, days=USUAL_DAYS)
        periods = [period.before, *course(period, points=POINTS)]
        since = date(YESTERDAY.year - 1, YESTERDAY.month, 1)
        if [raw.same_as(each) for each in loyalty(periods, window_days=days)] != raw.loyalty(periods, window_days=days):
            raise AssertionError("the figures of the page are others than those of the purchases")
        if cohort_counts(since) != raw.cohorts(since):
            raise AssertionError("the cohorts of the page are others than those of the purchases")
        yield Figure(BENCH, "customers of the largest shop", shop.customers, "")
        yield from faster(
            "figures of a page",
            lambda: loyalty(periods, window_days=days),
            lambda: raw.loyalty(periods, window_days=days),
            most=0.05,
        )
        yield from faster("cohorts", lambda: cohort_counts(since), lambda: raw.cohorts(since), most=0.1)


def faster(name: str, drawn: Callable[[], object], computed: Callable[[], object], *, most: float) -> Iterator[Figure]:
    pairs = [(milliseconds(drawn), milliseconds(computed)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(pair[number] for pair in pairs) for number in range(2))
    yield Figure(BENCH, f"{name}, drawn", ours, "ms")
    yield Figure(BENCH, f"{name}, from purchases", theirs, "ms")
    yield Figure(BENCH, f"{name}, drawn / from purchases", ours / theirs, "ratio", most=most)


def fits() -> Iterator[Figure]:
    everybody = models.all_customers()
    some = everybody.of(slice(MODELLED))
    for customers, bar in ((some, 10), (everybody, 15)) if len(everybody) > MODELLED else ((some, 10),):
        ours, theirs = models.compare(customers)
        name = f"fit and predict {len(customers):,}"
        yield Figure(BENCH, name, ours, "s")
        yield Figure(BENCH, f"{name}, lifetimes", theirs, "s")
        yield Figure(BENCH, f"{name}, times faster", theirs / ours, "ratio", bar=bar)


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def _row(cursor: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    assert row is not None
    return row
