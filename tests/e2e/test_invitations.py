"""Friends who bring friends: from the printed voucher to the thanks for both, and back with the purchase."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from programs.models import Purchase
from programs.services import void_purchase
from referrals.jobs import bring_up_to_date
from referrals.models import Invitation, InvitationClicks, Referral
from tenants.roles import SYSTEM
from tests.e2e.browsing import carry, cookies_of
from tests.e2e.conftest import OpenBrowser
from tests.e2e.mailbox import mailed_link
from tests.e2e.people import House, ago, signed_in_customer
from tests.factories import make_friends_code, make_offer, make_purchase

pytestmark = pytest.mark.e2e
_FETCH = "async (path) => [...new Uint8Array(await (await fetch(path)).arrayBuffer())]"


def open_offer(house: House) -> None:
    with house.shop.scope():
        make_offer(referrer_points=200, friend_points=200, smallest_purchase=1000, now=ago(days=90))


def phone_of(customer: Customer, house: House, open_browser: OpenBrowser) -> Page:
    page = open_browser()
    carry(signed_in_customer(house, customer), to=house.url, context=page.context)
    return page


def scanned(sheet: bytes) -> set[str]:
    """What a camera reads on the printed page."""
    with pypdfium2.PdfDocument(sheet) as document:
        codes = zxingcpp.read_barcodes(document[0].render(scale=4).to_pil())
    assert len(codes) == 10
    return {code.text for code in codes}


def buy_before_the_return_period(house: House, name: str) -> Purchase:
    """Sixteen days have passed since the enrolment, fifteen since the purchase."""
    with house.shop.scope():
        friend = Customer.objects.get(name=name)
        Referral.objects.filter(friend=friend).update(claimed_at=ago(days=16))
        award = make_purchase(
            customer=friend,
            total=2490,
            store=house.shop.store,
            purchased_at=timezone.now() - timedelta(days=15),
            now=timezone.now(),
        )
    return award.purchase


def test_a_friend_scans_the_printed_voucher_and_both_are_thanked_until_the_purchase_comes_back(
    open_browser: OpenBrowser, house: House
) -> None:
    open_offer(house)
    jana = phone_of(house.jana, house, open_browser)
    jana.goto(house.url)
    card = jana.get_by_role("region", name="Lade Freunde ein – ihr bekommt beide 200 Punkte")
    expect(card).to_contain_text("0 von 10 Einladungen genutzt.")
    sheet = jana.evaluate(_FETCH, card.get_by_role("link", name="Gutschein").get_attribute("href"))
    (address,) = scanned(bytes(sheet))
    with house.shop.scope():  # printed yesterday: who enrols within minutes in the same network is looked at first
        Invitation.objects.update(seen_at=ago(days=1))

    friend = open_browser(java_script_enabled=False)
    friend.goto(address)
    assert cookies_of(friend.context, house.url) == {}
    expect(friend.get_by_role("heading", name="Jana lädt dich ein: Café Morgenrot")).to_be_visible()
    expect(friend.get_by_role("main")).to_contain_text(
        "Du bekommst 200 Punkte und Jana bekommt 200 Punkte – 14 Tage nach dem ersten Einkauf ab 10,00\u202f€."
    )
    expect(friend.locator("body")).not_to_contain_text("Krüger")
    friend.get_by_role("button", name="Karte holen").click()
    expect(friend).to_have_title(re.compile("^Fehler: "))
    friend.get_by_label("Name").fill("Mila Wolf")
    friend.get_by_label("E-Mail-Adresse").fill("mila@example.org")
    friend.get_by_role("checkbox", name="Teilnahmebedingungen").check()
    friend.get_by_role("button", name="Karte holen").click()
    expect(friend.get_by_role("heading", name="Hallo Mila")).to_be_visible()
    expect(friend.get_by_role("status")).to_contain_text("Vorgemerkt: 200 Punkte.")
    with house.shop.scope():
        assert {one.channel: one.count for one in InvitationClicks.objects.all()} == {"paper": 1}
        assert Referral.objects.get().channel == "paper"

    friend.goto(mailed_link("mila@example.org"))
    friend.get_by_role("button", name="Ja, bestätigen").click()
    expect(friend.get_by_role("status")).to_contain_text("Deine E-Mail-Adresse ist bestätigt.")

    before = house.balance(house.jana)
    purchase = buy_before_the_return_period(house, "Mila Wolf")
    bring_up_to_date(house.shop.tenant, now=timezone.now())
    assert house.balance(house.jana) == before + 200
    jana.goto(f"{house.url}/invite/")
    friends = jana.get_by_role("region", name="Deine Freunde")
    expect(friends).to_contain_text("Mila W.")
    expect(friends).to_contain_text("200 Punkte")
    for page, title in ((jana, "Empfehlung: Freunde werben Freunde"), (friend, "Willkommensgeschenk")):
        page.goto(f"{house.url}/history/")
        expect(page.get_by_role("listitem").filter(has_text=title)).to_contain_text("+200")

    with house.shop.scope():
        void_purchase(purchase=Purchase.objects.get(pk=purchase.pk), actor=SYSTEM, now=timezone.now())
    bring_up_to_date(house.shop.tenant, now=timezone.now())
    assert house.balance(house.jana) == before
    for page in (jana, friend):
        page.reload()
        expect(page.get_by_role("listitem").filter(has_text="Zurückgenommen: ")).to_contain_text("−200")
    jana.goto(f"{house.url}/invite/")
    expect(friends).to_contain_text("Der Einkauf wurde zurückgegeben")


def test_links_carry_the_right_words_in_du_and_sie_and_lead_to_the_friend_s_page(
    open_browser: OpenBrowser, house: House, other_house: House
) -> None:
    du = "Kennst du schon Café Morgenrot? Mit meinem Link bekommst du 200 Punkte und ich 200 Punkte, "
    sie = "Eine Empfehlung: Friseur Nordlicht. Mit meinem Link gibt es 200 Punkte für Neue und 200 Punkte für mich, "
    for shop, words in ((house, du), (other_house, sie)):
        open_offer(shop)
        page = phone_of(shop.jana, shop, open_browser)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=shop.url)
        page.goto(f"{shop.url}/invite/")
        with shop.shop.scope():
            code = make_friends_code(shop.jana, now=timezone.now())
        link = f"{shop.url}/e/{code[:4]}-{code[4:]}/"
        said = f"{words}nach dem ersten Einkauf ab 10,00\u202f€: {link}"
        for name, letter, field in (("WhatsApp", "w", "text"), ("E-Mail", "m", "body"), ("SMS", "s", "body")):
            way = urlsplit(str(page.get_by_role("link", name=name, exact=True).get_attribute("href")))
            assert parse_qs(way.query)[field] == [f"{said}?w={letter}"]
            assert (way.scheme, way.netloc) == {"w": ("https", "wa.me"), "m": ("mailto", ""), "s": ("sms", "")}[letter]
        with page.expect_response(lambda answer: answer.url.endswith("/invite/shared/")):
            page.get_by_role("button", name="Kopieren").click()
        expect(page.get_by_role("button", name="Kopiert")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == link
        with shop.shop.scope():
            assert Invitation.objects.get(customer=shop.jana).shared_at is not None
        friend = open_browser()
        friend.goto(unquote(link) + "?w=w")
        who = "dich" if shop is house else "Sie"
        expect(friend.get_by_role("heading", name=f"Jana lädt {who} ein")).to_be_visible()
        friend.get_by_role("link", name="English").click()
        expect(friend.get_by_role("heading", name="Jana invites you to")).to_be_visible()
        assert urlsplit(friend.url).query == "l=en&w=w"
