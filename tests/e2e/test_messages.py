"""A merchant says it in the shop's own words, and the next customer reads them."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.mails import Letter, page_of
from customers.models import Customer
from events.services import publish
from tenants.roles import SYSTEM
from tests.e2e.browsing import NARROW, carry
from tests.e2e.looking import Looks
from tests.e2e.mailbox import mailed
from tests.e2e.people import House, signed_in_member
from tests.factories import make_customer
from tests.messaging.conftest import work_off

pytestmark = pytest.mark.e2e


# Landmarks and headings, by which readers move about in a site.
OF_SITES = "landmark-one-main|page-has-heading-one|region"
LETTER = Letter(
    subject="Bitte bestätige deine Adresse",
    text=(
        "Hallo Jana,\n\nhier ist dein Code:\n\n    042042\n\nDas hast du geschrieben:\n\n"
        "    Zwanzig Minuten Wartezeit, und der Kaffee war kalt.\n\nSo ist der Laden zu erreichen, jeden Tag:\n"
        "https://morgenrot.example/legal/imprint/\n\nAdresse bestätigen:\nhttps://morgenrot.example/confirm/abc/"
    ),
    language="de",
    unsubscribe_url="https://morgenrot.example/unsubscribe/abc/",
)


def newcomer(house: House) -> Customer:
    """Enrolled just now, with an address of her own."""
    now = timezone.now()
    with house.shop.scope():
        lea = make_customer(name="Lea Braun", email="lea@example.org", now=now)
        Customer.objects.filter(pk=lea.pk).update(email_confirmed_at=now)
        publish("customer.email_confirmed", actor=SYSTEM, customer=lea.pk)
    return lea


@pytest.mark.parametrize("colour", ["#b5482a", "#5b3d8f", "#ffd400", "#0b0b0b", "#f4f4f4"])
def test_a_letter_can_be_read_in_light_and_dark_in_the_colours_of_any_shop(
    page: Page, house: House, colour: str
) -> None:
    """A code, a quote, a link and a button: no letter is made of anything else."""
    with house.shop.scope():
        house.shop.tenant.brand_color = colour
        page.set_content(page_of(LETTER, logo_url=""))
    assert [what for what in Looks(page).findings() if not re.match(f"\\w+: ({OF_SITES}):", what)] == []
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_merchant_changes_a_text_and_a_customer_gets_it(page: Page, house: House) -> None:
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    page.goto(f"{house.url}/backoffice/messages/")
    page.get_by_role("row", name="Willkommen mit Karte").get_by_role("link", name="Deutsch").click()
    page.get_by_label("Betreff").fill("Moin {vorname}")
    page.get_by_role("button", name="Text speichern").click()
    expect(page.locator(".errsum")).to_contain_text("{vorname}")
    expect(page.get_by_label("Betreff")).to_have_value("Moin {vorname}")
    page.wait_for_load_state()  # the preview follows once its script has run

    page.get_by_label("Betreff").fill("Moin von {shop}")
    page.get_by_label("Text", exact=True).fill("{greeting},\n\nschön, dass du dabei bist!\n\n    {card}")
    expect(page.locator("#letter")).to_contain_text("schön, dass du dabei bist!")
    page.get_by_role("button", name="An mich senden").click()
    expect(page.get_by_role("status")).to_contain_text(house.owner.email)
    assert "Hallo Jana,\n\nschön, dass du dabei bist!\n\n    7F2K-9QXD-4TBM" in mailed(house.owner.email)
    page.get_by_role("button", name="Text speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Der Text ist gespeichert.")

    lea = newcomer(house)
    work_off(house.shop)
    assert mailed(lea.email).startswith("Hallo Lea,\n\nschön, dass du dabei bist!")
    page.goto(f"{house.url}/backoffice/customers/{lea.public_id}/messages/")
    row = page.get_by_role("row", name="Willkommen mit Karte")
    expect(row).to_contain_text("gesendet")
    row.locator("summary").click()
    expect(row).to_contain_text("schön, dass du dabei bist!")
