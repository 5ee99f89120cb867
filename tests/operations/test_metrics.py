"""Figures for Prometheus: of all processes together, never of one shop or person, counted only once it is certain."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.db import transaction
from django.test import override_settings
from prometheus_client.parser import text_string_to_metric_families

from events.models import Delivery, Event, JobRun
from operations import backlog, metrics
from operations import tally as tally_module
from operations.tally import Tally, tally
from operations.tasks import beat, take_backlog
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase
from tests.tenants.asking import ask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_figures")]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples() -> Samples:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float | None:
    return samples().get((f"loyalty_{name}", tuple(sorted(labels.items()))))


def test_requests_are_counted_by_route_method_and_status(shop: Shop) -> None:
    status = str(ask("/", shop.host).status_code)
    ask("/", shop.host)
    ask("/nowhere", shop.host)
    assert value("requests_total", route="/", method="GET", status=status) == 2
    assert value("requests_total", route="(none)", method="GET", status="404") == 1
    assert value("request_seconds_count", route="/") == 2


def test_a_duration_falls_into_its_bucket_and_all_wider_ones() -> None:
    for seconds in (0.01, 0.1, 0.3, 99):
        metrics.REQUEST_SECONDS.add("there/", seconds=seconds)
    found = {
        dict(labels)["le"]: count
        for (name, labels), count in samples().items()
        if name.endswith("request_seconds_bucket")
    }
    assert (found["0.025"], found["0.05"], found["0.1"], found["0.5"], found["30.0"], found["+Inf"]) == (
        1,
        1,
        2,
        3,
        3,
        4,
    )
    assert value("request_seconds_sum", route="there/") == pytest.approx(99.41)


def test_a_purchase_is_counted_with_its_points(shop: Shop) -> None:
    with shop.scope():
        customer, (_, key) = make_customer(), make_api_key()
    body = {"customer": {"number": customer.number}, "total": "24.90", "currency": "EUR"}
    answer = ApiClient(shop.tenant, key).post("purchases", body)
    assert answer.status_code == 201
    assert value("events_total", event="purchase.recorded") == 1
    assert value("points_credited_total") == answer.json()["points"] > 0


def test_a_purchase_that_was_taken_back_before_its_commit_is_not_counted(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer())
        transaction.set_rollback(True)
    assert value("events_total", event="purchase.recorded") is None


def test_tasks_are_counted_by_name_and_outcome() -> None:
    beat.apply()
    assert value("tasks_total", task="operations.tasks.heartbeat", state="SUCCESS") == 1
    assert value("task_seconds_count", task="operations.tasks.heartbeat") == 1
    assert value("heartbeat_age_seconds", process="worker") in (0, 1)


def test_processes_add_to_the_same_figures() -> None:
    for each in (Tally(), Tally()):
        each.add({("events", "import.finished"): 2})
        each.flush()
    assert value("events_total", event="import.finished") == 4


def test_what_valkey_did_not_take_is_kept_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Tally()
    mine.add({("events", "import.finished"): 1})
    with monkeypatch.context() as unplugged:
        unplugged.setattr(tally_module, "valkey", lambda: redis.Redis(port=9, socket_connect_timeout=0.2))
        mine.flush()
        mine.add({("events", "import.finished"): 1})
    mine.flush()
    assert value("events_total", event="import.finished") == 2


def test_figures_reach_valkey_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "FLUSH_SECONDS", 0.05)
    Tally().add({("events", "import.finished"): 1})
    deadline = time.monotonic() + 10
    while ("events", "import.finished") not in tally.sums():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_waits_is_summed_over_all_shops(shops: tuple[Shop, Shop]) -> None:
    now = datetime.now(UTC)
    for shop in shops:
        with shop.scope():
            event = Event.objects.create(
                name="tests.waits", actor="system", occurred_at=NOW, recorded_at=now - timedelta(minutes=7)
            )
            Delivery.objects.create(event=event, handler="gone", state="parked", next_attempt_at=now)
            for days in (0, 9):
                started = now - timedelta(days=days)
                JobRun.objects.create(
                    job="ledger.proof", due_on=started, state="failed", leased_until=started, started_at=started
                )
    take_backlog()
    assert value("outbox_events") == value("deliveries_parked") == value("jobs_failed") == 2
    age = value("outbox_oldest_seconds")
    assert age is not None
    assert 419 <= age < 600
    assert value("backlog_age_seconds") is not None


def test_an_old_purchase_that_was_reported_now_is_no_delay(shop: Shop) -> None:
    with shop.scope():
        Event.objects.create(name="tests.waits", actor="system", occurred_at=NOW - timedelta(days=30))
    found = backlog.take(now=datetime.now(UTC))
    assert found.oldest_unrelayed is not None
    assert time.time() - found.oldest_unrelayed < 60


def test_nothing_that_waits_is_no_age() -> None:
    take_backlog()
    assert value("outbox_oldest_seconds") == value("outbox_events") == 0


def test_the_queue_and_the_doorbell_are_read_at_the_moment_of_asking() -> None:
    assert value("queue_length") is not None
    assert value("outbox_shops_waiting") is not None


def test_no_label_names_a_shop_or_a_person(shop: Shop) -> None:
    with shop.scope():
        customer = make_customer(name="Kanarienvogel")
    ask(f"/backoffice/customers/{customer.public_id}/", shop.host)
    ask("/Kanarienvogel", shop.host)
    with override_settings(METRICS_TOKEN="for-prometheus-only"):
        text = metrics.text().decode()
    assert not re.search(rf"Kanarienvogel|{shop.tenant.slug}|{customer.public_id}", text)
