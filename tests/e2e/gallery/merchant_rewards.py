"""Rewards at the desk: the catalogue, the form with its preview, the guests of an event and the reconciliation."""

from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from rewards.door import check_in
from rewards.models import Redemption, Reward
from rewards.redeeming import cancel_redemption, redeem_at_till
from tenants.roles import SYSTEM
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.factories import give_points, make_customer, make_redemption, make_reward


@cache
def event(exhibition: Exhibition) -> Reward:
    """With somebody who has come, somebody who is expected, and vouchers of every state."""
    shop, now = exhibition.house.shop, timezone.now()
    begins = now + timedelta(days=9)
    with shop.scope():
        course = make_reward(
            kind=Reward.Kind.EVENT,
            name="Latte-Art-Kurs",
            icon="star",
            points=200,
            stock=8,
            event_at=begins,
            event_ends_at=begins + timedelta(hours=2),
            event_place="Altstadt",
            now=now,
        )
        cup = make_reward(icon="cup", points=100, now=now)
        guests = [make_customer(name=name, now=now) for name in ("Nele Brandt", "Wanda Peters")]
        for guest in guests:
            give_points(guest, 2_000, now=now)
            make_redemption(customer=guest, reward=cup, now=now)
        places = [make_redemption(customer=guest, reward=course, now=now) for guest in guests]
        check_in(redemption=places[-1], actor=SYSTEM, now=now)
        facts: dict[str, Any] = {"store": shop.store, "actor": SYSTEM, "presence": Redemption.Presence.CODE, "now": now}
        redeem_at_till(customer=guests[0], reward=cup, **facts)
        mistaken = redeem_at_till(customer=guests[0], reward=cup, **facts)
        cancel_redemption(redemption=mistaken.redemption, actor=SYSTEM, now=now)
    return course


def guest(visit: Visit) -> Customer:
    course = event(visit.exhibition)
    with visit.house.shop.scope():
        return Redemption.objects.filter(reward=course).select_related("customer").order_by("pk")[0].customer


@state
def backoffice_rewards(visit: Visit) -> None:
    event(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/rewards/")


@state
def backoffice_rewards_none_ended(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/rewards/?show=ended")


@state
def backoffice_rewards_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/rewards/", at=shop.tenant.url)


@state
def backoffice_reward_limit_refused(visit: Visit) -> None:
    backoffice_rewards(visit)
    visit.fill(value="viel")
    visit.refused()


@state
def backoffice_reward(visit: Visit) -> None:
    course = event(visit.exhibition)
    visit.as_owner()
    visit.open(f"/backoffice/rewards/{course.public_id}/")


@state
def backoffice_reward_end(visit: Visit) -> None:
    backoffice_reward(visit)
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_reward_new(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/rewards/new/")
    visit.page.locator("details.own summary").click()


@state
def backoffice_reward_tried(visit: Visit) -> None:
    """The preview follows what is typed."""
    visit.as_owner()
    visit.open("/backoffice/rewards/new/")
    for name, text in {"name": "Cappuccino", "points": "500", "value": "3,40", "cost": "0,75"}.items():
        visit.page.locator(f"main [name={name}]").fill(text)
    expect(visit.page.locator("#reward-preview .tillbox b")).to_contain_text("3,40")


@state
def backoffice_reward_refused(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/rewards/new/")
    visit.page.locator("[name=action][value=publish]").click()
    expect(visit.page.locator(".errsum")).to_be_visible()


@state
def backoffice_reward_change(visit: Visit) -> None:
    course = event(visit.exhibition)
    visit.as_owner()
    visit.open(f"/backoffice/rewards/{course.public_id}/change/")


@state
def backoffice_handed_out(visit: Visit) -> None:
    event(visit.exhibition)
    visit.as_owner()
    visit.open("/backoffice/rewards/handed-out/")


@state
def backoffice_handed_out_nothing(visit: Visit) -> None:
    visit.as_owner()
    visit.open("/backoffice/rewards/handed-out/?on=2020-02-03")


@state
def backoffice_customer_vouchers(visit: Visit) -> None:
    person = guest(visit)
    visit.as_owner()
    visit.open(f"/backoffice/customers/{person.public_id}/vouchers/")
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_customer_vouchers_none(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.house.timo.public_id}/vouchers/")
