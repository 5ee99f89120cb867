"""Adjusting points and joining customers by machine: once per key, by the same services as the back office."""

import uuid
from typing import Any

import pytest

from customers.consents import give
from customers.models import Consent, Customer, Note, Via
from events.models import Event
from ledger.models import Entry
from ledger.queries import unsound_accounts
from tenants.roles import SYSTEM
from tests.clients import ApiClient
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase


@pytest.fixture
def till(shop: Shop) -> ApiClient:
    with shop.scope():
        return ApiClient(shop.tenant, make_api_key()[1])


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(email="jana@example.org")


@pytest.fixture
def twin(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(phone="0151 1234567")


def test_points_are_adjusted_once_per_key(till: ApiClient, jana: Customer, shop: Shop) -> None:
    path, body = f"customers/{jana.public_id}/adjustments", {"points": 200, "reason": "forgotten"}
    first, again = (till.post(path, body, key="k1") for _ in range(2))
    assert (first.status_code, first.json()) == (201, {"seq": 1, "points": 200, "balance": 200, "pending": 0})
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    taken = till.post(path, {"points": -50, "reason": "wrong_booking"}).json()
    assert (taken["seq"], taken["balance"]) == (2, 150)
    entries = till.get(f"customers/{jana.public_id}/entries").json()["results"]
    assert [(entry["kind"], entry["points"], entry["explanation"]) for entry in entries] == [
        ("adjust", -50, "Korrekturbuchung: Falsche Buchung"),
        ("adjust", 200, "Korrekturbuchung: Karte vergessen"),
    ]
    with shop.scope():
        assert Event.objects.filter(name="points.adjusted").count() == 2
        assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"points": -1, "reason": "other"}, 409, "insufficient_points"),
        ({"points": 0, "reason": "other"}, 422, "invalid"),
        ({"points": 1_000_001, "reason": "other"}, 422, "invalid"),
        ({"points": "many", "reason": "other"}, 422, "invalid"),
        ({"points": 1.5, "reason": "other"}, 422, "invalid"),
        ({"points": 1, "reason": "because"}, 422, "invalid"),
        ({"points": 1}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
def test_a_bad_adjustment_is_refused_and_nothing_is_booked(
    till: ApiClient, jana: Customer, shop: Shop, body: dict[str, Any], status: int, code: str
) -> None:
    answer = till.post(f"customers/{jana.public_id}/adjustments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with shop.scope():
        assert not Entry.objects.exists()


def test_two_customers_become_one_once_per_key(till: ApiClient, jana: Customer, twin: Customer, shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=jana, total=1_000)
        card = till.get(f"customers/{jana.public_id}").json()["card"]
    path, body = f"customers/{jana.public_id}/merge", {"into": str(twin.public_id)}
    first, again = (till.post(path, body, key="k1") for _ in range(2))
    assert first.status_code == 200
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    remaining = first.json()
    assert (remaining["id"], remaining["number"], remaining["balance"]) == (str(twin.public_id), twin.number, 100)
    assert (remaining["email"], remaining["phone"]) == ("jana@example.org", "+491511234567")
    found = till.get(f"customers?number={jana.number}").json()["results"]
    assert [customer["id"] for customer in found] == [str(twin.public_id)]
    sale = {"customer": {"card": card}, "total": "1.00", "currency": "EUR"}
    assert till.post("purchases", sale).json()["balance"] == 110
    with shop.scope():
        assert unsound_accounts() == {}


def test_a_till_finds_who_remains_by_either_external_id_and_enrols_nobody_twice(
    till: ApiClient, jana: Customer, twin: Customer
) -> None:
    for customer, reference in ((jana, "crm-1"), (twin, "crm-2")):
        till.patch(f"customers/{customer.public_id}", {"external_id": reference})
    till.post(f"customers/{jana.public_id}/merge", {"into": str(twin.public_id)})
    for reference in ("crm-1", "crm-2"):
        sale = {"customer": {"external_id": reference}, "total": "1.00", "currency": "EUR"}
        assert till.post("purchases", sale).status_code == 201
        found = till.get(f"customers?external_id={reference}").json()["results"]
        assert [customer["id"] for customer in found] == [str(twin.public_id)]
        again = till.post("customers", {"external_id": reference}, key=None)
        assert (again.status_code, again.json()["customer"]) == (409, str(twin.public_id))


def test_who_has_been_joined_is_not_there_any_more(till: ApiClient, jana: Customer, twin: Customer) -> None:
    gone = f"customers/{jana.public_id}"
    till.post(f"{gone}/merge", {"into": str(twin.public_id)})
    for answer in (
        till.get(gone),
        till.get(f"{gone}/balance"),
        till.get(f"{gone}/entries"),
        till.patch(gone, {"name": "Back"}),
        till.delete(gone),
        till.post(f"{gone}/adjustments", {"points": 1, "reason": "other"}),
        till.post(f"{gone}/merge", {"into": str(twin.public_id)}),
        till.post("purchases", {"customer": {"id": str(jana.public_id)}, "total": "1.00", "currency": "EUR"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_customer")
    back = till.post(f"customers/{twin.public_id}/merge", {"into": str(jana.public_id)})
    assert (back.status_code, back.json()["errors"][0]["field"]) == (404, "into")


def test_nobody_is_joined_with_themselves_nobody_or_somebody_of_another_shop(
    till: ApiClient, jana: Customer, other_shop: Shop
) -> None:
    with other_shop.scope():
        elsewhere = make_customer()
    path = f"customers/{jana.public_id}/merge"
    for into, status, code in (
        (str(jana.public_id), 422, "same_customer"),
        (str(elsewhere.public_id), 404, "unknown_customer"),
        (str(uuid.uuid4()), 404, "unknown_customer"),
        ("x", 422, "invalid"),
        (None, 422, "invalid"),
    ):
        answer = till.post(path, {"into": into})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["errors"][0]["field"] == "into"


def test_both_calls_need_a_key_and_the_scope(till: ApiClient, jana: Customer, twin: Customer, shop: Shop) -> None:
    with shop.scope():
        reader = ApiClient(shop.tenant, make_api_key(scopes=["read"])[1])
    for path, body in (
        (f"customers/{jana.public_id}/adjustments", {"points": 1, "reason": "other"}),
        (f"customers/{jana.public_id}/merge", {"into": str(twin.public_id)}),
    ):
        assert till.post(path, body, key=None).json()["code"] == "idempotency_key_required"
        assert reader.post(path, body).status_code == 403


def test_a_consent_ends_with_the_address_that_a_machine_changes(till: ApiClient, twin: Customer, shop: Shop) -> None:
    with shop.scope():
        give(customer=twin, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=NOW)
    till.patch(f"customers/{twin.public_id}", {"name": "Jana", "phone": twin.phone})
    with shop.scope():
        assert Consent.objects.get().withdrawn_at is None
    till.patch(f"customers/{twin.public_id}", {"phone": "0151 7654321"})
    with shop.scope():
        assert Consent.objects.get().withdrawn_via == "address"
