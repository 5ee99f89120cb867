"""Offers: one in force at a time, what is published stays as it is, seasons come and go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from referrals.errors import OfferEnded, OfferIsPublished
from referrals.invitations import found_invitation, offer_in_force
from referrals.models import ReferralOffer
from referrals.offers import (
    OfferDraft,
    change_offer,
    create_offer,
    discard_offer,
    end_offer,
    publish_offer,
    usual_waiting_days,
)
from referrals.queries import offers, rewards_of
from referrals.wording import conditions_in_words, offer_in_words
from rewards.services import end_reward
from tenants.errors import Invalid
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, change_rules, make_customer, make_friends_code, make_offer, make_reward
from tests.ledger.test_races_and_failures import at_once

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
USUAL = OfferDraft(name="Freunde", referrer_points=500, friend_points=300)


def in_force(*, days: int = 0) -> str:
    offer = offer_in_force(now=NOW + days * DAY)
    return offer.name if offer else ""


def test_a_season_pauses_the_standing_offer_and_another_standing_one_replaces_it(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        standing = make_offer(name="Immer")
        make_offer(name="Advent", starts_at=NOW + 10 * DAY, ends_at=NOW + 20 * DAY)
        assert [in_force(days=days) for days in (0, 10, 19, 20, 99)] == ["Immer", "Advent", "Advent", "Immer", "Immer"]
        make_offer(name="Neu", starts_at=NOW + 30 * DAY)
        assert [in_force(days=days) for days in (29, 30)] == ["Immer", "Neu"]
        standing.refresh_from_db()
        assert standing.ends_at == NOW + 30 * DAY
        make_offer(name="Sofort", now=NOW + 40 * DAY)
        assert set(offers().filter(state="live").values_list("name", flat=True)) >= {"Sofort"}
        assert in_force(days=40) == "Sofort"
    with other_shop.scope():
        assert in_force() == ""


@pytest.mark.django_db(transaction=True)
def test_of_offers_that_are_published_at_once_one_remains(shop: Shop) -> None:
    with shop.scope():
        drafts = [create_offer(draft=replace(USUAL, name=str(number)), actor=SYSTEM, now=NOW) for number in range(6)]

    def act(offer: ReferralOffer) -> ReferralOffer:
        with shop.scope():
            return publish_offer(offer=offer, actor=SYSTEM, now=NOW)

    results = at_once(*(lambda offer=offer: act(offer) for offer in drafts))
    assert {type(result) for result in results} == {ReferralOffer}
    with shop.scope():
        assert ReferralOffer.objects.count() == 6
        assert offer_in_force(now=NOW + DAY) is not None


def test_what_is_published_changes_no_more(shop: Shop) -> None:
    with shop.scope():
        draft = make_offer(publish_now=False)
        changed = change_offer(offer=draft, draft=replace(USUAL, friend_points=400), actor=SYSTEM, now=NOW)
        assert changed.friend_points == 400
        publish_offer(offer=draft, actor=SYSTEM, now=NOW)
        for act in (
            lambda: change_offer(offer=draft, draft=USUAL, actor=SYSTEM, now=NOW),
            lambda: publish_offer(offer=draft, actor=SYSTEM, now=NOW),
            lambda: discard_offer(offer=draft, actor=SYSTEM, now=NOW),
        ):
            with pytest.raises(OfferIsPublished):
                act()
        end_offer(offer=draft, actor=SYSTEM, now=NOW + DAY)
        with pytest.raises(OfferEnded):
            end_offer(offer=draft, actor=SYSTEM, now=NOW + DAY)
        assert in_force(days=1) == ""


def test_a_draft_can_be_thrown_away(shop: Shop) -> None:
    with shop.scope():
        offer = make_offer(publish_now=False, friend_points=0, friend_rewards=[make_reward()])
        discard_offer(offer=offer, actor=SYSTEM, now=NOW)
        assert not offers().exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"partner": "Laura"}, "code"),
        ({"code": "ab"}, "code"),
        ({"friend_points": -1}, "friend_points"),
        ({"smallest_purchase": -1}, "smallest_purchase"),
        ({"waiting_days": 999}, "waiting_days"),
        ({"per_referrer": 0}, "per_referrer"),
        ({"starts_at": NOW, "ends_at": NOW}, "ends_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(shop: Shop, changes: dict[str, Any], field: str) -> None:
    with shop.scope():
        with pytest.raises(Invalid) as refused:
            create_offer(draft=replace(USUAL, **changes), actor=SYSTEM, now=NOW)
        assert refused.value.field == field


def test_a_side_gets_points_or_rewards_that_are_offered(shop: Shop) -> None:
    with shop.scope():
        cake, gone = make_reward(), make_reward(name="Tee")
        gone = end_reward(reward=gone, actor=SYSTEM, now=NOW)
        for rewards, points in (([cake], 300), ([gone], 0)):
            with pytest.raises(Invalid) as refused:
                make_offer(friend_points=points, friend_rewards=rewards)
            assert refused.value.field == "friend_rewards"


def test_an_offer_of_nothing_is_none(shop: Shop) -> None:
    with shop.scope():
        with pytest.raises(Invalid):
            make_offer(referrer_points=0, friend_points=0)
        with pytest.raises(Invalid):
            make_offer(ends_at=NOW - DAY)


def test_codes_of_campaigns_are_taken_once_while_they_run(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        first = make_offer(code="LAURA", partner="Laura")
        with pytest.raises(Invalid):
            make_offer(code="laura")
        end_offer(offer=first, actor=SYSTEM, now=NOW + DAY)
        again = make_offer(code="Lau-ra", now=NOW + 2 * DAY)
        assert found_invitation("laura", now=NOW + 2 * DAY).offer == again
        with pytest.raises(Invalid):
            make_offer(code=make_friends_code(make_customer()))
    with other_shop.scope():
        assert make_offer(code="LAURA").code == "LAURA"


def test_the_offer_is_told_in_one_sentence_with_what_it_asks_for(shop: Shop) -> None:
    with shop.scope():
        cake, tea = make_reward(name="Kuchen"), make_reward(name="Tee")
        offer = make_offer(friend_points=0, friend_rewards=[cake, tea], smallest_purchase=1_000, ends_at=NOW + 10 * DAY)
        said = offer_in_words(offer, rewards_of(offer))
        assert said == "Wer eingeladen ist, bekommt Kuchen oder Tee; wer einlädt, bekommt 500 Punkte."
        assert len(conditions_in_words(offer)) == 4


def test_the_usual_wait_is_that_of_the_programmes_own_points(shop: Shop) -> None:
    with shop.scope():
        assert usual_waiting_days(now=NOW) == 14
        change_rules(pending_days=30)
        assert usual_waiting_days(now=NOW) == 30
