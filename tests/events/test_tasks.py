"""The whole way through Celery: a ring or a message that is lost is found again, and a real worker delivers once."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connection
from django.utils import timezone

from events import doorbell, tasks
from events.models import Delivery, Event
from events.registry import handles
from events.services import publish
from loyalty.celery import app
from team.models import Store
from tenants.roles import SYSTEM
from tests.factories import Shop

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "tests.happened"


def opens_a_store(event: Event) -> None:
    Store.objects.create(code=f"s{event.pk}", name="Opened by a handler")


def happen(shop: Shop, count: int = 1) -> None:
    for _ in range(count):
        with shop.scope():
            publish(NAME, actor=SYSTEM)


def opened(shop: Shop) -> int:
    with shop.scope():
        return Store.objects.exclude(code="main").count()


def states(shop: Shop) -> list[tuple[str, int]]:
    with shop.scope():
        return list(Delivery.objects.order_by("pk").values_list("state", "attempts"))


def test_the_relay_serves_the_shops_that_rang(shops: tuple[Shop, Shop], eager: None) -> None:
    handles(NAME)(opens_a_store)
    happen(shops[0])
    tasks.relay()
    assert [opened(shop) for shop in shops] == [1, 0]
    tasks.relay()
    assert states(shops[0]) == [("done", 1)]


def test_a_relay_that_nobody_rang_does_nothing(shop: Shop, eager: None) -> None:
    tasks.relay()
    assert states(shop) == []


def test_a_batch_that_is_full_is_followed_by_another(shop: Shop, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.delivery.RELAY_AT_ONCE", 2)
    handles(NAME)(opens_a_store)
    happen(shop, 5)
    tasks.relay()
    assert opened(shop) == 5


def test_a_lost_ring_is_found_by_the_sweep(shops: tuple[Shop, Shop], eager: None) -> None:
    handles(NAME)(opens_a_store)
    for shop in shops:
        happen(shop)
    assert len(doorbell.answer()) == 2
    tasks.relay()
    assert [opened(shop) for shop in shops] == [0, 0]
    tasks.sweep()
    tasks.sweep()
    assert [opened(shop) for shop in shops] == [1, 1]


def test_a_lost_message_is_found_by_the_sweep(shop: Shop, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    handles(NAME)(opens_a_store)
    happen(shop)
    with monkeypatch.context() as patch:
        patch.setattr(tasks.deliver, "delay", lambda *_: None)
        tasks.relay()
    assert states(shop) == [("pending", 0)]
    tasks.sweep()
    assert opened(shop) == 0
    with shop.scope():
        Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert (opened(shop), states(shop)) == (1, [("done", 1)])


def test_a_failure_is_announced_again_after_its_pause(shop: Shop, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(event: Event) -> None:
        raise ZeroDivisionError

    announced: list[tuple[tuple[int, ...], float]] = []
    monkeypatch.setattr(
        tasks.deliver, "apply_async", lambda arguments, countdown: announced.append((arguments, countdown))
    )
    handles(NAME)(fail)
    happen(shop)
    with shop.scope():
        event = Event.objects.get(name=NAME)
        delivery = Delivery.objects.create(
            event=event, handler=f"{__name__}.{fail.__qualname__}", next_attempt_at=timezone.now()
        )
    tasks.deliver(shop.tenant.pk, delivery.pk, 1)
    assert announced == [((shop.tenant.pk, delivery.pk, 2), 5.0)]


def test_the_schedule_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert named
    assert named <= set(app.tasks)


@pytest.fixture
def worker(db: None) -> Iterator[None]:
    """A real worker on the real broker, in threads of this process, so that it shares the test's database."""

    def give_the_connection_back(**_: object) -> None:
        connection.close()

    task_postrun.connect(give_the_connection_back)
    app.conf.worker_hijack_root_logger = False
    app.control.purge()
    try:
        with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, shutdown_timeout=30):
            yield
    finally:
        task_postrun.disconnect(give_the_connection_back)


def test_a_real_worker_delivers_each_event_once(shops: tuple[Shop, Shop], worker: None) -> None:
    handles(NAME)(opens_a_store)
    for shop in shops:
        happen(shop, 5)
    for _ in range(3):
        tasks.relay.delay()
        tasks.sweep.delay()
    deadline = time.monotonic() + 20
    while [opened(shop) for shop in shops] != [5, 5] and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)  # for whatever would deliver a second time
    assert [states(shop) for shop in shops] == [[("done", 1)] * 5] * 2
    assert [opened(shop) for shop in shops] == [5, 5]
