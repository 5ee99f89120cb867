"""Goods that come back and receipts from when the card was forgotten, as a till or a web shop reports them."""

from typing import Any

import pytest

from customers.models import Customer
from ledger.book import Voucher, open_book_of
from tenants.roles import SYSTEM
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer

LINES = [
    {"sku": "1", "name": "Cappuccino", "quantity": "2", "total": "9.00"},
    {"sku": "2", "name": "Bohnen", "quantity": "0.500", "total": "15.90"},
]


@pytest.fixture
def till(shop: Shop) -> ApiClient:
    with shop.scope():
        return ApiClient(shop.tenant, make_api_key()[1])


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="jana@example.org")


def bought(till: ApiClient, customer: Customer | None, **more: Any) -> str:
    body = {"customer": {"number": customer.number} if customer else None, "total": "24.90", "currency": "EUR"} | more
    return till.post("purchases", body).json()["id"]


def test_a_part_comes_back_by_amount(till: ApiClient, jana: Customer) -> None:
    purchase = bought(till, jana)
    answer = till.post(f"purchases/{purchase}/returns", {"total": "5.00", "reason": "faulty"}, key="k1")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["purchase"], body["total"], body["points"], body["balance"]) == (purchase, "5.00", -50, 199)
    assert (body["pending"], body["deficit"], body["tier"]["code"], body["tier_changed"]) == (0, 0, "silver", False)
    assert sum(line["points"] for line in body["explanation"]) == body["points"]
    assert "50 Punkte zurückgenommen" in body["receipt_text"]
    again = till.post(f"purchases/{purchase}/returns", {"reason": "faulty", "total": "5.00"}, key="k1")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answer.content, "true")
    entry = till.get(f"customers/{jana.public_id}/entries").json()["results"][0]
    assert (entry["kind"], entry["points"], entry["purchase"], entry["reverses"]) == ("return", -50, purchase, 1)


def test_lines_come_back_and_the_rest_is_voided(till: ApiClient, jana: Customer) -> None:
    purchase = bought(till, jana, lines=LINES)
    answer = till.post(f"purchases/{purchase}/returns", {"lines": [{"index": 0}, {"index": 1, "quantity": "0.250"}]})
    assert (answer.json()["total"], answer.json()["points"]) == ("12.45", -125)
    assert till.post(f"purchases/{purchase}/void").json()["points"] == -124
    refused = till.post(f"purchases/{purchase}/returns", {"total": "1.00"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_voided")


def test_what_is_spent_already_is_a_deficit(till: ApiClient, jana: Customer, shop: Shop) -> None:
    purchase = bought(till, jana)
    with shop.scope(), open_book_of(jana.pk, now=NOW) as book:
        book.spend(200, Voucher(actor=SYSTEM, occurred_at=NOW))
    body = till.post(f"purchases/{purchase}/returns", {"total": "24.90"}).json()
    assert (body["points"], body["balance"], body["deficit"]) == (-249, -200, 200)
    assert "Es fehlen 200 Punkte" in body["receipt_text"]
    nothing = till.post(f"purchases/{purchase}/returns", {"total": "0.01"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "already_returned")


def test_an_anonymous_sale_comes_back_without_points(till: ApiClient) -> None:
    body = till.post(f"purchases/{bought(till, None)}/returns", {"total": "24.90"}).json()
    assert (body["points"], body["balance"], body["tier"], body["explanation"], body["receipt_text"]) == (
        *(0, None, None, []),
        "",
    )


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({}, 422, "total"),
        ({"total": "1.00", "lines": [{"index": 0}]}, 422, "total"),
        ({"total": "0.00"}, 422, "total"),
        ({"total": "1.234"}, 422, "total"),
        ({"total": "25.00"}, 409, "total"),
        ({"lines": [{"index": 2}]}, 422, "lines.0.index"),
        ({"lines": [{"index": 0}, {"index": 0}]}, 422, "lines.1.index"),
        ({"lines": [{"index": 0, "quantity": "-1"}]}, 422, "lines.0.quantity"),
        ({"lines": [{"index": 0, "quantity": "2.001"}]}, 409, "lines.0.quantity"),
        ({"total": "1.00", "reason": "angry"}, 422, "reason"),
        ({"totl": "1.00"}, 422, "totl"),
    ],
)
def test_what_is_wrong_is_named(till: ApiClient, jana: Customer, sent: Any, status: int, field: str) -> None:
    purchase = bought(till, jana, lines=LINES)
    answer = till.post(f"purchases/{purchase}/returns", sent)
    assert answer.status_code == status
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert till.get(f"customers/{jana.public_id}/balance").json()["balance"] == 249


def test_purchases_of_another_shop_are_not_found(till: ApiClient, jana: Customer, shop: Shop, other_shop: Shop) -> None:
    purchase = bought(till, jana)
    with other_shop.scope():
        theirs = ApiClient(other_shop.tenant, make_api_key()[1])
    with shop.scope():
        reader = ApiClient(shop.tenant, make_api_key(scopes=["read"])[1])
    assert theirs.post(f"purchases/{purchase}/returns", {"total": "1.00"}).status_code == 404
    assert reader.post(f"purchases/{purchase}/returns", {"total": "1.00"}).status_code == 403


def test_a_receipt_is_credited_once(till: ApiClient, jana: Customer) -> None:
    bought(till, None, receipt_number="R1", store="main")
    path, receipt = f"customers/{jana.public_id}/claims", {"receipt_number": "R1", "total": "24.90"}
    unknown = till.post(path, receipt | {"total": "24.91"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "unknown_receipt")
    answer = till.post(path, receipt | {"store": "main"})
    assert (answer.status_code, answer.json()["points"], answer.json()["balance"]) == (201, 249, 249)
    again = till.post(path, receipt)
    assert (again.status_code, again.json()["code"]) == (409, "already_claimed")
    assert till.post(path, receipt | {"store": "none"}).status_code == 422
