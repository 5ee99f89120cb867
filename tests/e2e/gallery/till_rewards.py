"""Rewards and vouchers at the till."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from rewards.codes import spelled, voucher_code
from rewards.models import Redemption, Reward
from rewards.photos import keep_photo
from rewards.presence import code_to_show
from rewards.redeeming import use_voucher
from tests.backoffice.test_rewards import picture
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House
from tests.factories import CAPPUCCINO, PIN, give_points, make_customer, make_redemption, make_reward


@dataclass(frozen=True)
class Counter:
    """A shop with every kind of reward; the voucher of each guest is made where it is shown."""

    house: House
    till: Cookies
    cappuccino: Reward
    breakfast: Reward
    discount: Reward
    cookie: Reward
    evening: Reward


@cache
def counter(_exhibition: Exhibition) -> Counter:
    house = people.open_house("galerie-praemien")
    begins = timezone.now() + timedelta(days=9)
    draft = replace(CAPPUCCINO, icon="cup")
    with house.shop.scope():
        made = {
            "cappuccino": offer(draft, description="Auch mit Hafermilch.", min_total=500),
            "breakfast": offer(draft, name="Frühstück für zwei", points=2_400, value=2_480),
            "discount": offer(
                draft, kind=Reward.Kind.AMOUNT, name="Rabatt", icon="euro", points=100, value=100, chooses_points=True
            ),
            "cookie": offer(draft, way=Reward.Way.STAFF, kind=Reward.Kind.GIFT, name="Keks", icon="gift", value=None),
            "evening": offer(
                draft,
                kind=Reward.Kind.EVENT,
                name="Kaffeeabend",
                icon="users",
                points=300,
                stock=12,
                event_at=begins,
                event_ends_at=begins + timedelta(hours=3),
            ),
        }
        give_points(house.jana, 500, now=timezone.now())
        Reward.objects.filter(pk=made["evening"].pk).update(photo=keep_photo(picture(400).getvalue()))
    return Counter(house, people.bound_till(house), **made)


def offer(draft: Any, **changes: Any) -> Reward:
    return make_reward(draft, now=people.ago(days=1), **changes)


def guest(visit: Visit, points: int = 2_000) -> Customer:
    with counter(visit.exhibition).house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=people.ago(hours=1))
        if points:
            give_points(fresh, points, now=timezone.now())
    return fresh


def at_the_till(visit: Visit, path: str = "") -> None:
    at = counter(visit.exhibition)
    visit.carry(people.staffed_till(at.house, at.till), at=at.house.url)
    visit.open(f"/checkout/{path}", at=at.house.url)


def scan(visit: Visit, text: str) -> None:
    """As a hand scanner types it."""
    visit.page.keyboard.type(text)
    visit.page.keyboard.press("Enter")


def show_phone(visit: Visit, customer: Customer) -> None:
    with counter(visit.exhibition).house.shop.scope():
        code = code_to_show(customer, now=timezone.now())
    scan(visit, code)
    expect(visit.page.locator("[name=amount]")).to_be_visible()


def open_reward(visit: Visit, customer: Customer, reward: Reward) -> None:
    visit.open(
        f"/checkout/customers/{customer.public_id}/rewards/{reward.public_id}/",
        at=counter(visit.exhibition).house.url,
    )
    expect(visit.page.locator(".offer")).to_be_visible()


def issued(visit: Visit, customer: Customer, reward: Reward) -> tuple[Redemption, str]:
    with counter(visit.exhibition).house.shop.scope():
        voucher = make_redemption(customer=customer, reward=reward, now=timezone.now())
        return voucher, spelled(voucher_code(voucher))


def scan_voucher(visit: Visit, code: str) -> None:
    at_the_till(visit)
    expect(visit.page.locator("[data-camera][data-state=ask]")).to_be_visible()
    scan(visit, code)
    expect(visit.page.locator(".offer")).to_be_visible()


@state
def checkout_amount_rewards(visit: Visit) -> None:
    at_the_till(visit, f"customers/{counter(visit.exhibition).house.jana.public_id}/")
    expect(visit.page.locator(".redeem")).to_be_visible()


@state
def checkout_amount_surprise(visit: Visit) -> None:
    at_the_till(visit, f"customers/{guest(visit, 0).public_id}/")
    expect(visit.page.locator(".redeem")).to_be_visible()


@state
def checkout_amount_code_over(visit: Visit) -> None:
    mila = guest(visit)
    with counter(visit.exhibition).house.shop.scope():
        code = code_to_show(mila, now=people.ago(minutes=3))
    at_the_till(visit)
    expect(visit.page.locator("[data-camera][data-state=ask]")).to_be_visible()
    scan(visit, code)
    expect(visit.page.locator(".till__news")).to_be_visible()


@state
def checkout_rewards(visit: Visit) -> None:
    mila = guest(visit)
    issued(visit, mila, counter(visit.exhibition).cappuccino)
    at_the_till(visit, f"customers/{mila.public_id}/rewards/")


@state
def checkout_rewards_none(visit: Visit) -> None:
    """Nobody without points has anything to choose, whatever else this shop offers."""
    with visit.house.shop.scope():
        fresh = make_customer(name="Mila Wolf", now=people.ago(hours=1))
    visit.as_staff()
    visit.open(f"/checkout/customers/{fresh.public_id}/rewards/")
    expect(visit.page.get_by_text("Zurzeit nichts einzulösen")).to_be_visible()


@state
def checkout_reward(visit: Visit) -> None:
    mila = guest(visit)
    at_the_till(visit)
    show_phone(visit, mila)
    open_reward(visit, mila, counter(visit.exhibition).cappuccino)


@state
def checkout_reward_pin(visit: Visit) -> None:
    at_the_till(visit)
    open_reward(visit, guest(visit), counter(visit.exhibition).cappuccino)


@state
def checkout_reward_refused(visit: Visit) -> None:
    checkout_reward_pin(visit)
    visit.fill(pin="0000")
    visit.refused()


@state
def checkout_reward_choice(visit: Visit) -> None:
    at_the_till(visit)
    open_reward(visit, guest(visit), counter(visit.exhibition).discount)
    visit.page.locator("[name=points]").click()
    for key in ("Letzte Ziffer löschen", "Letzte Ziffer löschen", "5"):
        visit.page.get_by_role("button", name=key, exact=True).click()
    expect(visit.page.locator(".offer__key-in")).to_contain_text("1,05")


@state
def checkout_reward_phone(visit: Visit) -> None:
    at_the_till(visit)
    open_reward(visit, guest(visit, 3_000), counter(visit.exhibition).breakfast)


@state
def checkout_reward_too_dear(visit: Visit) -> None:
    at_the_till(visit)
    open_reward(visit, guest(visit, 100), counter(visit.exhibition).breakfast)


@state
def checkout_reward_surprise(visit: Visit) -> None:
    at_the_till(visit)
    open_reward(visit, guest(visit), counter(visit.exhibition).cookie)


@state
def checkout_redeemed(visit: Visit) -> None:
    checkout_reward_pin(visit)
    visit.fill(pin=PIN)
    expect(visit.page.locator(".done__reference")).to_be_visible()


@state
def checkout_redeemed_undone(visit: Visit) -> None:
    checkout_redeemed(visit)
    visit.page.locator(".undo").click()
    expect(visit.page.locator(".done__tick--void")).to_be_visible()


@state
def checkout_redeemed_guest(visit: Visit) -> None:
    checkout_voucher_event(visit)
    visit.page.get_by_role("button", name="Einlassen").click()
    expect(visit.page.locator(".done__reference")).to_be_visible()


@state
def checkout_find_undo_redemption(visit: Visit) -> None:
    checkout_redeemed(visit)
    visit.open("/checkout/", at=counter(visit.exhibition).house.url)
    expect(visit.page.locator(".undo")).to_be_visible()


@state
def checkout_find_for_reward(visit: Visit) -> None:
    checkout_reward_phone(visit)
    visit.page.get_by_role("link", name="Code auf dem Handy scannen").click()
    expect(visit.page.locator(".find")).to_be_visible()


@state
def checkout_voucher(visit: Visit) -> None:
    _voucher, code = issued(visit, guest(visit), counter(visit.exhibition).cappuccino)
    scan_voucher(visit, code)


@state
def checkout_voucher_pin(visit: Visit) -> None:
    voucher, _code = issued(visit, guest(visit), counter(visit.exhibition).cappuccino)
    at_the_till(visit, f"vouchers/{voucher.public_id}/")


@state
def checkout_voucher_event(visit: Visit) -> None:
    _voucher, code = issued(visit, guest(visit), counter(visit.exhibition).evening)
    scan_voucher(visit, code)


@state
def checkout_voucher_used(visit: Visit) -> None:
    at = counter(visit.exhibition)
    voucher, code = issued(visit, guest(visit), at.cappuccino)
    with at.house.shop.scope():
        use_voucher(
            redemption=voucher, store=at.house.shop.store, actor=people.mia_at_the_till(at.house), now=people.ago()
        )
    scan_voucher(visit, code)


@state
def checkout_day_rewards(visit: Visit) -> None:
    checkout_redeemed_undone(visit)
    visit.open("/checkout/purchases/", at=counter(visit.exhibition).house.url)


@state
def checkout_redemptions(visit: Visit) -> None:
    checkout_redeemed_undone(visit)
    visit.open("/checkout/redemptions/", at=counter(visit.exhibition).house.url)


@state
def checkout_redemptions_none(visit: Visit) -> None:
    visit.as_staff()
    visit.open("/checkout/redemptions/")
