"""What customers decide about their own data: change it, take it away, withdraw a consent, delete the account."""

import csv
import io
import json
import re
import zipfile

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers.consents import give, withdrawal_token
from customers.models import Consent, Customer, Note, Via
from ledger.models import Account, Entry
from ledger.queries import account_of, unsound_accounts
from tenants.roles import SYSTEM
from tests.e2e.browsing import carry
from tests.e2e.conftest import OpenBrowser
from tests.e2e.mailbox import mailed, mailed_code
from tests.e2e.people import House, signed_in_customer

pytestmark = pytest.mark.e2e


@pytest.fixture
def phone(page: Page, house: House) -> Page:
    """Jana's, signed in."""
    carry(signed_in_customer(house, house.jana), to=house.url, context=page.context)
    return page


def test_a_customer_changes_name_birthday_and_address(phone: Page, open_browser: OpenBrowser, house: House) -> None:
    tablet = open_browser()
    carry(signed_in_customer(house, house.jana), to=house.url, context=tablet.context)
    tablet.goto(f"{house.url}/profile/")
    phone.goto(f"{house.url}/profile/")
    phone.get_by_label("Name").fill("Jana Krüger-Öz")
    phone.get_by_label("Tag", exact=True).select_option("31")
    phone.get_by_role("button", name="Speichern").click()
    expect(phone.get_by_role("alert")).to_contain_text("Diesen Tag gibt es nicht.")
    expect(phone.get_by_label("Name")).to_have_value("Jana Krüger-Öz")
    phone.get_by_label("Monat", exact=True).select_option("12")
    phone.get_by_role("button", name="Speichern").click()
    expect(phone.get_by_role("status")).to_contain_text("Deine Angaben sind gespeichert.")

    phone.get_by_role("link", name=re.compile(house.jana.email)).click()
    phone.get_by_label("Neue E-Mail-Adresse").fill("jana.neu@example.org")
    phone.get_by_role("button", name="Code schicken").click()
    phone.get_by_label("Code aus der E-Mail").fill(mailed_code("jana.neu@example.org"))
    phone.get_by_role("button", name="Adresse bestätigen").click()
    expect(phone.get_by_role("status")).to_contain_text("Ab jetzt gilt deine neue E-Mail-Adresse.")
    assert "jetzt eine andere E-Mail-Adresse" in mailed(house.jana.email)
    with house.shop.scope():
        jana = Customer.objects.get(pk=house.jana.pk)
    assert (jana.name, jana.birthday, jana.email) == ("Jana Krüger-Öz", "12-31", "jana.neu@example.org")
    tablet.reload()
    expect(tablet.get_by_label("Deine E-Mail-Adresse")).to_be_visible()


def test_a_customer_gives_and_withdraws_a_consent(phone: Page, open_browser: OpenBrowser, house: House) -> None:
    phone.goto(f"{house.url}/profile/")
    phone.get_by_role("link", name="Einwilligungen").click()
    by_mail = phone.get_by_role("region", name="E-Mail")
    expect(by_mail).to_contain_text("nicht erteilt")
    by_mail.get_by_role("button", name="Einwilligen").click()
    expect(by_mail).to_contain_text("im Kundenkonto")
    by_mail.get_by_role("button", name="Widerrufen").click()
    expect(phone.get_by_role("status")).to_contain_text("Die Einwilligung ist widerrufen.")
    by_mail.get_by_text("Verlauf dieser Einwilligung").click()
    expect(by_mail.get_by_role("listitem")).to_contain_text("widerrufen")

    by_mail.get_by_role("button", name="Einwilligen").click()
    expect(by_mail).to_contain_text("erteilt")
    with house.shop.scope():
        token = withdrawal_token(Consent.objects.get(customer=house.jana, withdrawn_at=None))
    stranger = open_browser()
    for _ in range(2):
        stranger.goto(f"{house.url}/unsubscribe/{token}/")
        expect(stranger.get_by_role("heading", name="Keine Werbung mehr?")).to_be_visible()
    stranger.get_by_role("button", name="Einwilligung widerrufen").click()
    expect(stranger.get_by_role("heading", name="Widerrufen")).to_be_visible()
    phone.reload()
    expect(by_mail).to_contain_text("nicht erteilt")


def test_a_customer_takes_everything_along(phone: Page, house: House) -> None:
    with house.shop.scope():
        Note.objects.create(customer=house.jana, text="=Mag Hafermilch", author="member:1", created_at=timezone.now())
        give(customer=house.jana, channel="sms", language="de", via=Via.PORTAL, actor=SYSTEM, now=timezone.now())
    phone.goto(f"{house.url}/privacy/")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Für Programme (JSON)").click()
    data = json.loads(download.value.path().read_text())
    assert data["customer"][0]["name"] == "Jana Krüger"
    assert data["cards"][0]["text"] == house.card
    assert data["consents"][0]["wording"].startswith("Café Morgenrot GmbH darf mir per SMS")
    assert data["notes"][0]["text"] == "=Mag Hafermilch"
    assert data["terms_acceptances"][0]["version"] == 1
    assert data["sign_ins"][-1]["via"] == "code"
    assert len(data["purchases"]) == len(data["bookings"]) == 7
    assert sum(booking["points"] for booking in data["bookings"]) == house.balance(house.jana)
    assert data["bookings"][0]["text"] == "Einkauf 89,90\u202f€: 899 × 1,25 Gold"

    with phone.expect_download() as download:
        phone.get_by_role("link", name="Als Tabellen (CSV)").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert {name.removesuffix(".csv") for name in archive.namelist()} == set(data)
        tables = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))
            for name in archive.namelist()
        }
    assert [row["total"] for row in tables["purchases.csv"]] == ["89.90"] * 7
    assert tables["notes.csv"][0]["text"] == "'=Mag Hafermilch", "no spreadsheet may take it for a formula"


def test_a_customer_deletes_the_account_and_the_ledger_keeps_its_sums(phone: Page, house: House) -> None:
    with house.shop.scope():
        account = account_of(house.jana)
        before = (account.balance, list(Entry.objects.filter(account=account).values_list("seq", "points")))
    phone.goto(f"{house.url}/privacy/")
    phone.get_by_role("link", name="Konto löschen").click()
    expect(phone.get_by_role("region", name="Was sofort geht")).to_contain_text("6.517 Punkte, und zwar endgültig")
    expect(phone.get_by_role("region", name="Was bleibt und warum")).to_contain_text("acht")
    phone.get_by_role("button", name="Code ins Postfach schicken").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Code ins Postfach schicken").click()
    code = mailed_code(house.jana.email)
    phone.get_by_label("Code aus der E-Mail").fill("000000" if code != "000000" else "111111")
    phone.get_by_role("button", name="Endgültig löschen").click()
    expect(phone.get_by_role("alert")).to_contain_text("Dieser Code stimmt nicht")
    phone.get_by_label("Code aus der E-Mail").fill(code)
    phone.get_by_role("button", name="Endgültig löschen").click()
    expect(phone.get_by_role("heading", name="Dein Konto ist gelöscht")).to_be_visible()
    with house.shop.scope():
        jana = Customer.objects.get(pk=house.jana.pk)
        account = Account.objects.get(customer=jana)
        after = (account.balance, list(Entry.objects.filter(account=account).values_list("seq", "points")))
        assert (jana.status, jana.name, jana.email, jana.phone) == ("erased", "", "", "")
        assert unsound_accounts() == {}
    assert after == before
    phone.goto(house.url)
    expect(phone.get_by_role("heading", name="Punkte sammeln bei Café Morgenrot")).to_be_visible()
