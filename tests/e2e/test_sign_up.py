"""From the first visit to a shop, and the second factor that protects it: an app, a passkey, and the way back."""

import re
import time

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP
from tests.e2e.conftest import OpenBrowser
from tests.e2e.mailbox import mailed_link
from tests.e2e.people import House, authenticator_app, code_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.e2e


@pytest.fixture
def desk(open_browser: OpenBrowser) -> Page:
    return open_browser(viewport=DESKTOP)


def site(path: str) -> str:
    return f"http://{settings.BASE_DOMAIN}{path}"


def sign_in(desk: Page, house: House, path: str) -> None:
    """With the password alone, and into the shop."""
    desk.goto(site("/accounts/login/"))
    desk.get_by_label("E-Mail").fill(house.owner.email)
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name=re.compile("Café Morgenrot")).click()
    desk.wait_for_url(f"{house.url}/backoffice/**")
    desk.goto(f"{house.url}{path}")


def test_a_visitor_signs_up_confirms_and_stands_in_the_back_office_of_a_new_shop(desk: Page) -> None:
    email = f"neu-{time.time_ns()}@example.org"
    desk.goto(site("/"))
    desk.get_by_role("link", name="Geschäft anlegen").first.click()
    desk.get_by_label("E-Mail").fill(email)
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="E-Mail-Adresse bestätigen")).to_be_visible()
    desk.goto(mailed_link(email))
    desk.get_by_role("button", name="Adresse bestätigen").click()
    expect(desk.get_by_role("heading", name="Geschäft anlegen")).to_be_visible()
    desk.get_by_label("Name Ihres Geschäfts").press_sequentially("Café Sonnenaufgang")
    expect(desk.locator("#slug_state")).to_contain_text("ist frei")
    slug = desk.get_by_label("Adresse im Web").input_value()
    assert slug.startswith("cafe-sonnenaufgang")
    desk.get_by_label("Ihr Name").fill("Selin Yilmaz")
    desk.get_by_role("button", name="Geschäft anlegen").click()
    expect(desk.locator(".errsum")).to_contain_text("Ohne Ihre Zustimmung")
    expect(desk.get_by_label("Name Ihres Geschäfts")).to_have_value("Café Sonnenaufgang")
    desk.get_by_role("radio", name=re.compile("Café oder Restaurant")).check()
    desk.get_by_role("checkbox", name=re.compile("Auftragsverarbeitung")).check()
    desk.get_by_role("button", name="Geschäft anlegen").click()
    desk.wait_for_url(re.compile(rf"http://{slug}\.localhost:\d+/backoffice/"))
    expect(desk.get_by_text("Café Sonnenaufgang").first).to_be_visible()


def test_an_owner_sets_up_the_app_and_comes_back_to_the_page_that_asked(desk: Page, house: House) -> None:
    sign_in(desk, house, "/backoffice/account/closing/")
    expect(desk.get_by_role("heading", name="Diese Seite verlangt einen zweiten Faktor")).to_be_visible()
    desk.get_by_role("link", name="Weiter mit zweitem Faktor").click()
    desk.get_by_role("link", name=re.compile("Authenticator-App")).click()
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    secret = desk.locator(".secret").inner_text()
    desk.locator("[name=code]").fill(code_of(secret))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Wiederherstellungscodes")).to_be_visible()
    expect(desk.locator(".codes li")).to_have_count(10)
    desk.get_by_role("link", name="Weiter zu Ihrem Geschäft").click()
    desk.wait_for_url(f"{house.url}/backoffice/account/closing/")
    desk.get_by_label("Name des Geschäfts").fill("Café Morgenrot")
    desk.get_by_role("button", name="Geschäft schließen").click()
    expect(desk.get_by_role("heading", name="Das Geschäft ist geschlossen")).to_be_visible()


def test_who_has_the_app_types_its_code_at_sign_in(desk: Page, house: House) -> None:
    secret = authenticator_app(house.owner)
    desk.goto(site("/accounts/login/"))
    desk.get_by_label("E-Mail").fill(house.owner.email)
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Zweiter Schritt")).to_be_visible()
    desk.locator("[name=code]").fill(code_of(secret))
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name=re.compile("Café Morgenrot")).click()
    desk.wait_for_url(f"{house.url}/backoffice/**")
    desk.goto(f"{house.url}/backoffice/account/closing/")
    expect(desk.get_by_role("heading", name="Café Morgenrot schließen?")).to_be_visible()


def test_a_passkey_is_added_signs_in_and_is_a_second_factor(desk: Page, house: House) -> None:
    cdp = desk.context.new_cdp_session(desk)
    cdp.send("WebAuthn.enable")
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(desk, house, "/backoffice/account/closing/")
    desk.get_by_role("link", name="Weiter mit zweitem Faktor").click()
    desk.get_by_role("link", name=re.compile("Passkey oder")).click()
    desk.get_by_label("Passwort", exact=True).fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Passkey hinzufügen").click()
    expect(desk.get_by_role("heading", name="Wiederherstellungscodes")).to_be_visible()
    desk.goto(site("/accounts/logout/"))
    desk.locator("main").get_by_role("button", name="Abmelden").click()
    desk.goto(site("/accounts/login/"))
    desk.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(desk.get_by_role("heading", name="Ihre Geschäfte")).to_be_visible()
    desk.get_by_role("link", name=re.compile("Café Morgenrot")).click()
    desk.wait_for_url(f"{house.url}/backoffice/**")
    desk.goto(f"{house.url}/backoffice/account/closing/")
    expect(desk.get_by_role("heading", name="Café Morgenrot schließen?")).to_be_visible()
