"""Publishing is part of what happened: the event commits with it, and its reactions inside the transaction do too."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, transaction

from events import doorbell, registry
from events.models import Event
from events.registry import handles
from events.services import publish, publish_many
from team.models import Store
from tenants.errors import TenantNotSet
from tenants.roles import SYSTEM, Actor
from tests.conftest import redis_server
from tests.factories import NOW, Shop
from tests.tenants.laboratory import rows

pytestmark = pytest.mark.django_db
NAME = "tests.happened"


def hears(heard: list[str], layer: str) -> Callable[[Event], None]:
    return lambda event: heard.append(f"{layer} {event.pk}")


def rung() -> bool:
    return bool(redis_server().exists(doorbell._key()))


def events() -> list[Event]:
    return list(Event.objects.filter(name=NAME).order_by("pk"))


def test_an_event_says_what_happened_who_did_it_and_where(shop: Shop) -> None:
    with shop.scope():
        publish(NAME, actor=Actor(reference="member:7", device_id=3), occurred_at=NOW, store=shop.store.pk)
        (event,) = events()
        assert (event.actor, event.device_id, event.payload) == ("member:7", 3, {"store": shop.store.pk})
        assert event.occurred_at == NOW


def test_an_event_belongs_to_its_shop(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        publish(NAME, actor=SYSTEM)
    with shops[1].scope():
        assert events() == []
    with pytest.raises(TenantNotSet):
        publish(NAME, actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_an_event_commits_with_what_happened(shop: Shop) -> None:
    handles(NAME)(lambda _: None)
    with shop.scope():
        Store.objects.create(code="new", name="New")
        publish(NAME, actor=SYSTEM)
        assert not rung()
    assert rung()
    assert doorbell.answer() == [shop.tenant.pk]
    with shop.scope():
        assert len(events()) == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_is_gone_with_what_did_not_happen(shop: Shop) -> None:
    handles(NAME)(lambda _: None)
    with shop.scope():
        Store.objects.create(code="new", name="New")
        publish(NAME, actor=SYSTEM)
        transaction.set_rollback(True)
    assert not rung()
    with shop.scope():
        assert events() == []
        assert Store.objects.count() == 1


def test_nobody_is_rung_where_nobody_listens(shop: Shop) -> None:
    with shop.scope():
        event = publish(NAME, actor=SYSTEM)
        assert event.relayed_at is not None
        handles(NAME)(lambda _: None)
        assert publish(NAME, actor=SYSTEM).relayed_at is None


def test_reactions_inside_the_transaction_run_in_the_order_of_their_layers(shop: Shop) -> None:
    heard: list[str] = []
    for layer in ("ledger", "programs", "rewards"):
        handles(NAME, in_transaction=True)(hears(heard, layer))
    with shop.scope():
        event = publish(NAME, actor=SYSTEM)
    assert heard == [f"ledger {event.pk}", f"programs {event.pk}", f"rewards {event.pk}"]


def test_a_reaction_that_fails_takes_what_happened_back(shop: Shop) -> None:
    def refuse(event: Event) -> None:
        raise ZeroDivisionError

    handles(NAME, in_transaction=True)(refuse)
    with shop.scope():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            publish(NAME, actor=SYSTEM)
        assert events() == []


def test_a_reaction_may_publish_in_turn(shop: Shop) -> None:
    def follow(event: Event) -> None:
        publish("tests.followed", actor=SYSTEM, after=event.pk)

    handles(NAME, in_transaction=True)(follow)
    with shop.scope():
        event = publish(NAME, actor=SYSTEM)
        assert Event.objects.get(name="tests.followed").payload == {"after": event.pk}


def test_apps_load_bottom_layer_first() -> None:
    """Reactions register as the apps load, so this order is the order in which they run."""
    pyproject = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    (contract,) = [one for one in pyproject["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    height = {
        app.strip("() "): -position for position, layer in enumerate(contract["layers"]) for app in layer.split("|")
    }
    own = [config.name for config in apps.get_app_configs() if config.name in height]
    assert own == sorted(own, key=lambda app: height[app])
    for reactions in registry._in_transaction.values():
        layers = [height[reaction.__module__.partition(".")[0]] for reaction in reactions]
        assert layers == sorted(layers)


def test_one_handler_may_react_to_several_events_and_is_named_by_where_it_stands() -> None:
    @handles("tests.one", "tests.two")
    def react(event: Event) -> None: ...

    name = f"{__name__}.{react.__qualname__}"
    assert registry.handlers("tests.one") == registry.handlers("tests.two") == {name: react}
    assert registry.handlers("tests.three") == {}
    assert registry.reactions("tests.one") == []


@pytest.mark.parametrize("statement", ["DELETE FROM events_event", "UPDATE events_event SET actor = 'somebody-else'"])
def test_the_audit_log_is_never_rewritten(shop: Shop, statement: str) -> None:
    with shop.scope():
        publish(NAME, actor=SYSTEM)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows(statement)
        Event.objects.update(relayed_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_spoils_no_commit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1")
    monkeypatch.setattr(doorbell, "valkey", lambda: nowhere)
    handles(NAME)(lambda _: None)
    with shop.scope():
        publish(NAME, actor=SYSTEM)
    with shop.scope():
        assert [event.relayed_at for event in events()] == [None]


@pytest.mark.django_db(transaction=True)
def test_a_payload_that_is_no_json_spoils_the_whole_transaction(shop: Shop) -> None:
    def happen() -> None:
        with shop.scope():
            Store.objects.create(code="new", name="New")
            publish(NAME, actor=SYSTEM, unreadable=object())

    with pytest.raises((TypeError, DatabaseError)):
        happen()
    with shop.scope():
        assert Store.objects.count() == 1


def test_the_doorbell_is_answered_once_and_holds_each_tenant_once() -> None:
    for tenant_id in (3, 1, 3):
        doorbell.ring(tenant_id)
    assert doorbell.answer() == [1, 3]
    assert doorbell.answer() == []


def test_many_events_of_a_kind_are_written_together_and_heard_one_by_one(shops: tuple[Shop, Shop]) -> None:
    handles(NAME)(lambda event: None)
    with shops[0].scope():
        publish_many(NAME, actor=SYSTEM, occurred_at=NOW, payloads=({"customer": number} for number in (7, 8)))
        assert [(event.payload, event.customer_id, event.relayed_at) for event in events()] == [
            ({"customer": 7}, 7, None),
            ({"customer": 8}, 8, None),
        ]
    with shops[1].scope():
        assert events() == []


def test_many_events_that_nobody_hears_need_no_relay(shop: Shop) -> None:
    with shop.scope():
        publish_many(NAME, actor=SYSTEM, occurred_at=NOW, payloads=[{}])
        assert [event.relayed_at for event in events()] == [NOW]


def test_many_events_are_refused_where_each_has_a_reaction_inside_the_transaction(shop: Shop) -> None:
    handles(NAME, in_transaction=True)(lambda event: None)
    with shop.scope(), pytest.raises(TypeError):
        publish_many(NAME, actor=SYSTEM, occurred_at=NOW, payloads=[{}])
