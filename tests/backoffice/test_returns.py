"""At the desk: goods that a customer brings back, and receipts from when the card was forgotten."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from ledger.queries import account_of
from tests.backoffice.test_customer_pages import text_of
from tests.clients import signed_in
from tests.factories import Shop, make_customer, make_member, make_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(shop: Shop) -> Client:
    with shop.scope():
        return signed_in(make_member(role="manager", name="Tom").user, shop.tenant)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(name="Jana Krüger", email="jana@example.org")


def test_a_return_is_shown_then_booked_and_stands_in_the_list(desk: Client, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        purchase = make_purchase(customer=jana, now=timezone.now()).purchase
    path, values = f"/backoffice/purchases/{purchase.public_id}/return/", {"amount": "5,00", "key": str(uuid.uuid4())}
    listed = f"/backoffice/customers/{jana.public_id}/purchases/"
    assert path in text_of(desk.get(listed))
    assert "Rückgabe buchen" in text_of(desk.post(path, values))
    for _ in range(2):
        assert desk.post(path, values | {"confirmed": "yes"}).headers["Location"] == listed
    with shop.scope():
        assert account_of(jana).balance == 199
    assert "zurückgegeben" in text_of(desk.get(listed))
    assert "Rückgabe" in text_of(desk.get(f"/backoffice/customers/{jana.public_id}/"))
    assert "Ware zurückgegeben" in text_of(desk.get("/backoffice/audit/"))


def test_a_receipt_is_credited_at_the_desk(desk: Client, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        make_purchase(customer=None, receipt_number="R1", now=timezone.now())
    path = f"/backoffice/customers/{jana.public_id}/claim/"
    assert "Kein Einkauf mit diesem Bon" in text_of(desk.post(path, {"receipt_number": "R1", "total": "24,91"}))
    assert desk.post(path, {"receipt_number": "R1", "total": "24,90"}).status_code == 302
    with shop.scope():
        assert account_of(jana).balance == 249


def test_who_only_reads_returns_nothing(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        purchase = make_purchase(customer=jana, now=timezone.now()).purchase
        reader = signed_in(make_member(role="analyst").user, shop.tenant)
    path = f"/backoffice/purchases/{purchase.public_id}/return/"
    assert path not in text_of(reader.get(f"/backoffice/customers/{jana.public_id}/purchases/"))
    assert reader.get(path).status_code == 403
