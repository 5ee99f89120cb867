"""What a manager does for one customer at the desk: enrol with the phone beside it, join two, hand out, erase."""

import csv
import io
import json
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers import sign_in
from customers.models import Consent, Customer
from events.models import Event
from ledger.models import Account, Entry
from ledger.queries import account_of, unsound_accounts
from tests.e2e.browsing import DESKTOP, carry
from tests.e2e.codes import code_of, read_code
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, make_more_customers, signed_in_member
from tests.factories import make_purchase

pytestmark = pytest.mark.e2e


@pytest.fixture
def desk(open_browser: OpenBrowser, house: House) -> Page:
    """The owner's, who has just shown a second factor."""
    page = open_browser(viewport=DESKTOP)
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    return page


def open_customer(desk: Page, house: House, customer: Customer) -> None:
    desk.goto(f"{house.url}/backoffice/customers/{customer.public_id}/")


def test_somebody_is_enrolled_at_the_desk_and_joins_on_the_own_phone(
    desk: Page, open_browser: OpenBrowser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "new_token", lambda: "a-token-that-the-test-knows")
    desk.goto(f"{house.url}/backoffice/customers/")
    desk.get_by_role("link", name="Kunden anlegen").click()
    desk.get_by_label("Name").fill("Nele Fuchs")
    desk.get_by_label("Telefon").fill("keine Nummer")
    desk.get_by_role("button", name="Kunden anlegen").click()
    expect(desk.get_by_role("alert")).to_be_visible()
    expect(desk.get_by_label("Name")).to_have_value("Nele Fuchs")
    desk.get_by_label("Telefon").fill("0151 7654321")
    desk.get_by_role("button", name="Kunden anlegen").click()
    code = desk.get_by_role("img", name="Code für das Handy")
    way = f"{house.url}/welcome/a-token-that-the-test-knows/"
    assert read_code(code.locator("svg")) == code_of(way)
    expect(desk.get_by_text("Warten auf das Handy")).to_be_visible()

    phone = open_browser()
    phone.goto(way)
    phone.get_by_role("button", name="Karte auf dieses Handy holen").click()
    expect(desk.get_by_text("Das Handy hat die Karte geöffnet.")).to_be_visible()
    phone.get_by_role("checkbox", name="Per SMS").check()
    phone.get_by_role("checkbox", name="Teilnahmebedingungen").check()
    phone.get_by_role("button", name="Karte zeigen").click()
    expect(phone.get_by_role("heading", name="Hallo Nele")).to_be_visible()
    expect(desk.get_by_text("Dabei, Bedingungen angenommen.")).to_be_visible()

    desk.get_by_role("link", name="Zurück zu Nele Fuchs").click()
    desk.get_by_text("Nachweis").click()
    desk.get_by_role("button", name=re.compile("^Widerrufen.*SMS")).click()
    expect(desk.get_by_role("status")).to_contain_text("Die Einwilligung ist widerrufen.")
    desk.get_by_label("Neues Schlagwort").fill("Hafer")
    desk.get_by_role("button", name="Schlagwort setzen").click()
    desk.get_by_role("link", name="Alle Schlagwörter").click()
    desk.get_by_role("link", name=re.compile("^Ändern.*Hafer")).click()
    desk.get_by_label("Name").fill("Hafermilch")
    desk.get_by_role("button", name="Änderungen speichern").click()
    desk.get_by_role("link", name="mit dem Schlagwort Hafermilch").click()
    expect(desk.get_by_role("table").locator("tbody tr")).to_have_count(1)
    expect(desk.get_by_role("table")).to_contain_text("Nele Fuchs")
    with house.shop.scope():
        assert Consent.objects.get(channel="sms").withdrawn_via == "staff"


def test_two_cards_of_one_person_become_one(desk: Page, house: House) -> None:
    with house.shop.scope():
        make_purchase(customer=house.timo, total=1000, store=house.shop.store, now=timezone.now())
    points, gone = house.balance(house.jana) + house.balance(house.timo), house.timo.number
    open_customer(desk, house, house.jana)
    desk.get_by_role("link", name="Zusammenführen").click()
    desk.get_by_label("Name, E-Mail, Karte oder Nummer der anderen Person").fill("Öztürk")
    desk.get_by_role("button", name="Suchen").click()
    desk.get_by_role("link", name=f"Auswählen {gone}").click()
    names = desk.get_by_role("group", name="Name")
    names.get_by_label("Timo Öztürk").check()
    desk.get_by_role("button", name="Ergebnis zeigen").click()
    outcome = desk.locator("section", has=desk.get_by_role("heading", name="Ergebnis"))
    expect(outcome).to_contain_text(f"{points:,}".replace(",", "."))
    expect(names.get_by_label("Timo Öztürk")).to_be_checked()
    desk.get_by_role("button", name="Kunden zusammenführen").click()
    expect(desk.get_by_role("heading", name="Timo Öztürk", level=1)).to_be_visible()
    assert house.balance(house.jana) == points
    desk.goto(f"{house.url}/backoffice/customers/")
    expect(desk.get_by_text("1 Mitglied")).to_be_visible()
    with house.shop.scope():
        assert unsound_accounts() == {}


def test_the_list_and_a_copy_of_one_s_data_are_taken_out(desk: Page, house: House) -> None:
    make_more_customers(house, 3, surname="=SUMME(A1)")
    desk.goto(f"{house.url}/backoffice/customers/")
    with desk.expect_download() as download:
        desk.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_bytes().decode("utf-8-sig")), delimiter=";"))
    assert {row["Kundennummer"] for row in rows} >= {house.jana.number, house.timo.number}
    assert len(rows) == 5

    open_customer(desk, house, house.jana)
    with desk.expect_download() as download:
        desk.get_by_role("button", name="JSON").click()
    assert json.loads(download.value.path().read_text())["customer"][0]["number"] == house.jana.number
    desk.get_by_role("button", name="Widerspruch vermerken").click()
    expect(desk.get_by_role("button", name="Widerspruch zurückgenommen")).to_be_visible()
    desk.get_by_role("link", name="Änderungen").click()
    expect(desk.get_by_role("table")).to_contain_text("Kopie der Daten ausgehändigt")
    with house.shop.scope():
        assert Event.objects.filter(name="customer.list_exported").count() == 1


def test_an_erased_customer_is_nowhere_and_the_ledger_keeps_its_sums(desk: Page, house: House) -> None:
    with house.shop.scope():
        account = account_of(house.jana)
        before = list(Entry.objects.filter(account=account).values_list("seq", "points"))
    open_customer(desk, house, house.jana)
    desk.get_by_role("link", name=re.compile("^Kunden löschen")).click()
    desk.get_by_label("Kundennummer").fill("123456789")
    desk.get_by_role("button", name="Kunden löschen").click()
    expect(desk.get_by_role("alert")).to_contain_text("Das ist nicht die Nummer")
    expect(desk.get_by_label("Kundennummer")).to_have_value("123456789")
    desk.get_by_label("Kundennummer").fill(house.jana.number)
    desk.get_by_role("button", name="Kunden löschen").click()
    expect(desk.get_by_role("status")).to_contain_text("gelöscht")
    desk.get_by_label("Kunden suchen").fill(house.jana.number)
    desk.get_by_role("button", name="Suchen", exact=True).click()
    expect(desk.get_by_role("heading", name="Niemand gefunden")).to_be_visible()
    with house.shop.scope():
        assert Customer.objects.get(pk=house.jana.pk).name == ""
        account = Account.objects.get(pk=account.pk)
        after = list(Entry.objects.filter(account=account).values_list("seq", "points"))
        assert after[: len(before)] == before
        assert account.balance == sum(points for _seq, points in after)
        assert unsound_accounts() == {}
