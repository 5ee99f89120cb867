"""The first day of a shop, from the sign-up to the first points that a customer sees on the phone."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, TABLET
from tests.e2e.conftest import OpenBrowser
from tests.e2e.mailbox import mailed_code
from tests.e2e.people import code_of
from tests.e2e.test_cashier import press
from tests.e2e.test_sign_up import mailed_link, site
from tests.factories import PASSWORD

pytestmark = pytest.mark.e2e


def open_shop(desk: Page, email: str) -> str:
    """Sign up, confirm, open a café; returns the shop's address."""
    desk.goto(site("/accounts/signup/"))
    desk.get_by_label("E-Mail").fill(email)
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="E-Mail-Adresse bestätigen")).to_be_visible()
    desk.goto(mailed_link(email))
    desk.get_by_role("button", name="Adresse bestätigen").click()
    desk.get_by_label("Name Ihres Geschäfts").press_sequentially("Café Früh")
    expect(desk.locator("#slug_state")).to_contain_text("ist frei")
    desk.get_by_label("Ihr Name").fill("Selin Yilmaz")
    desk.get_by_role("radio", name=re.compile("Café oder Restaurant")).check()
    desk.get_by_role("checkbox", name=re.compile("Auftragsverarbeitung")).check()
    desk.get_by_role("button", name="Geschäft anlegen").click()
    desk.wait_for_url(re.compile(r"/backoffice/"))
    return desk.url.partition("/backoffice/")[0]


def start_programme(desk: Page, shop: str) -> None:
    """Six clicks from the list of things to do, and one field; before the last nobody else sees any of it."""
    desk.goto(f"{shop}/backoffice/")
    desk.get_by_role("link", name=re.compile("Erledigen.*Das Programm starten")).click()
    desk.get_by_role("button", name="Weiter: Punkte sammeln").click()
    desk.wait_for_url("**/steps/points/")  # what is typed before the scripts are there previews nothing
    desk.get_by_label(re.compile("Punkte je 1")).fill("20")
    expect(desk.locator("#effects")).to_contain_text("500 Punkte")
    expect(desk.locator("#state")).to_have_text("Entwurf gespeichert")
    expect(desk.get_by_label("Keine Punkte auf")).to_have_value("Gutscheinverkauf, Pfand, Tabakwaren, Trinkgeld")
    # Enter goes on, with the keyboard alone.
    desk.get_by_label(re.compile("Punkte je 1")).press("Enter")
    expect(desk.get_by_role("heading", name="Welche Stufen gibt es?")).to_be_visible()
    desk.get_by_role("button", name="Weiter: Aktionen").click()
    desk.get_by_role("button", name="Weiter: Start").click()
    expect(desk.get_by_text("20 Punkte je 1")).to_be_visible()
    desk.get_by_role("button", name="Starten").click()
    expect(desk.get_by_text("Das Programm ist gestartet")).to_be_visible()


def offer_a_reward(desk: Page, shop: str) -> None:
    desk.goto(f"{shop}/backoffice/")
    desk.get_by_role("link", name=re.compile("Erledigen.*Erste Prämie")).click()
    desk.get_by_role("button", name="Mit diesen als Entwurf beginnen").click()
    desk.get_by_role("rowheader").get_by_role("link").first.click()
    desk.get_by_role("button", name="Veröffentlichen").click()
    expect(desk.get_by_text("Aktiv", exact=True)).to_be_visible()


def publish_texts(desk: Page, shop: str) -> None:
    desk.goto(f"{shop}/backoffice/legal/")
    for label, value in (
        ("Firma mit Rechtsform", "Café Früh GmbH"),
        ("Straße und Hausnummer", "Am Markt 1"),
        ("Postleitzahl", "20095"),
        ("Ort", "Hamburg"),
        ("E-Mail", "hallo@frueh.example"),
    ):
        desk.get_by_label(label, exact=True).fill(value)
    desk.get_by_role("button", name="Angaben speichern").click()
    desk.get_by_role("button", name="Fehlende Texte veröffentlichen").click()
    expect(desk.get_by_text("Die Texte sind veröffentlicht")).to_be_visible()


def give_pin(desk: Page, shop: str) -> str:
    """The team is behind a second factor, which is set up on the way."""
    desk.goto(f"{shop}/backoffice/team/")
    desk.get_by_role("link", name="Weiter mit zweitem Faktor").click()
    desk.get_by_role("link", name=re.compile("Authenticator-App")).click()
    if desk.get_by_label("Passwort", exact=True).is_visible():
        desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
        desk.keyboard.press("Enter")
    desk.locator("[name=code]").fill(code_of(desk.locator(".secret").inner_text()))
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Weiter zu Ihrem Geschäft").click()
    desk.wait_for_url(f"{shop}/backoffice/team/")
    desk.get_by_role("link", name=re.compile("Ändern")).first.click()
    desk.get_by_role("button", name="PIN setzen").click()
    return desk.locator(".secret--code").inner_text().strip()


def register_till(desk: Page, shop: str) -> str:
    desk.goto(f"{shop}/backoffice/stores/")
    desk.get_by_label("Name des Geräts").fill("Kasse 1")
    desk.get_by_role("button", name="Code zeigen").click()
    return desk.locator(".secret--code").inner_text().strip()


def test_a_shop_is_opened_set_up_and_credits_its_first_points(open_browser: OpenBrowser) -> None:
    desk = open_browser(viewport=DESKTOP)
    serial = time.time_ns()
    shop = open_shop(desk, f"selin-{serial}@example.org")
    phone = open_browser()
    for page in ("join", "poster"):
        phone.goto(f"{shop}/{page}/")
        expect(phone.get_by_role("heading", name="Dieses Programm hat noch nicht begonnen")).to_be_visible()
    start_programme(desk, shop)
    offer_a_reward(desk, shop)
    publish_texts(desk, shop)
    pin = give_pin(desk, shop)
    code = register_till(desk, shop)

    till = open_browser(viewport=TABLET)
    till.goto(f"{shop}/checkout/")
    till.get_by_label("Gerätecode").fill(code)
    till.get_by_role("button", name="Gerät verbinden").click()
    press(till, pin)
    till.get_by_role("button", name="Anmelden").click()
    till.get_by_role("link", name="Neue Karte").click()
    till.get_by_label(re.compile("Vorname")).fill("Jana")
    till.get_by_label("E-Mail").fill(f"jana-{serial}@example.org")
    till.get_by_role("button", name="Karte ausgeben").click()
    till.get_by_role("link", name="Weiter zum Einkauf").click()
    press(till, "1250")
    till.get_by_role("button", name="250 Punkte gutschreiben").click()
    expect(till.get_by_role("heading", name="+250 Punkte")).to_be_visible()

    phone.goto(f"{shop}/join/")
    expect(phone.get_by_text("100 Punkte zur Begrüßung")).to_be_visible()
    phone.goto(f"{shop}/sign-in/")
    phone.get_by_label(re.compile("E-Mail-Adresse")).fill(f"jana-{serial}@example.org")
    phone.get_by_role("button", name="Code schicken").click()
    phone.get_by_label("Code aus der E-Mail").fill(mailed_code(f"jana-{serial}@example.org"))
    phone.get_by_role("button", name="Anmelden").click()
    expect(phone.locator(".pass__balance")).to_have_text("350")

    desk.goto(f"{shop}/backoffice/")
    expect(desk.get_by_text("Umsatz mit Karte")).to_be_visible()
    expect(desk.get_by_role("heading", name="Einrichten")).to_have_count(0)
