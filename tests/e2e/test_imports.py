"""A merchant brings customers in: three bad rows, a report, the corrected file, and everything taken back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer
from imports.models import FilePart, Import, RefusedRow
from tests.e2e.browsing import DESKTOP, carry, focused
from tests.e2e.conftest import OpenBrowser
from tests.e2e.people import House, signed_in_member

pytestmark = pytest.mark.e2e
GOOD = [f"{number};Anna{number};anna{number}@example.org;0151 23456{number:02d};17.04.1990" for number in range(10, 50)]
BAD = ["60;Bert;bert@;;", "61;Cora;;keine;", "62;Dieter;;;31.02.1990"]
FILE = "\n".join(["Kundennummer;Name;E-Mail;Telefon;Geburtstag", *GOOD, *BAD]) + "\n"


@pytest.fixture
def desk(open_browser: OpenBrowser, house: House) -> Page:
    page = open_browser(viewport=DESKTOP)
    carry(signed_in_member(house.shop, house.owner), to=house.url, context=page.context)
    page.goto(f"{house.url}/backoffice/imports/")
    return page


def upload(desk: Page, name: str, content: bytes, *, kind: str = "Kunden") -> None:
    desk.get_by_role("radio", name=re.compile(kind)).check(force=True)
    desk.locator("[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    desk.get_by_role("button", name="Hochladen und weiter").click()


def figure(desk: Page, label: str) -> str:
    return desk.locator(".counts div", has_text=label).locator("dd").inner_text()


def test_bad_rows_are_reported_corrected_and_the_whole_import_undone(
    desk: Page, house: House, other_house: House, tmp_path: Path
) -> None:
    desk.get_by_role("link", name="Datei importieren").click()
    upload(desk, "kunden.xlsx", b"PK\x03\x04 a workbook")
    expect(desk.get_by_role("alert")).to_contain_text("Das ist eine Arbeitsmappe.")
    assert "Arbeitsmappe" in focused(desk)
    upload(desk, "kunden.csv", FILE.encode("cp1252"))

    expect(desk.get_by_role("heading", name="Was bedeuten die Spalten?")).to_be_visible()
    expect(desk.get_by_label("Kundennummer")).to_have_value("external_id")
    expect(desk.get_by_role("row", name=re.compile("Telefon"))).to_contain_text("0151 2345610")
    desk.get_by_label("Name").select_option("external_id")
    desk.get_by_role("button", name="Datei prüfen").click()
    expect(desk.get_by_role("alert")).to_contain_text("hat diese Bedeutung schon")
    desk.get_by_label("Name").select_option("name")
    desk.get_by_role("button", name="Datei prüfen").click()

    expect(desk.get_by_role("heading", name="Das würde geschehen")).to_be_visible()
    assert [figure(desk, label) for label in ("Neu", "Bekannt", "Abgelehnt")] == ["40", "0", "3"]
    expect(desk.locator(".people")).to_contain_text("Anna10")
    expect(desk.get_by_role("row", name=re.compile("^44 "))).to_contain_text("31.02.1990")
    with house.shop.scope():
        assert Customer.objects.count() == 2
    desk.get_by_role("button", name="40 Personen importieren").click()
    expect(desk.get_by_role("heading", name="Das Ergebnis")).to_be_visible()
    assert figure(desk, "Übernommen") == "40"
    with house.shop.scope():
        assert Customer.objects.count() == 42
        assert not FilePart.objects.exists()

    with desk.expect_download() as downloading:
        desk.get_by_role("link", name="Bericht als CSV").click()
    report = tmp_path / "report.csv"
    downloading.value.save_as(report)
    text = report.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].endswith('"Zeile";"Grund"')
    corrected = text.replace("bert@", "bert@example.org").replace("keine", "0151 9999999").replace("31.02.", "28.02.")
    desk.get_by_role("link", name="Weitere Datei importieren").click()
    upload(desk, "korrigiert.csv", corrected.encode("utf-8-sig"))
    expect(desk.get_by_label("Grund")).to_have_value("")
    desk.get_by_role("button", name="Datei prüfen").click()
    desk.get_by_role("button", name="3 Personen importieren").click()
    expect(desk.get_by_text("Der Import ist fertig: 3 Personen übernommen.")).to_be_visible()

    desk.get_by_role("link", name="Importe").first.click()
    rows = desk.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Selin")
    desk.get_by_role("link", name="kunden.csv").click()
    desk.get_by_role("link", name="Import rückgängig machen …").click()
    expect(desk.get_by_text("40 Personen, über die sonst nichts bekannt ist, werden entfernt.")).to_be_visible()
    desk.get_by_role("button", name="Import rückgängig machen").click()
    expect(desk.get_by_text("Dieser Import ist rückgängig gemacht.")).to_be_visible()
    assert figure(desk, "Kunden entfernt") == "40"
    with house.shop.scope():
        assert Customer.objects.filter(status="active").count() == 5
        assert RefusedRow.objects.count() == 3
    with other_house.shop.scope():
        assert Import.objects.count() == 0
        assert Customer.objects.count() == 2


def test_a_running_import_is_watched_left_and_stopped(desk: Page, house: House) -> None:
    rows = "".join(f"K{number};{1 + number % 28:02d}.01.2026;{number % 90},10\n" for number in range(20_000))
    desk.goto(f"{house.url}/backoffice/imports/new/?kind=purchases")
    upload(desk, "bons.csv", f"Kunde;Datum;Betrag\n{rows}".encode(), kind="Einkäufe")
    desk.get_by_role("button", name="Datei prüfen").click()
    bar = desk.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(desk.locator("#phase")).to_have_text(re.compile("Datei lesen|vergleichen|Übernehmen"))
    desk.get_by_role("link", name="Importe").first.click()
    expect(desk.get_by_role("row", name=re.compile("bons.csv"))).to_be_visible()
    desk.get_by_role("link", name="bons.csv").click()
    desk.get_by_role("button", name="20.000 Einkäufe importieren").click(timeout=90_000)
    expect(desk.locator("#phase")).to_have_text("Übernehmen", timeout=90_000)
    desk.get_by_role("button", name="Anhalten").click()
    expect(desk.get_by_text("Auf halbem Weg angehalten.")).to_be_visible()
    desk.get_by_role("button", name="Fortsetzen").click()
    expect(desk.get_by_text("20.000 Einkäufe übernommen")).to_be_visible(timeout=180_000)
