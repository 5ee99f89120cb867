"""The same till in three countries: figures, signs and typed amounts are the country's own, from keypad to history."""

import pytest
from playwright.sync_api import expect

from tenants.models import Tenant
from tests.e2e.browsing import carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, bound_till, signed_in_customer, staffed_till

pytestmark = pytest.mark.e2e

COUNTRIES = [
    ("DE", "24,90 €", "24,90", "1.234,50", "1234,50"),
    ("AT", "€ 24,90", "24,90", "€ 1.234,50", "1234,50"),
    ("CH", "EUR 24.90", "24.90", "1’234.50", "1234.50"),
]


@pytest.mark.parametrize(("country", "written", "typed", "pasted", "taken"), COUNTRIES, ids=["DE", "AT", "CH"])
def test_a_till_counts_and_writes_as_its_country_does(
    open_browser: OpenBrowser, house: House, country: str, written: str, typed: str, pasted: str, taken: str
) -> None:
    Tenant.objects.filter(pk=house.shop.tenant.pk).update(country=country)
    till = open_browser()
    carry(staffed_till(house, bound_till(house)), to=house.url, context=till.context)
    till.goto(f"{house.url}/checkout/")
    expect(till.locator("html")).to_have_attribute("lang", f"de-{country}")
    till.get_by_label("Karte, Kundennummer, E-Mail oder Telefon").fill(house.jana.number)
    till.get_by_role("button", name="Karte suchen").click()

    amount = till.get_by_label("Einkaufsbetrag")
    expect(amount).to_have_attribute("placeholder", typed.replace("24", "0").replace("9", "0"))
    expect(amount).to_be_focused()
    till.keyboard.insert_text(pasted)
    expect(amount).to_have_value(taken)
    amount.fill("")
    till.keyboard.type("2490")
    expect(amount).to_have_value(typed)
    till.get_by_role("button", name="311 Punkte gutschreiben").click()
    expect(till.get_by_text(f"Einkauf {written}")).to_be_visible()

    phone = open_browser()
    carry(signed_in_customer(house, house.jana), to=house.url, context=phone.context)
    answer = phone.goto(house.url)
    assert answer is not None
    assert answer.headers["content-language"] == f"de-{country}"
    assert ("ß" in answer.text()) == (country != "CH")
    expect(phone.locator("html")).to_have_attribute("lang", f"de-{country}")
    expect(phone.get_by_text(f"Einkauf {written}")).to_be_visible()
