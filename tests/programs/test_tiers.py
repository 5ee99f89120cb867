"""Holders of tiers when the programme changes: nobody drops below what their points reach, on any screen."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from customers.models import Customer
from events.delivery import deliver, relay_events
from events.models import Delivery, Event
from ledger.models import Account
from ledger.queries import account_of
from programs import tiers
from programs.bulk import PastPurchase, record_past_purchases
from programs.members import Wanted, members
from programs.models import Purchase
from programs.publishing import TierDraft, draft_in_force, publish_program
from programs.queries import preview, standing
from programs.services import void_purchase
from programs.terms import terms_at
from tenants.roles import SYSTEM
from tests.checkout.conftest import open_till
from tests.clients import ApiClient, phone
from tests.factories import NOW, Shop, make_api_key, make_customer, make_purchase

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
AFTER = LATER + timedelta(hours=1)


def plan(*, remove: str = "", **thresholds: int) -> Any:
    """The programme without a tier, or with other thresholds, to be called in a scope."""
    draft = draft_in_force(now=LATER)
    kept = [tier for tier in draft.tiers if tier.name != remove]
    return replace(draft, tiers=[replace(tier, threshold=thresholds.get(tier.name, tier.threshold)) for tier in kept])


def change(*, remove: str = "", **thresholds: int) -> None:
    publish_program(plan(remove=remove, **thresholds), actor=SYSTEM, now=LATER)


def holder(points: int, *, name: str = "Jana") -> Customer:
    """Somebody who has collected so many points; ten for a euro."""
    customer = make_customer(name=name)
    make_purchase(customer=customer, total=points * 10, now=NOW)
    return customer


def tier_of(customer: Customer) -> str:
    return standing(customer, now=AFTER).tier.name


def kept_tier(customer: Customer) -> int | None:
    return account_of(customer).tier_id


def let_tiers_follow(shop: Shop, *, now: datetime = AFTER) -> int:
    """Deliver until nothing is left to deliver; returns how many deliveries the tiers took."""
    count = 0
    while True:
        with shop.scope():
            fresh, _more = relay_events(now=now)
        if not fresh:
            return count
        for delivery_id, attempt in fresh:
            assert deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=now) is None
        with shop.scope():
            ids = [delivery_id for delivery_id, _attempt in fresh]
            count += Delivery.objects.filter(pk__in=ids, handler="programs.handlers.let_tiers_follow").count()


# --- Removed, lowered, raised ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("followed", [False, True])
def test_holders_of_a_removed_tier_hold_the_highest_that_their_points_reach(
    shops: tuple[Shop, Shop], *, followed: bool
) -> None:
    shop, other_shop = shops
    with shop.scope():
        jana, tom = holder(13_000), holder(100, name="Tom")
        change(remove="Platin")
    with other_shop.scope():
        ben = holder(13_000)
    if followed:
        let_tiers_follow(shop)
    with shop.scope():
        after = standing(jana, now=AFTER)
        assert (after.tier.name, after.next_tier) == ("Gold", None)
        assert tier_of(tom) == "Silber"
        award = make_purchase(customer=jana, total=10_000, now=AFTER)
        assert (award.earning.points, award.tier_changed) == (1_250, False)
    with other_shop.scope():
        assert tier_of(ben) == "Platin"


@pytest.mark.parametrize("followed", [False, True])
def test_a_lowered_threshold_counts_at_once_and_a_tier_in_the_middle_may_go(shop: Shop, *, followed: bool) -> None:
    with shop.scope():
        jana, tom = holder(4_000), holder(6_000, name="Tom")
        change(Gold=3_000)
    if followed:
        let_tiers_follow(shop)
    with shop.scope():
        after = standing(jana, now=AFTER)
        assert after.next_tier is not None
        assert (after.tier.name, after.next_tier.tier.name, after.next_tier.missing) == ("Gold", "Platin", 8_000)
        assert make_purchase(customer=jana, total=10_000, now=AFTER).earning.points == 1_250
        publish_program(plan(remove="Gold"), actor=SYSTEM, now=AFTER)
        after = standing(tom, now=AFTER)
        assert after.next_tier is not None
        assert (after.tier.name, after.next_tier.missing) == ("Silber", 6_000)


def test_a_raised_threshold_takes_the_tier_when_the_tiers_have_followed(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        ben = holder(6_000)
    with shop.scope():
        jana = holder(6_000)
        change(Gold=8_000)
    let_tiers_follow(shop)
    with shop.scope():
        assert tier_of(jana) == "Silber"
        event = Event.objects.filter(name="tier.changed").latest("id")
        facts = {"account": account_of(jana).pk, "customer": jana.pk, "tier": kept_tier(jana)}
        assert facts.items() <= event.payload.items()
    with other_shop.scope():
        assert tier_of(ben) == "Gold"


def test_every_surface_knows_the_tier_before_the_tiers_have_followed(shop: Shop, other_shop: Shop) -> None:
    """API, till, portal and the list of customers; the other shop goes on as it was."""
    for one in (shop, other_shop):
        with one.scope():
            jana = holder(13_000)
            key = make_api_key()[1]
            if one is shop:
                change(remove="Platin", Gold=6_000)
        expected, absent = ("Gold", "Platin") if one is shop else ("Platin", "Silber")
        api = ApiClient(one.tenant, key)
        balance = api.get(f"customers/{jana.public_id}/balance").json()
        assert (balance["tier"]["name"], balance["next_tier"]) == (expected, None)
        assert api.get(f"customers/{jana.public_id}").json()["tier"]["name"] == expected
        sale = {"customer": {"number": jana.number}, "total": "100.00", "currency": "EUR"}
        asked, credited = api.post("purchases/preview", sale).json(), api.post("purchases", sale).json()
        assert asked["points"] == credited["points"] == (1_250 if one is shop else 1_500)
        assert (asked["tier"]["name"], credited["tier"]["name"]) == (expected, expected)
        till = open_till(one).page(f"customers/{jana.public_id}/")
        export = phone(jana, one.tenant).get("/privacy/data.json").json()
        assert [account["tier"] for account in export["accounts"]] == [expected]
        for page in (till, phone(jana, one.tenant).get("/").content.decode()):
            assert expected in page
            assert absent not in page


def test_a_voided_purchase_leaves_the_tier_that_the_rest_reaches(shop: Shop) -> None:
    with shop.scope():
        jana = holder(13_000)
        last = make_purchase(customer=jana, total=1_000, now=NOW).purchase
        change(remove="Platin")
        voiding = void_purchase(purchase=last, actor=SYSTEM, now=AFTER)
        assert voiding.tier is not None
        assert (voiding.tier.name, voiding.tier_changed) == ("Gold", False)


# --- The kept tiers follow ------------------------------------------------------------------------------------------


def test_kept_tiers_follow_in_chunks_and_only_where_they_differ(shops: tuple[Shop, Shop], monkeypatch: Any) -> None:
    monkeypatch.setattr(tiers, "AT_ONCE", 2)
    shop, other_shop = shops
    for one in shops:
        with one.scope():
            for number in range(5):
                holder(13_000, name=f"Platin {number}")
            holder(6_000, name="Gold")
    with shop.scope():
        change(remove="Platin")
        gold = terms_at(AFTER).tiers[-1].id
    assert let_tiers_follow(shop) == 3
    with shop.scope():
        assert set(Account.objects.values_list("tier_id", flat=True)) == {gold}
        assert members(Wanted(tier="gold"), now=AFTER).count() == 6
        moved = Event.objects.filter(name="tier.changed", payload__tier=gold)
        assert moved.count() == 6
    assert let_tiers_follow(other_shop) == 0
    with other_shop.scope():
        assert members(Wanted(tier="platin"), now=AFTER).count() == 5


def test_a_chunk_goes_by_the_programme_as_it_is_by_then(shop: Shop) -> None:
    with shop.scope():
        jana = holder(6_000)
        change(Gold=8_000)
        publish_program(plan(Gold=5_500), actor=SYSTEM, now=AFTER)
    let_tiers_follow(shop)
    with shop.scope():
        assert tier_of(jana) == "Gold"
        assert kept_tier(jana) == terms_at(AFTER).tiers[1].id


def test_a_version_with_the_same_tiers_moves_nobody(shop: Shop) -> None:
    with shop.scope():
        publish_program(replace(draft_in_force(now=LATER), points_per_unit=20), actor=SYSTEM, now=LATER)
    assert let_tiers_follow(shop) == 0


# --- What the merchant is told before -------------------------------------------------------------------------------


def test_the_merchant_is_told_who_would_hold_another_tier(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        holder(13_000)
    with shop.scope():
        for points in (13_000, 14_000, 6_000, 4_000, 0):
            holder(points, name=str(points))
        Account.objects.filter(pk=account_of(holder(15_000, name="Left")).pk).update(closed_at=NOW)

        def told(draft: Any) -> set[tuple[str, str, int]]:
            found = tiers.moves(draft.terms(), now=LATER)
            assert found is not None
            return {(move.came_from, move.goes_to, move.customers) for move in found}

        assert tiers.moves(plan().terms(), now=LATER) is None
        assert told(plan(Platin=12_001)) == set()
        assert told(plan(remove="Platin")) == {("Platin", "Gold", 2)}
        assert told(plan(Gold=3_000)) == {("Silber", "Gold", 1)}
        assert told(plan(Gold=8_000, Platin=13_500)) == {("Gold", "Silber", 1), ("Platin", "Gold", 1)}
        draft = plan()
        higher = [TierDraft(None, "Diamant", 13_500, 200, 0), TierDraft(None, "Krone", 14_500, 200, 0)]
        assert told(replace(draft, tiers=[*draft.tiers, *higher])) == {("Platin", "Diamant", 1)}


def test_what_the_merchant_was_told_is_what_comes(shop: Shop) -> None:
    with shop.scope():
        for points in (13_000, 14_000, 6_000, 4_000, 0):
            holder(points, name=str(points))
        found = tiers.moves(plan(Gold=3_000, Platin=20_000).terms(), now=LATER)
        assert found is not None
        told = sum(move.customers for move in found)
        known = Event.objects.filter(name="tier.changed").count()
        change(Gold=3_000, Platin=20_000)
    let_tiers_follow(shop)
    with shop.scope():
        assert Event.objects.filter(name="tier.changed").count() - known == told == 3


# --- Purchases that are reported late -------------------------------------------------------------------------------


def test_a_late_purchase_is_valued_by_its_day_and_judged_by_today(shop: Shop) -> None:
    with shop.scope():
        jana = holder(4_000)
        change(Gold=3_000)
        asked = preview(customer=jana, total=1_000, currency="EUR", actor=SYSTEM, purchased_at=NOW, now=AFTER)
        late = make_purchase(customer=jana, total=1_000, purchased_at=NOW, now=AFTER)
        assert late.purchase.program_version.number == 1
        assert late.earning == asked.earning
        assert asked.standing is not None
        assert asked.standing.tier.name == "Gold"
        assert (late.tier and late.tier.name, late.tier_changed) == ("Gold", False)
        assert tier_of(jana) == "Gold"


def test_a_late_purchase_of_a_tier_that_its_day_did_not_know_earns_by_what_that_day_s_tiers_give(shop: Shop) -> None:
    with shop.scope():
        jana = holder(13_000)
        draft = draft_in_force(now=LATER)
        diamond = TierDraft(None, "Diamant", 12_500, 300, 0)
        publish_program(replace(draft, tiers=[*draft.tiers, diamond]), actor=SYSTEM, now=LATER)
        late = make_purchase(customer=jana, total=1_000, purchased_at=NOW, now=AFTER)
        assert (late.earning.points, late.tier and late.tier.name) == (150, "Diamant")
        assert make_purchase(customer=jana, total=1_000, now=AFTER).earning.points == 300


def test_a_log_of_old_purchases_is_judged_by_today_too(shop: Shop) -> None:
    with shop.scope():
        jana = holder(4_000)
        change(Gold=3_000)
        old = PastPurchase(customer=jana, total=1_000, purchased_at=NOW, import_key=b"1" * 16)
        record_past_purchases([old], actor=SYSTEM, now=AFTER)
        assert Purchase.objects.latest("id").program_version.number == 1
        assert kept_tier(jana) == terms_at(AFTER).tiers[1].id
