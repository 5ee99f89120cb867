"""The portal on a phone: sign in with the mailed code, read the account, show the card, sign out."""

import re

import pytest
from playwright.sync_api import Page, expect

from rewards.presence import code_to_show
from tests.e2e.browsing import carry
from tests.e2e.codes import code_of, read_code
from tests.e2e.conftest import OpenBrowser
from tests.e2e.mailbox import mailed_code
from tests.e2e.people import House, ago, signed_in_customer
from tests.factories import make_purchase

pytestmark = pytest.mark.e2e


def test_a_customer_signs_in_with_the_mailed_code(page: Page, house: House) -> None:
    page.goto(f"{house.url}/sign-in/")
    page.get_by_label("Deine E-Mail-Adresse").fill(house.jana.email.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gib deinen Code ein")).to_be_visible()
    code = mailed_code(house.jana.email)
    wrong = "000000" if code != "000000" else "111111"
    page.get_by_label("Code aus der E-Mail").fill(wrong)
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Fehler: "))
    expect(page.get_by_role("alert")).to_contain_text("Dieser Code stimmt nicht oder gilt nicht mehr.")
    page.get_by_label("Code aus der E-Mail").fill(f"{code[:3]} {code[3:]}")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Hallo Jana")).to_be_visible()
    card = page.get_by_role("region", name="Hallo Jana")
    expect(card).to_contain_text("6.517")
    expect(card).to_contain_text("Gold")
    expect(card).to_contain_text("Noch 5.483 Punkte bis Platin")
    expect(card.get_by_role("progressbar")).to_have_accessible_name(
        "Weg zu Platin: 6.517 gesammelt, nötig sind 12.000 Punkte"
    )
    page.reload()
    expect(card).to_contain_text("6.517")


def test_a_code_opens_the_door_once_and_three_wrong_ones_lock_it(open_browser: OpenBrowser, house: House) -> None:
    first, second = open_browser(), open_browser()

    def ask_for_code(page: Page) -> str:
        page.goto(f"{house.url}/sign-in/")
        page.get_by_label("Deine E-Mail-Adresse").fill(house.jana.email)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Gib deinen Code ein")).to_be_visible()
        return mailed_code(house.jana.email)

    def enter(page: Page, text: str) -> None:
        page.get_by_label("Code aus der E-Mail").fill(text)
        page.keyboard.press("Enter")

    ask_for_code(first)
    code = ask_for_code(second)
    enter(first, code)
    expect(first.get_by_role("heading", name="Hallo Jana")).to_be_visible()
    enter(second, code)
    expect(second.get_by_role("alert")).to_contain_text("gilt nicht mehr")

    code = ask_for_code(second)
    for digit in "123":
        enter(second, digit * 6 if digit * 6 != code else "999999")
        expect(second.get_by_role("alert")).to_contain_text("gilt nicht mehr")
    enter(second, code)
    expect(second.get_by_role("alert")).to_contain_text("gilt nicht mehr")


def test_an_unknown_address_looks_like_a_known_one(open_browser: OpenBrowser, house: House) -> None:
    texts = []
    for email in (house.jana.email, "niemand@example.org"):
        page = open_browser()
        page.goto(f"{house.url}/sign-in/")
        page.get_by_label("Deine E-Mail-Adresse").fill(email)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Gib deinen Code ein")).to_be_visible()
        texts.append(page.locator("body").inner_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_on_the_card_reads_as_the_card(open_browser: OpenBrowser, house: House, scheme: str) -> None:
    page = open_browser(color_scheme=scheme)
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    page.goto(f"{house.url}/card/")
    expect(page.get_by_text(house.card)).to_be_visible()
    expect(page.get_by_text("Der Code wechselt alle 30 Sekunden.")).to_be_visible()
    assert read_code(page.get_by_role("img", name="Code deiner Karte").locator("svg")) in _shown_now(house)

    page.goto(house.url)  # and not by a click: the script must have run before the card is tapped
    page.get_by_role("link", name="Karte groß anzeigen").click()
    dialog = page.get_by_role("dialog", name="Deine Karte")
    expect(dialog).to_contain_text(house.card)
    assert read_code(dialog.locator(".qr svg")) in {code_of(house.card), *_shown_now(house)}
    background = dialog.evaluate("dialog => getComputedStyle(dialog).backgroundColor")
    assert background == "rgb(255, 255, 255)", "a scanner needs white around the code, in the dark theme too"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Karte groß anzeigen")).to_be_focused()


def _shown_now(house: House) -> set[str]:
    """Codes of the phone that a till accepts."""
    with house.shop.scope():
        return {code_of(code_to_show(house.jana, now=ago(seconds=seconds))) for seconds in (0, 30)}


def test_the_history_gives_the_reason_for_every_booking(page: Page, house: House) -> None:
    with house.shop.scope():
        for minutes in range(40, 0, -1):
            at = ago(minutes=minutes)
            make_purchase(customer=house.jana, total=100 + minutes, store=house.shop.store, purchased_at=at, now=at)
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    page.goto(house.url)
    expect(page.get_by_role("region", name="Letzte Buchungen").get_by_role("listitem")).to_have_count(5)
    page.get_by_role("link", name="Alle anzeigen").click()
    rows = page.get_by_role("main").get_by_role("list").first.get_by_role("listitem")
    expect(rows).to_have_count(40)
    expect(rows.first).to_contain_text("Einkauf 1,01")
    expect(rows.first).to_contain_text("× 1,25 Gold")
    expect(rows.first).to_contain_text("+12")
    page.get_by_role("link", name="Ältere Buchungen").click()
    expect(rows).to_have_count(7)
    expect(rows.last).to_contain_text("+899")
    page.get_by_role("link", name="Erste Seite").click()
    expect(rows).to_have_count(40)


def test_nothing_personal_is_left_after_signing_out(page: Page, house: House) -> None:
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    page.goto(house.url)
    page.goto(f"{house.url}/history/")
    page.get_by_role("link", name="Profil").click()
    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_label("Deine E-Mail-Adresse")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_label("Deine E-Mail-Adresse")).to_be_visible()
        expect(page.locator("body")).not_to_contain_text("Jana")
        expect(page.locator("body")).not_to_contain_text("Einkauf")


def test_a_new_customer_reads_how_it_works(page: Page, house: House) -> None:
    carry(signed_in_customer(house, house.timo), to=house.url, context=page.context)
    page.goto(house.url)
    expect(page.get_by_role("heading", name="Hallo Timo")).to_be_visible()
    expect(page.get_by_role("heading", name="So geht’s")).to_be_visible()
    page.get_by_role("link", name="Verlauf").click()
    expect(page.get_by_role("heading", name="Noch keine Buchungen")).to_be_visible()


def test_one_shop_says_du_and_another_sie(open_browser: OpenBrowser, house: House, other_house: House) -> None:
    spoken = {}
    for place in (house, other_house):
        page = open_browser()
        page.goto(f"{place.url}/sign-in/")
        page.locator("[name=email]").fill("keine Adresse")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        sign_in = page.locator("body").inner_text()
        carry(signed_in_customer(place, place.jana), to=place.url, context=page.context)
        page.goto(f"{place.url}/card/")
        assert page.locator("html").get_attribute("lang") == "de-DE"
        spoken[place.shop.tenant.address] = sign_in + page.locator("body").inner_text()
    assert "Deine E-Mail-Adresse" in spoken["du"]
    assert "Zeig diesen Code" in spoken["du"]
    assert "Ihre E-Mail-Adresse" in spoken["sie"]
    assert "Zeigen Sie diesen Code" in spoken["sie"]
    assert not re.search(r"\b(Sie|Ihr|Ihre|Ihrer|Ihren)\b", spoken["du"])
    assert not re.search(r"\b(du|dein|deine|deiner|deinen|gib|zeig)\b", spoken["sie"], re.IGNORECASE)
