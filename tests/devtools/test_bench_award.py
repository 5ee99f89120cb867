"""The award benchmark compares like with like: the product, the naive view and pgbench write the same rows."""

import json
import socket
import threading

import pytest
from django.db import models
from django.test import Client

from customers.queries import active_card
from devtools.bench.award.round_trips import tapped
from devtools.bench.figures import Figure
from events.models import Event
from ledger.models import Account, Entry, IdempotencyKey, Lot
from programs.models import CustomerStat, Purchase
from programs.recounting import STATS
from tests.factories import Shop, make_api_key, make_customer, make_purchase

WRITTEN: tuple[type[models.Model], ...] = (Purchase, Entry, Lot, Event, IdempotencyKey)


@pytest.mark.django_db
@pytest.mark.urls("devtools.bench.award.urls")
def test_the_naive_view_writes_what_the_product_writes(shop: Shop, other_shop: Shop) -> None:
    figures = [awarded(shop, "/api/v1/purchases"), awarded(shop, "/bench/naive")]
    assert figures[0] == figures[1]
    with other_shop.scope():
        assert not any(model._default_manager.exists() for model in (Purchase, Entry, Lot, IdempotencyKey))


def awarded(shop: Shop, path: str) -> dict[str, object]:
    """How many rows one request adds, and what the account holds then."""
    with shop.scope():
        customer = make_customer()
        make_purchase(customer=customer)
        card = active_card(customer)
        key = make_api_key(scopes=["write"])[1]
        before = {model: model._default_manager.count() for model in WRITTEN}
    assert card is not None
    body = {
        "customer": {"card": card.token},
        "total": "24.90",
        "currency": "EUR",
        "store": shop.store.code,
        "receipt_number": path,
    }
    answer = Client(HTTP_HOST=shop.host).post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": path},
    )
    assert answer.status_code == 201, answer.content
    with shop.scope():
        account = Account.objects.get(customer=customer)
        added: dict[str, object] = {
            model.__name__: model._default_manager.count() - count for model, count in before.items()
        }
        counted = CustomerStat.objects.filter(customer=customer).values(*STATS.kinds).get() | {"customer_id": None}
    held = (account.balance, account.last_seq, account.qualifying_spend, account.qualifying_visits)
    return added | {"account": held, "counted": counted}


def test_a_round_trip_is_a_question_after_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as database:
        threading.Thread(target=echo, args=(database,), daemon=True).start()
        host, port = database.getsockname()
        with tapped(f"postgres://app:secret@{host}:{port}/loyalty") as wire:
            port = int(wire.database_url.rpartition(":")[2].partition("/")[0])
            with socket.create_connection(("127.0.0.1", port)) as product:
                for question in (b"begin", b"commit"):
                    product.sendall(question)
                    assert product.recv(100) == question
            assert wire.round_trips == 2


def echo(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        while data := client.recv(100):
            client.sendall(data)


def test_a_figure_may_have_a_least_or_a_most() -> None:
    assert Figure("b", "m", 3, "ratio", bar=3).is_good
    assert not Figure("b", "m", 2.9, "ratio", bar=3).is_good
    assert Figure("b", "m", 8, "trips", most=8).is_good
    assert not Figure("b", "m", 8.1, "trips", most=8).is_good
    assert json.loads(Figure("b", "m", 8.1, "trips", most=8).as_json())["bar"] == 8
