"""Rewards through the API: listed, redeemed once, used once at any till, cancelled once."""

import uuid
from typing import Any

import pytest

from customers.models import Customer
from ledger.models import IdempotencyKey
from rewards.models import Redemption, Reward
from rewards.services import end_reward
from tenants.roles import SYSTEM
from tests.clients import ApiClient
from tests.factories import NOW, Shop, give_points, make_api_key, make_customer, make_reward


@pytest.fixture
def web_shop(shop: Shop) -> ApiClient:
    with shop.scope():
        return ApiClient(shop.tenant, make_api_key(scopes=("read", "write", "redeem"))[1])


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        customer = make_customer(email="jana@example.org")
        give_points(customer, 1_000)
        return customer


@pytest.fixture
def cappuccino(shop: Shop) -> Reward:
    with shop.scope():
        return make_reward()


def wanted(customer: Customer, reward: Reward | None = None, **more: Any) -> dict[str, Any]:
    named = {"reward": str(reward.public_id)} if reward else {}
    return {"customer": {"number": customer.number}, **named, **more}


def test_rewards_are_listed_with_what_a_customer_can_have(
    web_shop: ApiClient, shop: Shop, jana: Customer, cappuccino: Reward
) -> None:
    with shop.scope():
        make_reward(name="Frühstück", points=4_000)
        end_reward(reward=make_reward(name="Beendet"), actor=SYSTEM, now=NOW)
    rows = web_shop.get(f"rewards?customer={jana.public_id}").json()["results"]
    seen = [(row["name"], row["value"], row["redeemable"], row["obstacle"]) for row in rows]
    assert seen == [("Cappuccino", "3.40", True, None), ("Frühstück", "3.40", False, "points")]
    assert len(web_shop.get("rewards").json()["results"]) == 2


def test_a_voucher_is_issued_used_once_and_says_what_to_key_in(
    web_shop: ApiClient, jana: Customer, cappuccino: Reward
) -> None:
    issued = web_shop.post("redemptions", wanted(jana, cappuccino))
    assert issued.status_code == 201
    voucher = issued.json()
    assert (voucher["state"], voucher["points"], voucher["balance"], voucher["value"]) == ("issued", 500, 500, "3.40")
    assert len(voucher["reference"]) == 4
    used = web_shop.post(f"redemptions/{voucher['code']}/use", {"store": "main"})
    assert (used.status_code, used.json()["state"]) == (200, "used")
    assert "3,40" in used.json()["till_text"]
    again = web_shop.post(f"redemptions/{voucher['code']}/use", {})
    assert (again.status_code, again.json()["code"]) == (409, "voucher_used")
    assert again.json()["used_at"]
    (entry, *_) = web_shop.get(f"customers/{jana.public_id}/entries").json()["results"]
    assert (entry["redemption"], entry["points"]) == (voucher["id"], -500)


def test_the_same_key_gives_the_same_voucher_and_no_kept_answer_holds_its_code(
    web_shop: ApiClient, shop: Shop, jana: Customer, cappuccino: Reward
) -> None:
    key = str(uuid.uuid4())
    first = web_shop.post("redemptions", wanted(jana, cappuccino), key=key)
    second = web_shop.post("redemptions", wanted(jana, cappuccino), key=key)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    with shop.scope():
        assert Redemption.objects.count() == 1
        assert first.json()["code"] not in IdempotencyKey.objects.get(answer__contains="issued").answer


def test_cancelling_gives_the_points_back_once(web_shop: ApiClient, jana: Customer, cappuccino: Reward) -> None:
    voucher = web_shop.post("redemptions", wanted(jana, cappuccino)).json()
    cancelled = web_shop.post(f"redemptions/{voucher['id']}/cancel", {})
    assert (cancelled.json()["state"], cancelled.json()["balance"]) == ("cancelled", 1_000)
    again = web_shop.post(f"redemptions/{voucher['id']}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "voucher_cancelled")
    used = web_shop.post(f"redemptions/{voucher['code']}/use", {})
    assert (used.status_code, used.json()["code"]) == (409, "voucher_cancelled")


def test_points_alone_redeem_as_many_as_the_customer_chooses(web_shop: ApiClient, shop: Shop, jana: Customer) -> None:
    none = web_shop.post("redemptions", wanted(jana, points=300))
    assert (none.status_code, none.json()["code"]) == (404, "unknown_reward")
    with shop.scope():
        make_reward(kind=Reward.Kind.AMOUNT, name="Rabatt", points=100, value=100, chooses_points=True)
    voucher = web_shop.post("redemptions", wanted(jana, points=300)).json()
    assert (voucher["points"], voucher["value"]) == (300, "3.00")


def test_too_few_points_a_wrong_code_and_an_empty_wish_are_refused(
    web_shop: ApiClient, shop: Shop, jana: Customer
) -> None:
    with shop.scope():
        dear = make_reward(points=1_001)
    refused = web_shop.post("redemptions", wanted(jana, dear))
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert web_shop.post("redemptions", wanted(jana)).status_code == 422
    unknown = web_shop.post("redemptions/AAAA-AAAA-AAAA-AAAA/use", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_voucher")


def test_a_preview_names_the_rewards_that_can_be_redeemed_now(
    web_shop: ApiClient, shop: Shop, jana: Customer, cappuccino: Reward
) -> None:
    with shop.scope():
        make_reward(name="Ab 50 Euro", min_total=5_000)
    body = {"customer": {"number": jana.number}, "total": "24.90", "currency": "EUR"}
    preview = web_shop.post("purchases/preview", body, key=None).json()
    assert [(reward["name"], reward["value"]) for reward in preview["rewards"]] == [("Cappuccino", "3.40")]


def test_a_key_needs_the_scope_to_redeem_and_stays_in_its_shop(
    shops: tuple[Shop, Shop], jana: Customer, cappuccino: Reward
) -> None:
    with shops[0].scope():
        writer = ApiClient(shops[0].tenant, make_api_key()[1])
    assert writer.post("redemptions", wanted(jana, cappuccino)).status_code == 403
    with shops[1].scope():
        other = ApiClient(shops[1].tenant, make_api_key(scopes=("read", "redeem"))[1])
    assert other.get("rewards").json()["results"] == []
    assert other.post("redemptions", wanted(jana, cappuccino)).status_code == 404
