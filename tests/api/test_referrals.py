"""Referrals through the API: said once, listed for both sides."""

import uuid

import pytest

from customers.models import Customer
from tests.clients import ApiClient
from tests.factories import (
    NOW,
    Shop,
    make_api_key,
    make_customer,
    make_friends_code,
    make_offer,
    make_referral,
)


@pytest.fixture
def web_shop(shop: Shop) -> ApiClient:
    with shop.scope():
        make_offer()
        return ApiClient(shop.tenant, make_api_key(scopes=("read", "write"))[1])


@pytest.fixture
def anna(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(name="Anna Berg", email="anna@example.org", now=NOW)


def test_a_new_customer_says_by_whom_once(web_shop: ApiClient, shop: Shop, anna: Customer) -> None:
    with shop.scope():
        code = make_friends_code(anna)
    friend = web_shop.post("customers", {"email": "ben@example.org"}).json()
    said = {"code": code.lower(), "customer": {"number": friend["number"]}}
    key = str(uuid.uuid4())
    first, again = (web_shop.post("referrals", said, key=key) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    answer = first.json()
    assert (answer["state"], answer["referrer"], answer["channel"]) == ("waiting", str(anna.public_id), "api")
    other = web_shop.post("referrals", said)
    assert (other.status_code, other.json()["code"]) == (409, "existing_customer")
    unknown = web_shop.post("referrals", said | {"code": "XXXX-XXXX"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_invitation")
    own = web_shop.post("referrals", {"code": code, "customer": {"id": str(anna.public_id)}})
    assert (own.status_code, own.json()["code"]) == (409, "own_invitation")


def test_referrals_are_listed_for_either_side(
    web_shop: ApiClient, shop: Shop, other_shop: Shop, anna: Customer
) -> None:
    with shop.scope():
        rows = [make_referral(referrer=anna) for _ in range(3)]
        friend = rows[0].friend
        assert friend is not None
    listed = web_shop.get("referrals").json()["results"]
    assert [row["id"] for row in listed] == [str(row.public_id) for row in reversed(rows)]
    assert len(web_shop.get(f"referrals?customer={anna.public_id}").json()["results"]) == 3
    assert len(web_shop.get(f"referrals?customer={friend.public_id}&state=waiting").json()["results"]) == 1
    assert web_shop.get("referrals?state=paid").json()["results"] == []
    after = web_shop.get(f"referrals?cursor={rows[1].public_id}").json()["results"]
    assert [row["id"] for row in after] == [str(rows[0].public_id)]
    with other_shop.scope():
        stranger = ApiClient(other_shop.tenant, make_api_key(scopes=("read", "write"))[1])
    assert stranger.get("referrals").json()["results"] == []
    assert stranger.get(f"referrals?customer={anna.public_id}").status_code == 404


def test_a_key_that_only_reads_says_nothing(shop: Shop, web_shop: ApiClient, anna: Customer) -> None:
    with shop.scope():
        reader = ApiClient(shop.tenant, make_api_key(scopes=("read",))[1])
        code = make_friends_code(anna)
    said = {"code": code, "customer": {"number": anna.number}}
    assert reader.post("referrals", said).status_code == 403
    assert reader.get("referrals").status_code == 200
