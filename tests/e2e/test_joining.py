"""From the poster to a card on the phone: enrolment, the link in the mail, the code at the till, and no network."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Consent, Customer
from customers.queries import customer_by
from customers.sign_in import new_link
from ledger.queries import unsound_accounts
from rewards.presence import code_to_show
from tests.e2e.browsing import DESKTOP, carry
from tests.e2e.codes import code_of, read_code
from tests.e2e.conftest import OpenBrowser
from tests.e2e.looking import axe_findings
from tests.e2e.mailbox import mailed, mailed_code, mailed_link
from tests.e2e.people import House, signed_in_customer
from tests.factories import make_customer, make_purchase

pytestmark = pytest.mark.e2e

_CARD_IS_KEPT = """async () => {
  const pause = () => new Promise((next) => setTimeout(next, 50));
  while (!(await caches.match("/card/offline/", { ignoreVary: true }))) await pause();
}"""


def enrol(page: Page, *, name: str, email: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_role("checkbox", name="Teilnahmebedingungen").check()
    page.get_by_role("button", name="Karte holen").click()


def buy(house: House, customer: Customer, total: int) -> None:
    with house.shop.scope():
        make_purchase(customer=customer, total=total, store=house.shop.store, now=timezone.now())


def test_a_customer_enrols_on_the_phone_from_the_poster(open_browser: OpenBrowser, house: House) -> None:
    desk = open_browser(viewport=DESKTOP)
    desk.goto(f"{house.url}/poster/")
    address = f"http://{desk.get_by_text('/join').inner_text()}/"
    assert read_code(desk.get_by_role("img", name=f"Code, der zu {address} führt").locator("svg")) == code_of(address)

    phone = open_browser()
    phone.goto(address)
    expect(phone.get_by_role("heading", name="Punkte sammeln bei Café Morgenrot")).to_be_visible()
    expect(phone.get_by_text("Ein Einkauf über 25 € bringt 250 Punkte.")).to_be_visible()
    expect(phone.get_by_role("main")).to_contain_text("ab 5.000 Punkte")
    for box in phone.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
    phone.get_by_role("button", name="Karte holen").click()
    expect(phone).to_have_title(re.compile("^Fehler: "))
    expect(phone.get_by_role("alert")).to_contain_text("Ohne die Teilnahmebedingungen gibt es keine Karte.")

    email = "mila.wolf@example.org"
    phone.get_by_label("Tag", exact=True).select_option("29")
    phone.get_by_label("Monat", exact=True).select_option("2")
    phone.get_by_role("checkbox", name="Per E-Mail").check()
    enrol(phone, name="Mila Wolf", email=email)
    expect(phone.get_by_role("heading", name="Hallo Mila")).to_be_visible()
    expect(phone.get_by_text("Bitte ins Postfach schauen")).to_be_visible()

    phone.get_by_role("link", name="Karte", exact=True).click()
    card = phone.locator(".ticket__text").inner_text()
    expect(phone.get_by_text("Der Code wechselt alle 30 Sekunden.")).to_be_visible()
    with house.shop.scope():
        mila = customer_by(card=card)
        assert (mila.name, mila.birthday, mila.email) == ("Mila Wolf", "02-29", "")
        shown = {code_of(code_to_show(mila, now=timezone.now() - timedelta(seconds=ago))) for ago in (0, 30)}
    assert read_code(phone.get_by_role("img", name="Code deiner Karte").locator("svg")) in shown
    buy(house, mila, 1000)

    phone.goto(mailed_link(email))
    phone.get_by_role("button", name="Ja, bestätigen").click()
    expect(phone.get_by_role("status")).to_contain_text("Deine E-Mail-Adresse ist bestätigt.")
    expect(phone.get_by_role("region", name="Hallo Mila")).to_contain_text("100")
    phone.goto(f"{house.url}/consents/")
    mine = phone.get_by_role("region", name="E-Mail")
    expect(mine).to_contain_text("Café Morgenrot GmbH darf mir per E-Mail Werbung schicken")
    expect(mine).to_contain_text("über einen Link in einer E-Mail")
    with house.shop.scope():
        consent = Consent.objects.get(customer=mila)
    assert consent.message_id.startswith("<")
    assert consent.address == email


def test_the_link_in_the_mail_works_once_and_never_by_looking(open_browser: OpenBrowser, house: House) -> None:
    phone, computer = open_browser(), open_browser(viewport=DESKTOP)
    phone.goto(f"{house.url}/join/")
    enrol(phone, name="Mila Wolf", email="mila@example.org")
    expect(phone.get_by_role("heading", name="Hallo Mila")).to_be_visible()
    link = mailed_link("mila@example.org")
    for _ in range(2):
        computer.goto(link)
        expect(computer.get_by_role("heading", name="Ist das deine Adresse?")).to_be_visible()
    computer.get_by_role("button", name="Ja, bestätigen").click()
    expect(computer.get_by_role("heading", name="Bestätigt")).to_be_visible()
    computer.goto(link)
    expect(computer.get_by_role("heading", name="Schon bestätigt")).to_be_visible()
    # Another browser proved the address: whoever enrolled with it has to prove it too.
    phone.goto(f"{house.url}/card/")
    expect(phone.get_by_label("Deine E-Mail-Adresse")).to_be_visible()


def test_who_has_a_card_already_is_not_told_apart_and_finds_it_again(open_browser: OpenBrowser, house: House) -> None:
    seen, other, phone = [], open_browser(), open_browser()
    for page, email in ((other, "niemand@example.org"), (phone, house.jana.email)):
        page.goto(f"{house.url}/join/")
        enrol(page, name="Jana Krüger", email=email)
        expect(page.get_by_role("heading", name="Hallo Jana")).to_be_visible()
        seen.append(re.sub(r"\S+@\S+", "", page.get_by_role("main").inner_text()))
    assert seen[0] == seen[1]
    before = house.balance(house.jana)
    phone.goto(f"{house.url}/card/")
    with house.shop.scope():
        newcomer = customer_by(card=phone.locator(".ticket__text").inner_text())
    buy(house, newcomer, 1000)

    phone.goto(f"{house.url}/sign-in/code/")
    phone.get_by_label("Code aus der E-Mail").fill(mailed_code(house.jana.email))
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("region", name="Hallo Jana")).to_contain_text("Gold")
    assert house.balance(house.jana) == before + 100
    with house.shop.scope():
        assert unsound_accounts() == {}


def test_the_till_s_code_brings_the_card_to_the_own_phone(open_browser: OpenBrowser, house: House) -> None:
    with house.shop.scope():
        nele = make_customer(name="Nele Fuchs", phone="0151 7654321", now=timezone.now())
        token = new_link(nele)
    phone, late = open_browser(), open_browser()
    for page in (phone, late):
        page.goto(f"{house.url}/welcome/{token}/")
    phone.get_by_role("button", name="Karte auf dieses Handy holen").click()
    expect(phone.get_by_role("heading", name="Willkommen, Nele")).to_be_visible()
    expect(phone.get_by_role("checkbox", name="Per E-Mail")).to_have_count(0)
    phone.get_by_role("checkbox", name="Per SMS").check()
    phone.get_by_role("button", name="Karte zeigen").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    expect(phone.get_by_role("checkbox", name="Per SMS")).to_be_checked()
    phone.get_by_role("checkbox", name="Teilnahmebedingungen").check()
    phone.get_by_role("button", name="Karte zeigen").click()
    expect(phone.get_by_role("heading", name="Hallo Nele")).to_be_visible()
    late.get_by_role("button", name="Karte auf dieses Handy holen").click()
    expect(late.get_by_role("heading", name="Dieser Link gilt nicht mehr")).to_be_visible()
    with house.shop.scope():
        assert Consent.objects.get(customer=nele).confirmed_at is not None


def test_the_card_shows_without_a_network_and_is_gone_after_signing_out(page: Page, house: House) -> None:
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    page.goto(house.url)
    page.evaluate(_CARD_IS_KEPT)
    page.context.set_offline(True)
    page.goto(f"{house.url}/card/")
    expect(page.get_by_text("Gerade kein Netz. Die Karte gilt trotzdem.")).to_be_visible()
    expect(page.get_by_text(house.card)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("6.517 Punkte")
    expect(page.locator("body")).not_to_contain_text("Jana")
    assert read_code(page.get_by_role("img", name="Code deiner Karte").locator("svg")) == code_of(house.card)

    page.context.set_offline(False)
    page.get_by_role("link", name="Noch einmal versuchen").click()
    expect(page.get_by_role("heading", name="Hallo Jana")).to_be_visible()
    page.get_by_role("link", name="Profil").click()
    page.get_by_role("button", name="Abmelden").click()
    expect(page.get_by_label("Deine E-Mail-Adresse")).to_be_visible()
    assert not page.evaluate("caches.has('card')")


def test_a_visitor_reads_english_and_so_does_the_customer_that_follows(page: Page, house: House) -> None:
    page.goto(f"{house.url}/join/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Get your card")).to_be_visible()
    assert axe_findings(page) == []
    page.get_by_label("Name").fill("Mila Wolf")
    page.get_by_label("E-mail address").fill("mila@example.org")
    page.get_by_role("checkbox", name="Terms of participation").check()
    page.get_by_role("button", name="Get card").click()
    expect(page.get_by_role("heading", name="Hello Mila")).to_be_visible()
    assert "Please confirm that it is yours" in mailed("mila@example.org")
