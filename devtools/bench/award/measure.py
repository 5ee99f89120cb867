"""The figures of `./dev bench award`.

Everything is measured in turns, several times, and the medians are compared: a machine is not equally fast all day.
"""

import json
import os
import statistics
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.bench.award.database import award_script, awards_per_second
from devtools.bench.award.round_trips import tapped
from devtools.bench.figures import Figure
from devtools.bench.load import Load, load
from devtools.bench.shops import BenchShop, open_bench_shop
from devtools.bench.web import Web, collect_static_files, running_web, settle

BENCH = "award"
CUSTOMERS = 20_000
ROUNDS = 3
CONNECTIONS = 16
# So many that somebody is nearly always free to send: what arrives does not depend on what is answered.
WAITING_CONNECTIONS = 48
WARM_UP_SECONDS = 3
SECONDS = 5
COUNTED_REQUESTS = 20
AWARD = "/api/v1/purchases"
NAIVE = "/bench/naive"
NOTHING = "/bench/nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The same load several times, and the processor time that the web processes took for a request."""

    loads: list[Load]
    processor_ms: float

    @property
    def rate(self) -> float:
        return statistics.median(load.rate for load in self.loads)

    def median(self, value: Callable[[Load], float]) -> float:
        return statistics.median(map(value, self.loads))


class Caller:
    """Sends loads to the views of one web process."""

    def __init__(self, web: Web, shop: BenchShop, cards: Path) -> None:
        self.web = web
        self.host = web.host_of(shop.tenant)
        self.purchases = [shop.api_key, str(cards), shop.store]
        self.loads: dict[str, list[Load]] = {}
        self.processor: dict[str, float] = {}

    def send(self, path: str, *, seconds: float = SECONDS, per_second: float = 0) -> Load:
        settle()
        return load(
            self.web.url(path),
            host=self.host,
            seconds=seconds,
            connections=WAITING_CONNECTIONS if per_second else CONNECTIONS,
            arguments=[] if path == NOTHING else self.purchases,
            per_second=per_second,
        )

    def measure(self, path: str) -> None:
        """One more load as fast as it goes."""
        before = self.web.processor_seconds()
        done = self.send(path)
        self.loads.setdefault(path, []).append(done)
        self.processor[path] = self.processor.get(path, 0) + self.web.processor_seconds() - before

    def runs(self, path: str) -> Runs:
        loads = self.loads[path]
        return Runs(loads=loads, processor_ms=1000 * self.processor[path] / sum(load.requests for load in loads))

    def award_once(self, name: str) -> None:
        key, cards, store = self.purchases
        card = Path(cards).read_text().split(maxsplit=1)[0]
        body = {"customer": {"card": card}, "total": "24.90", "currency": "EUR", "store": store, "receipt_number": name}
        headers = {"Host": self.host, "Authorization": f"Bearer {key}", "Idempotency-Key": name}
        request = urllib.request.Request(  # noqa: S310 - the address is ours
            self.web.url(AWARD), json.dumps(body).encode(), headers | {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request).close()  # noqa: S310 - the same


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        collect_static_files()
        shop = open_bench_shop("award", customers=CUSTOMERS)
        cards = shop.write_cards(folder / "cards")
        yield Figure(BENCH, "round trips", round_trips(folder, shop, cards), "trips", most=8)
        script = folder / "award.sql"
        script.write_text(award_script(shop))
        yield from throughput(folder, shop, cards, script, synchronous_commit="off", bar=0.08)
        yield from throughput(folder, shop, cards, script, synchronous_commit="on", bar=0.16, everything=True)


def round_trips(folder: Path, shop: BenchShop, cards: Path) -> float:
    """Of one award in a process that has seen a few."""
    with (
        tapped(os.environ["DATABASE_URL"]) as wire,
        running_web(folder, workers=1, threads=1, DATABASE_URL=wire.database_url) as web,
    ):
        caller = Caller(web, shop, cards)
        for number in range(COUNTED_REQUESTS):
            caller.award_once(f"first-{number}")
        before = wire.round_trips
        for number in range(COUNTED_REQUESTS):
            caller.award_once(f"counted-{number}")
        return (wire.round_trips - before) / COUNTED_REQUESTS


def throughput(
    folder: Path,
    shop: BenchShop,
    cards: Path,
    script: Path,
    *,
    synchronous_commit: str,
    bar: float,
    everything: bool = False,
) -> Iterator[Figure]:
    """With `everything` also latencies, and the views that the award is compared with."""
    views = [AWARD, NOTHING] if everything else [AWARD]
    database: list[float] = []
    with ExitStack() as stack:
        caller = Caller(stack.enter_context(running_web(folder, SYNCHRONOUS_COMMIT=synchronous_commit)), shop, cards)
        naive = Caller(stack.enter_context(running_web(folder, NAIVE="1")), shop, cards) if everything else None
        for path in views:
            caller.send(path, seconds=WARM_UP_SECONDS)
        for _ in range(ROUNDS):
            database.append(
                awards_per_second(script, seconds=SECONDS, clients=CONNECTIONS, synchronous_commit=synchronous_commit)
            )
            for path in views:
                caller.measure(path)
            if naive:
                naive.measure(NAIVE)
        award = caller.runs(AWARD)
        where = f"synchronous_commit {synchronous_commit}"
        yield Figure(BENCH, f"pgbench, {where}", statistics.median(database), "1/s")
        yield Figure(BENCH, f"award, {where}", award.rate, "1/s")
        for name, value in latencies(award).items():
            yield Figure(BENCH, f"{name}, {where}", value, "ms")
        yield Figure(BENCH, f"award / pgbench, {where}", award.rate / statistics.median(database), "ratio", bar=bar)
        if naive:
            yield from comparisons(caller, naive.runs(NAIVE))


def comparisons(caller: Caller, naive: Runs) -> Iterator[Figure]:
    award, nothing = caller.runs(AWARD), caller.runs(NOTHING)
    yield Figure(BENCH, "naive", naive.rate, "1/s")
    yield Figure(BENCH, "award / naive", award.rate / naive.rate, "ratio", bar=3)
    yield Figure(BENCH, "no-op view", nothing.rate, "1/s")
    yield Figure(BENCH, "processor time, award", award.processor_ms, "ms")
    yield Figure(BENCH, "processor time, no-op view", nothing.processor_ms, "ms")
    yield Figure(BENCH, "processor time / no-op view", award.processor_ms / nothing.processor_ms, "ratio", most=8)
    calm_award = caller.send(AWARD, seconds=2 * SECONDS, per_second=award.rate / 2)
    calm_nothing = caller.send(NOTHING, seconds=2 * SECONDS, per_second=nothing.rate / 2)
    yield Figure(BENCH, "award at half load", calm_award.rate, "1/s")
    for name, value in latencies(Runs(loads=[calm_award], processor_ms=0)).items():
        yield Figure(BENCH, f"{name} at half load", value, "ms")
    yield Figure(BENCH, "no-op p95 at half load", calm_nothing.p95_ms, "ms")
    yield Figure(BENCH, "p95 / no-op p95 at half load", calm_award.p95_ms / calm_nothing.p95_ms, "ratio", most=4)
    generator = statistics.median(load.generator_seconds / load.seconds for load in award.loads)
    yield Figure(BENCH, "load generator's processor share", generator, "cores", most=0.2)


def latencies(runs: Runs) -> dict[str, float]:
    points: dict[str, Callable[[Load], Any]] = {
        "p50": lambda load: load.p50_ms,
        "p95": lambda load: load.p95_ms,
        "p99": lambda load: load.p99_ms,
    }
    return {name: runs.median(point) for name, point in points.items()}
