"""The installation's figures in the format of Prometheus. No label names a shop or a person."""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from events import doorbell
from operations import backlog, heartbeat
from operations.tally import Series, tally
from tenants.valkey import valkey, valkey_key

PREFIX = "loyalty"
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SUM = "sum"
Sums = dict[Series, float]


@dataclass(frozen=True)
class Count:
    """Something that happens, told apart by labels of few values."""

    name: str
    text: str
    labels: tuple[str, ...]

    def add(self, *labels: str, amount: float = 1) -> None:
        tally.add({(self.name, *labels): amount})

    def family(self, sums: Sums) -> Metric:
        family = CounterMetricFamily(f"{PREFIX}_{self.name}", self.text, labels=self.labels)
        for (name, *labels), amount in sums.items():
            if name == self.name:
                family.add_metric(labels, amount)
        return family


@dataclass(frozen=True)
class Duration:
    """How long something takes, as a histogram."""

    name: str
    text: str
    label: str

    def add(self, label: str, *, seconds: float) -> None:
        bound = str(bisect_left(BOUNDS, seconds))
        tally.add({(self.name, label, bound): 1, (self.name, label, SUM): seconds})

    def family(self, sums: Sums) -> Metric:
        family = HistogramMetricFamily(f"{PREFIX}_{self.name}", self.text, labels=[self.label])
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for series, amount in sums.items():
            if series[0] == self.name:
                found[series[1]][series[2]] = amount
        for label, amounts in found.items():
            counts = accumulate(amounts.get(str(index), 0) for index in range(len(BOUNDS) + 1))
            bounds = [str(bound) for bound in (*BOUNDS, "+Inf")]
            family.add_metric([label], list(zip(bounds, counts, strict=True)), amounts.get(SUM, 0))
        return family


REQUESTS = Count("requests", "Requests answered.", ("route", "method", "status"))
REQUEST_SECONDS = Duration("request_seconds", "Time until a request is answered.", "route")
TASKS = Count("tasks", "Background tasks finished.", ("task", "state"))
TASK_SECONDS = Duration("task_seconds", "Time that a background task takes.", "task")
EVENTS = Count("events", "Business events after their commit, purchases and imports among them.", ("event",))
POINTS = Count("points_credited", "Points that purchases have earned.", ())
COUNTED = (REQUESTS, REQUEST_SECONDS, TASKS, TASK_SECONDS, EVENTS, POINTS)


class Installation(Collector):
    """Everything at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        sums = tally.sums()
        for metric in COUNTED:
            yield metric.family(sums)
        yield _gauge("queue_length", "Tasks that wait for a worker.", _queue_length())
        yield _gauge("outbox_shops_waiting", "Shops with news that the relay has not yet taken.", doorbell.waiting())
        yield from _backlog()
        yield _heartbeats()


def text() -> bytes:
    """The page that Prometheus reads. Raises RedisError."""
    registry = CollectorRegistry()
    registry.register(Installation())
    return generate_latest(registry)


def _backlog() -> Iterator[Metric]:
    """What a worker found once a minute; the age of the oldest event goes on growing if the worker is gone."""
    found = backlog.latest()
    if found is None:
        return
    now = time.time()
    oldest = now - found.oldest_unrelayed if found.oldest_unrelayed else 0
    yield _gauge("outbox_oldest_seconds", "Age of the oldest event that no handler was told of.", max(0, oldest))
    yield _gauge("outbox_events", "Events that no handler was told of.", found.unrelayed)
    yield _gauge("deliveries_parked", "Reactions that failed five times and wait for a person.", found.parked)
    yield _gauge("jobs_failed", "Runs of nightly jobs in the last two days that failed.", found.failed_jobs)
    yield _gauge("backlog_age_seconds", "Time since the four figures above were taken.", max(0, now - found.taken_at))


def _heartbeats() -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_heartbeat_age_seconds", "Time since a process was seen.", labels=["process"])
    for process, age in heartbeat.ages().items():
        if age is not None:
            family.add_metric([process], age)
    return family


def _queue_length() -> int:
    length = valkey().llen(f"{valkey_key('celery:')}{settings.CELERY_TASK_DEFAULT_QUEUE}")
    assert isinstance(length, int)
    return length


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_text, value=value)
