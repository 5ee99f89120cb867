"""The back office in a desktop browser: sign in, choose the shop, find a customer, read and void bookings."""

import re

import pytest
from playwright.sync_api import Page, expect

from events.models import Delivery, Event
from tests.e2e.browsing import DESKTOP, carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, make_more_customers, park_a_reaction, signed_in_member
from tests.factories import PASSWORD

pytestmark = pytest.mark.e2e


@pytest.fixture
def desk(open_browser: OpenBrowser) -> Page:
    return open_browser(viewport=DESKTOP)


def sign_in(desk: Page, house: House, email: str) -> None:
    desk.goto(f"{house.url}/backoffice/")
    expect(desk.get_by_role("heading", name="Anmelden")).to_be_visible()
    desk.get_by_label("E-Mail").fill(email)
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Ihre Geschäfte")).to_be_visible()
    desk.get_by_role("link", name=re.compile("Café Morgenrot")).click()


def open_customers(desk: Page) -> None:
    desk.get_by_role("link", name="Kunden", exact=True).click()
    expect(desk.get_by_role("heading", name="Kunden", exact=True)).to_be_visible()


def search(desk: Page, text: str) -> None:
    desk.get_by_label("Kunden suchen").fill(text)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile(r"\?search="))


def test_an_owner_finds_a_customer_reads_the_bookings_and_voids_one(desk: Page, house: House) -> None:
    before = house.balance(house.jana)
    sign_in(desk, house, house.owner.email)
    open_customers(desk)
    expect(desk.get_by_text("2 Mitglieder")).to_be_visible()
    rows = desk.get_by_role("table").locator("tbody tr")
    for text, name in {
        "krü": "Jana Krüger",
        "JANA KR": "Jana Krüger",
        house.jana.number: "Jana Krüger",
        house.card.lower(): "Jana Krüger",
        "0151 2345678": "Jana Krüger",
        "ozt": "Timo Öztürk",
        "Öztürk": "Timo Öztürk",
        "timo@": "Timo Öztürk",
    }.items():
        search(desk, text)
        expect(rows).to_have_count(1)
        expect(rows.first, text).to_contain_text(name)
    search(desk, "zzz")
    expect(desk.get_by_role("heading", name="Niemand gefunden")).to_be_visible()
    desk.get_by_role("link", name="Alle Kunden anzeigen").click()
    expect(rows).to_have_count(2)
    expect(desk.get_by_role("table")).not_to_contain_text(house.jana.email)

    desk.get_by_role("link", name="Jana Krüger").click()
    expect(desk.get_by_role("heading", name="Jana Krüger")).to_be_visible()
    expect(desk.get_by_text(house.jana.email)).to_be_visible()
    expect(desk.get_by_text("17. April")).to_be_visible()
    bookings = desk.locator(".timeline li")
    expect(bookings).to_have_count(7)
    expect(bookings.first).to_contain_text("× 1,25 Gold")
    expect(bookings.first).to_contain_text("Hauptstraße")
    bookings.first.get_by_text(re.compile("^Storno")).click()
    bookings.first.get_by_role("button", name="Buchung stornieren").click()
    expect(bookings).to_have_count(7)  # the browser asks for a reason first
    bookings.first.get_by_role("radio", name="Falsche Person").check()
    bookings.first.get_by_role("button", name="Buchung stornieren").click()
    expect(desk.get_by_role("status")).to_have_text("Die Buchung ist storniert.")
    expect(bookings).to_have_count(8)
    expect(bookings.first).to_contain_text("−1.123")
    expect(bookings.first).to_contain_text("Selin")
    expect(bookings.nth(1)).to_contain_text("storniert")
    expect(bookings.first.locator(".void")).to_have_count(0)
    assert house.balance(house.jana) == before - 1123
    with house.shop.scope():
        assert Event.objects.filter(name="purchase.voided", payload__reason="wrong_customer").count() == 1


def test_an_analyst_reads_but_does_not_void(desk: Page, house: House) -> None:
    sign_in(desk, house, house.analyst.email)
    open_customers(desk)
    desk.get_by_role("link", name="Jana Krüger").click()
    expect(desk.locator(".timeline li")).to_have_count(7)
    expect(desk.get_by_text("Storno")).to_have_count(0)
    expect(desk.get_by_role("link", name="Betrieb")).to_have_count(0)
    refused = desk.goto(f"{house.url}/backoffice/operations/")
    assert refused is not None
    assert refused.status == 403
    expect(desk.get_by_role("heading", name="Kein Zugang")).to_be_visible()


def test_staff_have_no_customers_page_and_land_at_the_till(desk: Page, house: House) -> None:
    sign_in(desk, house, house.staff.email)
    expect(desk.get_by_role("heading", name="Gerät verbinden")).to_be_visible()
    refused = desk.goto(f"{house.url}/backoffice/customers/")
    assert refused is not None
    assert refused.status == 403
    expect(desk.locator("body")).not_to_contain_text("Krüger")


def test_a_long_list_turns_its_pages_and_keeps_the_search(desk: Page, house: House) -> None:
    make_more_customers(house, 55, surname="Schäfer")
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=desk.context)
    desk.goto(f"{house.url}/backoffice/customers/")
    search(desk, "SCHÄF")
    expect(desk.get_by_text("55 Personen")).to_be_visible()
    rows = desk.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(50)
    desk.get_by_role("link", name="Nächste Seite").click()
    expect(rows).to_have_count(5)
    expect(desk.get_by_label("Kunden suchen")).to_have_value("SCHÄF")
    desk.get_by_role("link", name="Erste Seite").click()
    expect(rows).to_have_count(50)


def test_an_owner_gives_a_parked_reaction_another_try(desk: Page, house: House) -> None:
    delivery = park_a_reaction(house)
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=desk.context)
    desk.goto(f"{house.url}/backoffice/operations/")
    expect(desk.get_by_role("table").first).to_contain_text("Kunde angemeldet")
    desk.get_by_role("button", name="Noch einmal versuchen").click()
    expect(desk.get_by_role("status")).to_have_text("Es wird noch einmal versucht.")
    expect(desk.get_by_role("heading", name="Nichts ist zurückgestellt")).to_be_visible()
    with house.shop.scope():
        assert Delivery.objects.get(pk=delivery.pk).state == Delivery.State.PENDING


def test_the_menu_works_on_a_phone(page: Page, house: House) -> None:
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    page.goto(f"{house.url}/backoffice/customers/")
    operations = page.get_by_role("link", name="Betrieb")
    expect(operations).to_be_hidden()
    page.get_by_role("checkbox", name="Menü anzeigen").focus()
    page.keyboard.press("Space")
    operations.click()
    expect(page.get_by_role("heading", name="Betrieb")).to_be_visible()


def test_nothing_personal_is_left_after_signing_out(desk: Page, house: House) -> None:
    sign_in(desk, house, house.owner.email)
    open_customers(desk)
    desk.get_by_role("link", name="Jana Krüger").click()
    expect(desk.get_by_role("heading", name="Jana Krüger")).to_be_visible()
    desk.get_by_role("button", name="Abmelden").click()
    expect(desk.get_by_role("heading", name="Abgemeldet von diesem Geschäft")).to_be_visible()
    desk.go_back()
    expect(desk.get_by_role("heading", name="Ihre Geschäfte")).to_be_visible()
    expect(desk.locator("body")).not_to_contain_text("Krüger")
    desk.go_back()
    expect(desk.locator("body")).not_to_contain_text("Krüger")
