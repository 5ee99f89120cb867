"""From the file to the shop in steps: upload, columns, check, import, report, and once more."""

import pytest
from django.utils import translation

from customers.models import Customer
from events.models import Event
from imports.errors import BadFile, FileTooLarge, NotPossibleNow, UnknownImport
from imports.models import ColumnChoice, FilePart, Import, RefusedRow
from imports.queries import import_by_id
from imports.services import choose_columns, discard_import, read_differently, stop_import
from ledger.queries import unsound_accounts
from programs.models import Purchase
from tenants.csv import csv_lines
from tenants.errors import Invalid
from tests.factories import NOW, Shop
from tests.imports.desk import SELIN, Desk, counts

LOG = ("KundenNr;Datum;Betrag", "A;02.01.2026;24,90", "B;03.01.2026;5,00", "A;04.01.2026;vierzig", ";05.01.2026;1,00")


def test_a_file_waits_with_its_columns_guessed(desk: Desk) -> None:
    source = desk.upload("purchases", *LOG)
    assert (source.step, source.state) == ("columns", "open")
    assert (source.encoding, source.delimiter, source.header) == ("utf-8", ";", ["KundenNr", "Datum", "Betrag"])
    assert source.columns == {"customer": 0, "date": 1, "total": 2}
    assert desk.sees(Purchase.objects.exists) is False


def test_a_check_tells_what_an_import_would_do_and_keeps_nothing(desk: Desk) -> None:
    source = desk.check(desk.upload("purchases", *LOG))
    assert (source.step, source.state, counts(source)) == ("check", "done", (4, 2, 0, 2))
    assert (source.customers, source.points) == (2, 299)
    assert [person["reference"] for person in source.sample] == ["A", "B"]
    assert desk.refused(source) == {4: "“vierzig” is not an amount.", 5: "The customer is missing."}
    assert desk.sees(Purchase.objects.exists) is desk.sees(Customer.objects.exists) is False


def test_an_import_takes_over_what_the_check_promised_and_forgets_the_file(desk: Desk) -> None:
    source = desk.take_over(desk.check(desk.upload("purchases", *LOG)))
    assert (source.step, source.state, counts(source)) == ("import", "done", (4, 2, 0, 2))
    assert (source.customers, source.points, source.sample) == (2, 299, [])
    assert source.finished_at is not None
    with desk.shop.scope():
        assert Purchase.objects.filter(import_id=source.pk).count() == 2
        assert Customer.objects.filter(import_id=source.pk).count() == 2
        assert set(Purchase.objects.values_list("actor", flat=True)) == {"member:1"}
        assert not FilePart.objects.exists()
        assert unsound_accounts() == {}


def test_refused_rows_are_corrected_in_their_report_and_uploaded_again(desk: Desk) -> None:
    first = desk.bring("purchases", *LOG, 'C;"06.01.2026;1,00', "=1+1;07.01.2026;-5,00", "D;08.01.2026;2,00")
    assert counts(first) == (7, 3, 0, 4)
    with translation.override("de"):
        text = "".join(csv_lines(desk.report(first)))
    assert text.splitlines()[0] == '"KundenNr";"Datum";"Betrag";"Zeile";"Grund"'
    assert '"\'=1+1";"07.01.2026";"\'-5,00"' in text
    assert '"C;""06.01.2026;1,00"' in text
    corrected = text.replace("vierzig", "40,00").replace('"";"05', '"B";"05').replace("'-5,00", "5,00")
    second = desk.bring("purchases", content=b"\xef\xbb\xbf" + corrected.encode())
    assert counts(second) == (4, 3, 0, 1)
    assert desk.sees(lambda: Customer.objects.filter(external_id="=1+1").count()) == 1


def test_the_columns_of_the_last_file_are_remembered(desk: Desk, other_desk: Desk) -> None:
    header = "wer;wann;wieviel;Betrag"
    first = desk.upload("purchases", header, "A;03/04/2025;1.240;x")
    assert first.columns == {"total": 3}
    first.date_format, first.decimal_mark = "%d/%m/%Y", ","
    desk.check(first, customer=0, date=1, total=2)
    same = desk.upload("purchases", "Betrag;wieviel;wann;wer", "x;1.240;03/04/2025;A")
    assert same.columns == {"customer": 3, "date": 2, "total": 1}
    assert (same.date_format, same.decimal_mark) == ("%d/%m/%Y", ",")
    longer = desk.upload("purchases", f"{header};Zeile;Grund", "A;03/04/2025;1.240;x;2;no")
    assert longer.columns == {"customer": 0, "date": 1, "total": 2}
    assert other_desk.upload("purchases", header, "A;03/04/2025;1.240;x").columns == {"total": 3}
    assert desk.upload("balances", header, "A;03/04/2025;1.240;x").columns == {}
    desk.check(same)
    assert desk.sees(ColumnChoice.objects.count) == 1


@pytest.mark.parametrize(
    ("lines", "columns", "field", "complaint"),
    [
        (("a;b", "x;y"), {"customer": 0, "date": 1}, None, "Amount paid"),
        (("a;b;c", "x;03/04/2026;1,00"), {"customer": 0, "date": 1, "total": 2}, "date_format", "two ways"),
        (("a;b;c", "x;03.04.2026;1.240"), {"customer": 0, "date": 1, "total": 2}, "decimal_mark", "two ways"),
    ],
)
def test_columns_that_leave_doubt_are_asked_for(
    desk: Desk, lines: tuple[str, ...], columns: dict[str, int], field: str | None, complaint: str
) -> None:
    source = desk.upload("purchases", *lines)
    with pytest.raises(Invalid) as refusal:
        desk.choose(source, **columns)
    assert refusal.value.field == field
    assert complaint in str(refusal.value)
    assert desk.now(source).state == "open"


def test_a_file_is_read_differently_on_request(desk: Desk) -> None:
    source = desk.upload("purchases", content="Kunde|Datum|Betrag;Name\nA|2026-01-02|1;Müller\n".encode("cp1252"))
    assert (source.encoding, source.delimiter) == ("cp1252", "|")
    with desk.shop.scope():
        read_differently(source=source, encoding="iso-8859-15", delimiter=";")
        with pytest.raises(BadFile):
            read_differently(source=source, encoding="utf-8", delimiter=";")
    assert desk.now(source).header == ["Kunde|Datum|Betrag", "Name"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest of a workbook", "Save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old workbook", "Save the sheet as CSV"),
        (b"\x1f\x8b\x08 packed", "Unpack it first"),
        (b"%PDF-1.7\n", "PDF"),
        (b"  <!DOCTYPE html><table><tr><td>customer</td></tr></table>", "web page"),
        (b'<?xml version="1.0"?><Workbook>', "web page"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        (b"jana@example.org;Jana;1.2.1990\nole@example.org;Ole;2.3.1991\n", "must name the columns"),
        (b"1001;24,90\n1002;5,00\n", "must name the columns"),
        (b"name;02.01.2026\n", "must name the columns"),
        (("a;" * 300 + "\n").encode(), "more than 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_before_anything_is_kept(desk: Desk, content: bytes, complaint: str) -> None:
    with pytest.raises(BadFile) as refusal:
        desk.upload("customers", content=content or b"\n")
    assert complaint in str(refusal.value)
    assert refusal.value.field == "file"
    assert desk.sees(Import.objects.exists) is False


def test_a_file_above_the_limit_is_refused_with_the_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.services.MOST_BYTES", 10_000_000)
    content = b"sku;name\n" + b"1;Cappuccino\n" * 800_000
    with pytest.raises(FileTooLarge) as refusal:
        desk.upload("products", content=content)
    assert "10 MB" in str(refusal.value)


def test_two_clicks_are_one_import(desk: Desk) -> None:
    source = desk.check(desk.upload("purchases", *LOG))
    desk.start(source)
    with pytest.raises(NotPossibleNow):
        desk.start(source)
    assert desk.work(source).state == "done"
    with pytest.raises(NotPossibleNow):
        desk.start(source)
    with desk.shop.scope(), pytest.raises(NotPossibleNow):
        stop_import(source=source, actor=SELIN)
    assert desk.sees(lambda: Event.objects.filter(name="import.started").count()) == 1


def test_a_running_check_is_stopped_and_the_columns_can_be_chosen_again(desk: Desk) -> None:
    source = desk.choose(desk.upload("purchases", *LOG))
    with desk.shop.scope():
        stop_import(source=source, actor=SELIN)
    assert (desk.work(source).step, desk.now(source).state) == ("columns", "open")
    assert counts(desk.check(source)) == (4, 2, 0, 2)


def test_a_file_can_be_discarded_until_it_is_taken_over(desk: Desk) -> None:
    source = desk.check(desk.upload("purchases", *LOG))
    with desk.shop.scope():
        discard_import(source=source, actor=SELIN)
        assert not Import.objects.exists()
        assert not FilePart.objects.exists()
        assert not RefusedRow.objects.exists()
    with desk.shop.scope(), pytest.raises(UnknownImport):
        import_by_id(source.pk)
    taken = desk.bring("purchases", *LOG)
    with desk.shop.scope(), pytest.raises(NotPossibleNow):
        discard_import(source=taken, actor=SELIN)


def test_a_large_file_is_kept_in_pieces_and_put_together_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.storage.PART", 1000)
    rows = [f"C{number};02.01.2026;{number % 90},10" for number in range(500)]
    source = desk.upload("purchases", "Kunde;Datum;Betrag", *rows)
    assert desk.sees(FilePart.objects.count) == 11
    assert counts(desk.take_over(desk.check(source))) == (500, 500, 0, 0)


def test_nobody_sees_or_starts_the_imports_of_the_other_shop(desk: Desk, other_desk: Desk, other_shop: Shop) -> None:
    source = desk.check(desk.upload("purchases", *LOG))
    with other_shop.scope():
        with pytest.raises(UnknownImport):
            import_by_id(source.pk)
        with pytest.raises((NotPossibleNow, BadFile)):
            choose_columns(source=source, columns=source.columns, date_format="", decimal_mark="", actor=SELIN, now=NOW)
    with pytest.raises(NotPossibleNow):
        other_desk.start(source)
    assert desk.take_over(source).recorded == other_desk.bring("purchases", *LOG).recorded == 2
