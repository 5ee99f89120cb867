"""A merchant says it in the shop's own words, and the next customer reads them."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.models import Customer
from events.services import publish
from tenants.roles import SYSTEM
from tests.e2e.browsing import carry
from tests.e2e.people import House, mailed, signed_in_member
from tests.factories import make_customer
from tests.messaging.conftest import work_off

pytestmark = pytest.mark.e2e


def newcomer(house: House) -> Customer:
    """Enrolled just now, with an address of her own."""
    now = timezone.now()
    with house.shop.scope():
        lea = make_customer(name="Lea Braun", email="lea@example.org", now=now)
        Customer.objects.filter(pk=lea.pk).update(email_confirmed_at=now)
        publish("customer.email_confirmed", actor=SYSTEM, customer=lea.pk)
    return lea


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
