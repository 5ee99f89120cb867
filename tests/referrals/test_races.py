"""Sixteen at once: one code is claimed once by a friend, one last place is taken once, one cap is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledger import queries as ledger
from ledger.queries import account_of
from referrals.claiming import claim_invitation
from referrals.errors import ExistingCustomer, InvitationsUsedUp
from referrals.models import Channel, Referral, Side, Thanks
from referrals.paying import pay_referral
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_friends_code, make_offer, make_referral
from tests.ledger.test_races_and_failures import at_once

THREADS = 16
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)
State = Referral.State


def in_scope(shop: Shop, act: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with shop.scope():
            return act()

    return run


def test_one_friend_claims_one_code_once(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        code = make_friends_code(make_customer(now=NOW - 90 * DAY))
        friend = make_customer(email="ben@example.org")

    def claim() -> Referral:
        return claim_invitation(friend=friend, code=code, channel=Channel.LINK, actor=SYSTEM, now=NOW)

    results = at_once(*[in_scope(shop, claim)] * THREADS)
    assert len([result for result in results if isinstance(result, Referral)]) == 1, results
    assert {type(result) for result in results if not isinstance(result, Referral)} == {ExistingCustomer}


def test_the_last_place_in_total_is_taken_once(shop: Shop) -> None:
    with shop.scope():
        make_offer(in_total=3)
        anna = make_customer(now=NOW - 90 * DAY)
        code = make_friends_code(anna)
        for _ in range(2):
            make_referral(referrer=anna)
        friends = [make_customer(email=f"friend{number}@example.net") for number in range(THREADS)]

    def claim(number: int) -> Referral:
        return claim_invitation(friend=friends[number], code=code, channel=Channel.LINK, actor=SYSTEM, now=NOW)

    results = at_once(*(in_scope(shop, lambda number=number: claim(number)) for number in range(THREADS)))  # type: ignore[misc]
    assert len([result for result in results if isinstance(result, Referral)]) == 1, results
    assert {type(result) for result in results if not isinstance(result, Referral)} == {InvitationsUsedUp}


def test_the_last_thanks_of_a_cap_are_given_once_and_every_friend_gets_theirs(shop: Shop) -> None:
    with shop.scope():
        make_offer(per_referrer=3)
        anna = make_customer(now=NOW - 400 * DAY)
        due = [
            make_referral(referrer=anna, state=State.DUE, now=NOW + number * 8 * DAY) for number in range(THREADS + 2)
        ]
        for referral in due[THREADS:]:
            assert pay_referral(referral=referral, actor=SYSTEM, now=NOW + 400 * DAY)
        racing = due[:THREADS]

    def pay(number: int) -> bool:
        return pay_referral(referral=racing[number], actor=SYSTEM, now=NOW + 400 * DAY)

    results = at_once(*(in_scope(shop, lambda number=number: pay(number)) for number in range(THREADS)))  # type: ignore[misc]
    assert results == [True] * THREADS
    with shop.scope():
        assert account_of(anna).balance == 3 * 500
        given = Thanks.objects.filter(state=Thanks.State.GIVEN)
        assert given.filter(side=Side.REFERRER).count() == 3
        assert given.filter(side=Side.FRIEND).count() == THREADS + 2
        assert ledger.unsound_accounts() == {}


def test_one_referral_is_paid_once_however_many_workers_pay_it(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna = make_customer(now=NOW - 90 * DAY)
        referral = make_referral(referrer=anna, state=State.DUE)

    def pay() -> bool:
        return pay_referral(referral=referral, actor=SYSTEM, now=NOW + 15 * DAY)

    results = at_once(*[in_scope(shop, pay)] * THREADS)
    assert sorted(results) == [False] * (THREADS - 1) + [True]
    with shop.scope():
        assert account_of(anna).balance == 500
