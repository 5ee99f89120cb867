"""From the outbox to the handlers: each reacts exactly once, whatever is duplicated, fails or dies on the way."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from events import delivery, doorbell
from events.delivery import MAX_ATTEMPTS, due_deliveries, relay_events, retry_parked
from events.models import Delivery, Event
from events.registry import handles
from events.services import publish
from team.models import Store
from tenants.roles import SYSTEM
from tests.conftest import redis_server
from tests.factories import NOW, Shop
from tests.tenants.threads import in_threads

pytestmark = pytest.mark.django_db
NAME = "tests.happened"
LATER = NOW + timedelta(hours=2)
WORKERS = 8


class Killed(BaseException):
    """Stands for a worker that dies: nothing in the product catches it."""


def opens_a_store(event: Event) -> None:
    """A reaction whose effects can be counted."""
    Store.objects.create(code=f"s{event.pk}", name="Opened by a handler")


def opens_the_same_store_twice(event: Event) -> None:
    opens_a_store(event)
    opens_a_store(event)


def opens_a_store_and(fail: Callable[[], None]) -> Callable[[Event], None]:
    def react(event: Event) -> None:
        opens_a_store(event)
        fail()

    return react


def raise_it(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def published(shop: Shop, count: int = 1) -> list[tuple[int, int]]:
    """Publish and relay: the announcements of the deliveries."""
    with shop.scope():
        for _ in range(count):
            publish(NAME, actor=SYSTEM)
        return relay_events(now=NOW)[0]


def deliver(shop: Shop, announced: tuple[int, int], now: datetime = NOW) -> timedelta | None:
    delivery_id, attempt = announced
    return delivery.deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=now)


def deliver_again(shop: Shop, announced: tuple[int, int], _: int) -> timedelta | None:
    return deliver(shop, announced)


def opened(shop: Shop) -> int:
    with shop.scope():
        return Store.objects.exclude(code="main").count()


def the_delivery(shop: Shop) -> Delivery:
    with shop.scope():
        return Delivery.objects.get()


# --- Relaying -------------------------------------------------------------------------------------------------------


def test_every_handler_of_an_event_gets_a_delivery_of_its_own(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    handles(NAME)(opens_a_store_and(lambda: None))
    announced = published(shop)
    assert [attempt for _, attempt in announced] == [1, 1]
    with shop.scope():
        assert set(Delivery.objects.values_list("handler", flat=True)) == {
            f"{__name__}.opens_a_store",
            f"{__name__}.opens_a_store_and.<locals>.react",
        }


def test_an_event_is_relayed_once(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    published(shop)
    with shop.scope():
        assert relay_events(now=NOW) == ([], False)
        assert Delivery.objects.count() == 1


def test_a_full_batch_says_that_more_may_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RELAY_AT_ONCE", 2)
    handles(NAME)(opens_a_store)
    with shop.scope():
        for _ in range(3):
            publish(NAME, actor=SYSTEM)
        first, more = relay_events(now=NOW)
        assert (len(first), more) == (2, True)
        rest, more = relay_events(now=NOW)
        assert (len(rest), more) == (1, False)


def test_a_relay_sees_its_own_shop_only(shops: tuple[Shop, Shop]) -> None:
    handles(NAME)(opens_a_store)
    with shops[0].scope():
        publish(NAME, actor=SYSTEM)
    with shops[1].scope():
        assert relay_events(now=NOW) == ([], False)


@pytest.mark.django_db(transaction=True)
def test_eight_relays_at_once_make_one_delivery_per_event(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    with shop.scope():
        for _ in range(20):
            publish(NAME, actor=SYSTEM)

    def relay(_: int) -> int:
        with shop.scope():
            return len(relay_events(now=NOW)[0])

    assert sum(count for count in in_threads(WORKERS, relay) if isinstance(count, int)) == 20
    with shop.scope():
        assert Delivery.objects.count() == 20
        assert not Event.objects.filter(relayed_at=None).exists()


# --- Delivering -----------------------------------------------------------------------------------------------------


def test_a_handler_reacts_once_in_the_scope_of_its_shop(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    (announced,) = published(shop)
    assert deliver(shop, announced) is None
    assert deliver(shop, announced) is None
    assert opened(shop) == 1
    done = the_delivery(shop)
    assert (done.state, done.attempts, done.error) == (Delivery.State.DONE, 1, "")
    assert done.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_eight_workers_with_duplicated_messages_let_every_handler_react_once(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    announced = published(shop, 10)

    def work(number: int) -> None:
        for position in range(len(announced)):
            deliver(shop, announced[(position + number) % len(announced)])

    assert in_threads(WORKERS, work) == [None] * WORKERS
    assert opened(shop) == 10
    with shop.scope():
        assert set(Delivery.objects.values_list("state", "attempts")) == {(Delivery.State.DONE, 1)}


@pytest.mark.django_db(transaction=True)
def test_duplicates_of_one_message_use_up_one_attempt(shop: Shop) -> None:
    """More duplicates than attempts, all at once: none may park what another is about to do."""
    handles(NAME)(opens_a_store)
    for round_ in range(5):
        (announced,) = published(shop)
        in_threads(WORKERS, partial(deliver_again, shop, announced))
        assert opened(shop) == round_ + 1
    with shop.scope():
        assert set(Delivery.objects.values_list("state", "attempts")) == {(Delivery.State.DONE, 1)}


def test_a_failing_handler_leaves_nothing_of_its_own_and_says_when_to_try_again(shop: Shop) -> None:
    handles(NAME)(opens_a_store_and(raise_it(ValueError("no paper"))))
    (announced,) = published(shop)
    assert deliver(shop, announced) == timedelta(seconds=5)
    assert opened(shop) == 0
    failed = the_delivery(shop)
    assert (failed.state, failed.attempts) == (Delivery.State.PENDING, 1)
    assert re.fullmatch(r"ValueError at tests/events/test_delivery\.py:\d+ fail", failed.error)


def test_what_a_failure_says_is_not_kept(shop: Shop) -> None:
    """It may quote a name or an address, and outlives both."""
    handles(NAME)(opens_a_store_and(raise_it(ValueError("jana@example.org is no number"))))
    (announced,) = published(shop)
    deliver(shop, announced)
    assert "jana" not in the_delivery(shop).error


def test_a_handler_that_breaks_the_transaction_is_recorded_too(shop: Shop) -> None:
    handles(NAME)(opens_the_same_store_twice)
    (announced,) = published(shop)
    assert deliver(shop, announced) == timedelta(seconds=5)
    assert opened(shop) == 0
    assert the_delivery(shop).error.startswith("IntegrityError at ")


def test_one_failing_handler_stops_no_other(shop: Shop) -> None:
    handles(NAME)(opens_a_store_and(raise_it(ValueError())))
    handles(NAME)(opens_a_store)
    for announced in published(shop):
        deliver(shop, announced)
    assert opened(shop) == 1


def test_a_poison_message_is_parked_after_five_attempts_and_stays_visible(shop: Shop) -> None:
    handles(NAME)(opens_a_store_and(raise_it(ValueError("poison"))))
    ((delivery_id, _),) = published(shop)
    pauses = [deliver(shop, (delivery_id, attempt)) for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert pauses == [*(timedelta(seconds=5**attempt) for attempt in range(1, MAX_ATTEMPTS)), None]
    parked = the_delivery(shop)
    assert (parked.state, parked.attempts) == (Delivery.State.PARKED, 5)
    assert parked.error.startswith("ValueError at ")
    assert parked.finished_at == NOW
    assert deliver(shop, (delivery_id, MAX_ATTEMPTS + 1)) is None
    with shop.scope():
        assert due_deliveries(now=LATER) == []


@pytest.mark.django_db(transaction=True)
def test_a_parked_delivery_can_be_tried_again_at_once(shop: Shop) -> None:
    broken = [True]
    handles(NAME)(opens_a_store_and(lambda: raise_it(ValueError())() if broken else None))
    ((delivery_id, _),) = published(shop)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        deliver(shop, (delivery_id, attempt))
    broken.clear()
    redis_server().delete(doorbell._key())
    with shop.scope():
        retry_parked(delivery_id, now=LATER)
        assert doorbell.answer() == []
    assert doorbell.answer() == [shop.tenant.pk]
    with shop.scope():
        (announced,) = due_deliveries(now=LATER)
    assert announced == (delivery_id, 1)
    deliver(shop, announced)
    assert opened(shop) == 1
    assert the_delivery(shop).state == Delivery.State.DONE


def test_only_what_is_parked_can_be_tried_again(shops: tuple[Shop, Shop]) -> None:
    handles(NAME)(opens_a_store)
    ((delivery_id, attempt),) = published(shops[0])
    deliver(shops[0], (delivery_id, attempt))
    for shop in shops:
        with shop.scope():
            retry_parked(delivery_id, now=LATER)
    assert the_delivery(shops[0]).state == Delivery.State.DONE


def test_a_handler_that_kills_its_worker_uses_up_attempts_and_is_parked(shop: Shop) -> None:
    handles(NAME)(opens_a_store_and(raise_it(Killed())))
    ((delivery_id, _),) = published(shop)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(Killed):
            deliver(shop, (delivery_id, attempt))
        assert (the_delivery(shop).state, the_delivery(shop).attempts) == (Delivery.State.PENDING, attempt)
    with shop.scope():
        (announced,) = due_deliveries(now=LATER)
    assert deliver(shop, announced, LATER) is None
    parked = the_delivery(shop)
    assert (parked.state, parked.error) == (Delivery.State.PARKED, "the worker died on every attempt")
    assert opened(shop) == 0


def test_a_message_that_is_redelivered_after_its_worker_died_is_ignored(shop: Shop) -> None:
    """The broker repeats it after an hour; by then the sweep has announced the next attempt."""
    handles(NAME)(opens_a_store_and(raise_it(Killed())))
    (announced,) = published(shop)
    with pytest.raises(Killed):
        deliver(shop, announced)
    assert deliver(shop, announced, LATER) is None
    assert the_delivery(shop).attempts == 1


def test_a_late_failure_does_not_undo_what_another_worker_finished(shop: Shop) -> None:
    """The handler fails after somebody else has settled the delivery: done stays done."""

    def settled_meanwhile(event: Event) -> None:
        raise ValueError

    handles(NAME)(settled_meanwhile)
    ((delivery_id, _),) = published(shop)
    with shop.scope():
        Delivery.objects.update(state=Delivery.State.DONE, attempts=MAX_ATTEMPTS)
        assert delivery._record_failure(delivery_id, ValueError(), now=NOW) is None
    assert the_delivery(shop).state == Delivery.State.DONE


def test_a_handler_that_no_longer_exists_is_an_error_that_people_see(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    (announced,) = published(shop)
    with shop.scope():
        Delivery.objects.update(handler="somewhere.gone")
    assert deliver(shop, announced) is not None
    assert the_delivery(shop).error.startswith("LookupError at events/delivery.py:")


def test_a_delivery_of_another_shop_is_out_of_reach(shops: tuple[Shop, Shop]) -> None:
    handles(NAME)(opens_a_store)
    (announced,) = published(shops[0])
    assert deliver(shops[1], announced) is None
    assert (opened(shops[0]), opened(shops[1])) == (0, 0)
    assert the_delivery(shops[0]).attempts == 0


# --- The sweep ------------------------------------------------------------------------------------------------------


def test_a_fresh_delivery_is_left_to_its_message_for_a_minute(shop: Shop) -> None:
    handles(NAME)(opens_a_store)
    announced = published(shop)
    with shop.scope():
        assert due_deliveries(now=NOW + timedelta(seconds=59)) == []
        assert due_deliveries(now=NOW + timedelta(seconds=60)) == announced


def test_a_due_delivery_is_announced_anew_once_a_minute_however_often_the_relay_looks(shop: Shop) -> None:
    """A backlog must not grow by a message for each look at it."""
    handles(NAME)(opens_a_store)
    announced = published(shop)
    with shop.scope():
        looks = [due_deliveries(now=LATER + timedelta(seconds=second)) for second in range(120)]
    assert [look for look in looks if look] == [announced] * 2


def test_a_failed_delivery_is_due_after_its_pause_with_its_next_attempt(shop: Shop) -> None:
    handles(NAME)(opens_a_store_and(raise_it(ValueError())))
    ((delivery_id, attempt),) = published(shop)
    deliver(shop, (delivery_id, attempt))
    with shop.scope():
        assert due_deliveries(now=NOW + timedelta(seconds=4)) == []
        assert due_deliveries(now=NOW + timedelta(seconds=5)) == [(delivery_id, 2)]
