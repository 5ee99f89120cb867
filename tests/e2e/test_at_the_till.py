"""More than crediting at the till, followed to the customer's phone: goods that come back, and stamps."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from programs.services import LineItem
from tests.clients import phone
from tests.e2e.browsing import carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, bound_till, cookies, staffed_till
from tests.factories import COFFEE_CARD, make_purchase, offer_cards

pytestmark = pytest.mark.e2e
BOUGHT = (
    LineItem(total=1_180, quantity=Decimal(4), name="Cappuccino", category="Kaffee"),
    LineItem(total=350, name="Croissant"),
)


@pytest.fixture
def till(page: Page, house: House) -> Page:
    """Signed on, with Timo's card scanned."""
    carry(staffed_till(house, bound_till(house)), to=house.url, context=page.context)
    return page


@pytest.fixture
def mobile(open_browser: OpenBrowser, house: House) -> Page:
    """Timo's own, signed in to the portal."""
    page = open_browser()
    carry(cookies(phone(house.timo, house.shop.tenant)), to=house.url, context=page.context)
    return page


def scan(till: Page, house: House, customer: Customer) -> None:
    till.goto(f"{house.url}/checkout/customers/{customer.public_id}/")


def test_a_cashier_takes_a_part_of_a_purchase_back_and_the_customer_sees_why_points_are_gone(
    till: Page, mobile: Page, house: House
) -> None:
    with house.shop.scope():
        make_purchase(customer=house.timo, total=1_530, store=house.shop.store, lines=BOUGHT, now=timezone.now())
    scan(till, house, house.timo)
    till.get_by_role("link", name="Einkäufe und Rückgaben").click()
    row = till.get_by_role("region", name="Einkäufe").get_by_role("listitem")
    expect(row).to_contain_text("+153")
    row.get_by_role("link", name="Rückgabe").click()
    till.get_by_label("Cappuccino").fill("9")
    till.get_by_role("button", name="Weiter").click()
    expect(till.get_by_role("alert")).to_contain_text("höchstens 4 zurückgegeben werden")
    till.get_by_label("Cappuccino").fill("2")
    till.get_by_role("radio", name="Fehlerhafte Ware").check()
    till.get_by_role("button", name="Weiter").click()
    expect(till.locator("dl")).to_contain_text("5,90")
    expect(till.locator("dl")).to_contain_text("−59")
    assert house.balance(house.timo) == 153, "so far it was only shown"
    till.get_by_role("button", name="Rückgabe buchen").click()
    expect(till.get_by_text("gebucht: 59 Punkte zurückgenommen.")).to_be_visible()
    expect(row).to_contain_text("5,90 € zurückgegeben")
    expect(row).to_contain_text("+94")
    assert house.balance(house.timo) == 94
    till.get_by_role("link", name="Weiter mit dieser Karte").click()
    expect(till.get_by_label("Kundin oder Kunde")).to_contain_text("94 Punkte")
    expect(till.get_by_label("Einkaufsbetrag")).to_be_focused()

    mobile.goto(f"{house.url}/history/")
    booked = mobile.get_by_role("main").get_by_role("list").first.get_by_role("listitem")
    expect(booked.first).to_contain_text("Rückgabe 5,90")
    expect(booked.first).to_contain_text("vom Einkauf 15,30")
    expect(booked.first).to_contain_text("−59")
    expect(booked.nth(1)).to_contain_text("5,90 € zurückgegeben")


def test_a_cashier_stamps_until_the_card_is_full_and_redeems_it_and_the_customer_sees_it(
    till: Page, mobile: Page, house: House
) -> None:
    with house.shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=3), now=timezone.now())
    scan(till, house, house.timo)
    card = till.get_by_role("region", name="Stempelkarten")
    expect(card).to_contain_text("Noch 3 Stempel bis: 1 Kaffee gratis")
    card.get_by_role("button", name="+1").click()
    expect(till.get_by_role("heading", name="+1 Stempel")).to_be_visible()
    till.get_by_role("link", name="Weiter mit dieser Karte").click()
    expect(card.get_by_role("img")).to_have_accessible_name("1 von 3 Stempeln")
    card.get_by_role("button", name="+2").click()
    expect(till.get_by_text("Voll: 1 Kaffee gratis")).to_be_visible()
    mobile.goto(house.url)
    expect(mobile.get_by_role("region", name="Stempelkarte")).to_contain_text("An der Kasse die Karte zeigen")

    till.get_by_role("button", name="Karte einlösen").click()
    expect(till.get_by_role("heading", name="1 Kaffee gratis")).to_be_visible()
    expect(till.get_by_text("Jetzt an der Kasse buchen")).to_be_visible()
    till.get_by_role("link", name="Nächste Person").click()
    today = till.get_by_role("region", name="Heute an dieser Kasse").get_by_role("listitem")
    expect(today).to_have_count(3)
    expect(today.first).to_contain_text("1 Kaffee gratis")
    today.nth(2).get_by_text("Storno", exact=True).click()
    expect(today.nth(2).get_by_role("button", name="Buchung stornieren")).to_be_visible()

    mobile.reload()
    mobile.get_by_role("link", name="Kaffeekarte").click()
    expect(mobile.get_by_role("main")).to_contain_text("Noch 3 Stempel bis: 1 Kaffee gratis")
    booked = mobile.get_by_role("region", name="Verlauf").get_by_role("listitem")
    expect(booked).to_have_count(3)
    expect(booked.first).to_contain_text("Eingelöst: 1 Kaffee gratis")
    expect(booked.first).to_contain_text("−3")
    expect(booked.nth(1)).to_contain_text("+2")
