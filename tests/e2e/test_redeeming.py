"""Redeeming at the counter: a voucher from the phone, a reward for a card and a PIN, one for the code on the phone."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from rewards.codes import spelled, voucher_code
from rewards.models import Redemption, Reward
from rewards.presence import code_to_show
from tests.e2e.browsing import TABLET, carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, ago, bound_till, staffed_till
from tests.factories import CAPPUCCINO, PIN, give_points, make_redemption, make_reward

pytestmark = pytest.mark.e2e
BREAKFAST = replace(CAPPUCCINO, name="Frühstück für zwei", points=2_400, value=2_480)


def scan(till: Page, text: str) -> None:
    """As a hand scanner does, wherever the focus is."""
    till.wait_for_load_state()
    till.keyboard.type(text)
    till.keyboard.press("Enter")


def press(till: Page, keys: str) -> None:
    till.wait_for_load_state()
    for key in keys:
        till.get_by_role("button", name=key, exact=True).click()


def phone_code(house: House, customer: Customer) -> str:
    with house.shop.scope():
        return code_to_show(customer, now=timezone.now())


def reference(house: House, reward: Reward) -> str:
    with house.shop.scope():
        return Redemption.objects.filter(reward=reward).latest("pk").reference


def test_a_voucher_a_card_and_a_phone_are_redeemed_at_the_counter(open_browser: OpenBrowser, house: House) -> None:
    with house.shop.scope():
        give_points(house.jana, 5_000, now=timezone.now())
        cappuccino = make_reward(now=ago(days=1))
        breakfast = make_reward(BREAKFAST, now=ago(days=1))
        voucher = make_redemption(customer=house.jana, reward=cappuccino, now=ago())
        code = spelled(voucher_code(voucher))
    before = house.balance(house.jana)
    till = open_browser(viewport=TABLET)
    carry(staffed_till(house, bound_till(house)), to=house.url, context=till.context)
    till.goto(f"{house.url}/checkout/")

    # The voucher on the customer's phone.
    scan(till, code)
    expect(till.get_by_role("heading", name="Cappuccino")).to_be_visible()
    expect(till.get_by_text(re.compile("An der Kasse buchen: Rabatt 3,40"))).to_be_visible()
    till.get_by_role("button", name="Einlösen").click()
    expect(till.get_by_role("heading", name=re.compile("^Rabatt 3,40"))).to_be_visible()
    expect(till.get_by_text(f"Ref. {voucher.reference}", exact=True)).to_be_visible()
    expect(till.get_by_role("status").first).to_contain_text("An der Kasse buchen: Rabatt 3,40")
    assert house.balance(house.jana) == before
    scan(till, code)
    expect(till.get_by_role("alert").filter(has_text="schon eingelöst")).to_contain_text(
        re.compile(r"\d\d:\d\d.*, Kasse 1\.")
    )
    expect(till.get_by_role("button", name="Einlösen")).to_have_count(0)

    # A printed card is enough for a cappuccino, with the PIN; and what was a mistake is undone.
    scan(till, house.card)
    till.get_by_role("link", name=re.compile("2 Prämien einlösbar")).click()
    till.get_by_role("link", name=re.compile("^Cappuccino")).click()
    press(till, "0000")
    till.get_by_role("button", name="Einlösen").click()
    expect(till.get_by_role("alert")).to_contain_text("PIN")
    press(till, PIN)
    till.get_by_role("button", name="Einlösen").click()
    expect(till.get_by_role("heading", name=re.compile("^Rabatt 3,40"))).to_be_visible()
    expect(till.get_by_text(f"Ref. {reference(house, cappuccino)}", exact=True)).to_be_visible()
    assert house.balance(house.jana) == before - 500
    till.get_by_role("button", name=re.compile("Rückgängig machen")).click()
    expect(till.get_by_role("heading", name="Storniert")).to_be_visible()
    assert house.balance(house.jana) == before

    # A breakfast is more than a card may do: the code on the phone, and no old one.
    till.get_by_role("link", name="Weiter zum Einkauf").click()
    till.get_by_role("link", name=re.compile("2 Prämien einlösbar")).click()
    till.get_by_role("link", name=re.compile("^Frühstück")).click()
    expect(till.get_by_text("Dafür ist der Code auf dem Handy nötig.")).to_be_visible()
    expect(till.get_by_role("button", name="Einlösen")).to_have_count(0)
    with house.shop.scope():
        screenshot = code_to_show(house.jana, now=ago(seconds=90))
    scan(till, screenshot)
    expect(till.get_by_text("den das Handy jetzt zeigt")).to_be_visible()
    till.get_by_role("link", name=re.compile("2 Prämien einlösbar")).click()
    till.get_by_role("link", name=re.compile("^Frühstück")).click()
    expect(till.get_by_role("heading", name="Frühstück für zwei")).to_be_visible()
    scan(till, phone_code(house, house.jana))
    till.get_by_role("button", name="Einlösen").click()
    expect(till.get_by_role("heading", name=re.compile("^Rabatt 24,80"))).to_be_visible()
    assert house.balance(house.jana) == before - 2_400

    # Back to what is bought, and the day's list for whoever counts the till.
    till.get_by_role("link", name="Weiter zum Einkauf").click()
    expect(till.get_by_label("Einkaufsbetrag")).to_be_focused()
    till.goto(f"{house.url}/checkout/purchases/")
    till.get_by_role("link", name="Prämien mit der Kasse abgleichen").click()
    rows = till.get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(reference(house, breakfast))
    expect(rows.first).to_contain_text("Mia · Kasse 1")
    expect(till.get_by_text(re.compile("^2 eingelöst · 28,20"))).to_be_visible()
