"""Stamp cards: at the till, on the customer's phone and in the back office."""

from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from programs.rules import Per, StampCard
from programs.stamps import add_stamps
from tenants.roles import SYSTEM
from tests.clients import phone
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House
from tests.factories import COFFEE_CARD, make_customer, offer_cards

VISITS = StampCard(name="Treuepass", per=Per.VISIT, needed=20, reward="Ein Frühstück für zwei", expiry_months=6)


@cache
def stamping(_exhibition: Exhibition) -> House:
    """A shop with two cards; Jana has something on both."""
    house = people.open_house("galerie-stempel")
    with house.shop.scope():
        now = timezone.now()
        offer_cards(COFFEE_CARD, VISITS, now=now)
        for card, counts in (("card-1", (5, 2)), ("card-2", (10, 3))):
            for count in counts:
                add_stamps(customer=house.jana, card=card, count=count, actor=SYSTEM, now=now)
    return house


@cache
def till(exhibition: Exhibition) -> Cookies:
    return people.bound_till(stamping(exhibition))


def guest(visit: Visit, stamps: tuple[int, ...] = ()) -> Customer:
    """Somebody with so many stamps on the coffee card."""
    with stamping(visit.exhibition).shop.scope():
        fresh = make_customer(name="Mila Wolf", now=timezone.now())
        for count in stamps:
            add_stamps(customer=fresh, card="card-1", count=count, actor=SYSTEM, now=timezone.now())
    return fresh


def at_the_till(visit: Visit, customer: Customer) -> None:
    house = stamping(visit.exhibition)
    visit.carry(people.staffed_till(house, till(visit.exhibition)), at=house.url)
    visit.open(f"/checkout/customers/{customer.public_id}/", at=house.url)
    expect(visit.page.locator(".stampcard").first).to_be_visible()


def in_the_portal(visit: Visit, customer: Customer, path: str) -> None:
    house = stamping(visit.exhibition)
    visit.carry(people.cookies(phone(customer, house.shop.tenant)), at=house.url)
    visit.open(path, at=house.url)


def in_the_back_office(visit: Visit, path: str) -> None:
    house = stamping(visit.exhibition)
    visit.carry(people.signed_in_member(house.shop, house.owner), at=house.url)
    visit.open(f"/backoffice/{path}", at=house.url)


@state
def checkout_amount_stamps(visit: Visit) -> None:
    at_the_till(visit, stamping(visit.exhibition).jana)


@state
def checkout_amount_stamps_full(visit: Visit) -> None:
    at_the_till(visit, guest(visit, (5, 5, 1)))


@state
def checkout_amount_stamps_refused(visit: Visit) -> None:
    at_the_till(visit, guest(visit))
    visit.page.locator(".stampcard__tap").first.evaluate("button => { button.value = 9; }")
    visit.page.locator(".stampcard__tap").first.click()
    expect(visit.page.locator(".till__news")).to_be_visible()


@state
def checkout_stamped(visit: Visit) -> None:
    at_the_till(visit, guest(visit, (3,)))
    visit.page.locator(".stampcard__tap").nth(1).click()
    expect(visit.page.locator(".done__card")).to_be_visible()


@state
def checkout_stamped_full(visit: Visit) -> None:
    at_the_till(visit, guest(visit, (4, 5)))
    visit.page.locator(".stampcard__tap").first.click()
    expect(visit.page.get_by_role("button", name="Karte einlösen")).to_be_visible()


@state
def checkout_stamped_redeemed(visit: Visit) -> None:
    checkout_stamped_full(visit)
    visit.page.get_by_role("button", name="Karte einlösen").click()
    expect(visit.page.locator(".done__news")).to_be_visible()


@state
def checkout_stamped_undone(visit: Visit) -> None:
    checkout_stamped_redeemed(visit)
    visit.page.locator(".undo").click()
    expect(visit.page.locator(".done__tick--void")).to_be_visible()


@state
def checkout_find_undo_stamps(visit: Visit) -> None:
    checkout_stamped(visit)
    visit.open("/checkout/", at=stamping(visit.exhibition).url)
    expect(visit.page.locator(".undo")).to_be_visible()


@state
def checkout_day_stamps(visit: Visit) -> None:
    checkout_stamped_undone(visit)
    visit.open("/checkout/purchases/", at=stamping(visit.exhibition).url)


@state
def portal_home_stamps(visit: Visit) -> None:
    in_the_portal(visit, stamping(visit.exhibition).jana, "/")


@state
def portal_home_stamps_full(visit: Visit) -> None:
    in_the_portal(visit, guest(visit, (5, 5)), "/")


@state
def portal_stamps(visit: Visit) -> None:
    in_the_portal(visit, stamping(visit.exhibition).jana, "/stamps/card-2/")


@state
def portal_stamps_none(visit: Visit) -> None:
    in_the_portal(visit, guest(visit), "/stamps/card-1/")


@state
def backoffice_customer_stamps(visit: Visit) -> None:
    jana = stamping(visit.exhibition).jana
    in_the_back_office(visit, f"customers/{jana.public_id}/stamps/?card=card-2")


@state
def backoffice_customer_stamps_none(visit: Visit) -> None:
    visit.as_owner()
    visit.open(f"/backoffice/customers/{visit.house.jana.public_id}/stamps/")


@state
def backoffice_programme_offers_stamps(visit: Visit) -> None:
    in_the_back_office(visit, "programme/steps/offers/")
    expect(visit.page.locator("#stamp-cards")).to_be_visible()


@state
def backoffice_stamp_card(visit: Visit) -> None:
    in_the_back_office(visit, "programme/stamp-cards/1/")


@state
def backoffice_stamp_card_new(visit: Visit) -> None:
    in_the_back_office(visit, "programme/stamp-cards/new/")


@state
def backoffice_stamp_card_refused(visit: Visit) -> None:
    backoffice_stamp_card_new(visit)
    visit.fill(name="Kaffeekarte", reward="1 Kaffee gratis", needed="1")
    visit.refused()
