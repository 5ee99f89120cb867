"""Sixteen at once want the last one: exactly one gets it, round after round."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from customers.models import Customer
from ledger import queries as ledger
from ledger.errors import InsufficientPoints
from rewards.errors import RewardUnavailable, VoucherUsed, WrongShownCode
from rewards.models import Redemption, Reward
from rewards.presence import code_to_show, prove_presence
from rewards.redeeming import use_voucher
from tenants.errors import Busy
from tenants.roles import SYSTEM, Actor
from tests.factories import CAPPUCCINO, NOW, Shop, give_points, make_customer, make_redemption, make_reward
from tests.ledger.test_races_and_failures import at_once

THREADS = 16
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--race-rounds")


def in_scope(shop: Shop, act: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with shop.scope():
            return act()

    return run


def customers(shop: Shop) -> list[Customer]:
    with shop.scope():
        found = [make_customer() for _ in range(THREADS)]
        for customer in found:
            give_points(customer, 10_000)
    return found


def refusals(results: list[Any], won: type) -> list[type]:
    """Of the losers, and that one alone has won."""
    assert len([result for result in results if isinstance(result, won)]) == 1, results
    return sorted({type(result) for result in results if not isinstance(result, won)}, key=str)


@pytest.mark.parametrize("what", ["stock", "places"])
def test_the_last_one_is_taken_once(shop: Shop, rounds: int, what: str) -> None:
    wanting = customers(shop)
    draft = replace(CAPPUCCINO, points=1, stock=1)
    if what == "places":
        begins = NOW.replace(year=2027)
        draft = replace(draft, kind=Reward.Kind.EVENT, event_at=begins, event_ends_at=begins + timedelta(hours=2))
    for _ in range(rounds):
        with shop.scope():
            reward = make_reward(draft)

        def take(customer: Customer, reward: Reward = reward) -> Redemption:
            return make_redemption(customer=customer, reward=reward)

        results = at_once(*(in_scope(shop, lambda who=customer: take(who)) for customer in wanting))  # type: ignore[misc]
        assert refusals(results, Redemption) == [RewardUnavailable]
        with shop.scope():
            reward.refresh_from_db()
            assert (reward.stock, Redemption.objects.filter(reward=reward).count()) == (0, 1)
            assert ledger.unsound_accounts() == {}


def test_a_voucher_is_redeemed_once_however_many_tills_try(shop: Shop, rounds: int) -> None:
    """Case 14."""
    with shop.scope():
        jana, reward = make_customer(), make_reward(points=1)
        give_points(jana, 10_000)
    for _ in range(rounds):
        with shop.scope():
            voucher = make_redemption(customer=jana, reward=reward)

        def use(voucher: Redemption = voucher) -> Redemption:
            return use_voucher(redemption=voucher, actor=SYSTEM, now=NOW)

        assert refusals(at_once(*[in_scope(shop, use)] * THREADS), Redemption) == [VoucherUsed]


def test_a_code_on_the_phone_proves_once(shop: Shop, rounds: int) -> None:
    with shop.scope():
        people = [make_customer() for _ in range(rounds)]
    for person in people:
        with shop.scope():
            code = code_to_show(person, now=NOW)

        def prove(code: str = code, till: str = f"till:{person.pk}") -> Customer:
            return prove_presence(text=code, actor=Actor(reference=till), now=NOW)

        assert refusals(at_once(*[in_scope(shop, prove)] * THREADS), Customer) == [WrongShownCode]


def test_the_last_hundred_points_are_spent_once(shop: Shop, rounds: int) -> None:
    """Case 13."""
    with shop.scope():
        jana, reward = make_customer(), make_reward(points=100)
    for _ in range(rounds):
        with shop.scope():
            give_points(jana, 100)

        def take() -> Redemption:
            return make_redemption(customer=jana, reward=reward)

        losers = refusals(at_once(*[in_scope(shop, take)] * THREADS), Redemption)
        assert set(losers) <= {InsufficientPoints, Busy}
        with shop.scope():
            assert ledger.figures(ledger.account_of(jana), now=NOW).balance == 0
