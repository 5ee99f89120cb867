"""Two shops on one installation: nothing that one gave out opens anything in the other."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import carry, cookies_of
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import (
    House,
    bound_till,
    hand_over,
    signed_in_customer,
    signed_in_member,
    signed_in_user,
    staffed_till,
)

pytestmark = pytest.mark.e2e


def test_cookies_of_one_shop_are_worthless_in_another(page: Page, house: House, other_house: House) -> None:
    till = staffed_till(house, bound_till(house))
    for cookies, path, door in (
        (signed_in_customer(house, house.jana), "/", "Friseur Nordlicht"),
        (till, "/checkout/", "Gerät verbinden"),
        (signed_in_member(house.shop, house.owner), "/backoffice/customers/", "Anmelden"),
    ):
        page.context.clear_cookies()
        carry(cookies, to=other_house.url, context=page.context)
        page.goto(other_house.url + path)
        expect(page.get_by_role("heading", name=door)).to_be_visible()
        expect(page.locator("body")).not_to_contain_text("Jana")
        assert cookies_of(page.context, other_house.url).get("session") != cookies["session"]


def test_a_customer_of_one_shop_is_unknown_at_the_till_of_another(page: Page, house: House, other_house: House) -> None:
    carry(staffed_till(other_house, bound_till(other_house)), to=other_house.url, context=page.context)
    for text in (house.card, house.jana.number, house.jana.email):
        page.goto(f"{other_house.url}/checkout/")
        page.get_by_label("Karte, Kundennummer, E-Mail oder Telefon").fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Niemand gefunden")
    answer = page.goto(f"{other_house.url}/checkout/customers/{house.jana.public_id}/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Seite nicht gefunden")).to_be_visible()


def test_a_hand_over_works_once_and_only_for_its_shop(
    open_browser: OpenBrowser, house: House, other_house: House
) -> None:
    page = open_browser()
    base = house.url.replace(f"{house.shop.tenant.slug}.", "")
    carry(signed_in_user(house.owner), to=base, context=page.context)
    doors: list[str] = []
    page.on("request", lambda request: doors.append(request.url) if "token=" in request.url else None)
    page.goto(f"{base}/shops/")
    page.get_by_role("link", name=re.compile("Café Morgenrot")).click()
    expect(page.get_by_role("heading", name="Hallo Selin")).to_be_visible()
    assert len(doors) == 1
    assert "token" not in page.url

    thief = open_browser()
    answer = thief.goto(doors[0])
    assert answer is not None
    assert answer.status == 403
    thief.goto(f"{house.url}/backoffice/customers/")
    expect(thief.get_by_role("heading", name="Anmelden")).to_be_visible()

    fresh = hand_over(house.shop, house.owner).replace(house.url, other_house.url)
    answer = thief.goto(fresh)
    assert answer is not None
    assert answer.status == 403


def test_a_shop_that_does_not_exist_says_so(page: Page, house: House) -> None:
    answer = page.goto(house.url.replace(house.shop.tenant.slug, "niemand"))
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Seite nicht gefunden")).to_be_visible()
