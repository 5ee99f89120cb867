"""Whatever merchants export is read, or refused in one clear line."""

import os
from pathlib import Path

import pytest

from customers.models import Customer
from imports.errors import BadFile
from imports.models import Import, RefusedRow
from ledger.queries import unsound_accounts
from programs.models import Purchase, PurchaseLine
from tests.factories import Shop, make_customer, make_purchase
from tests.imports.conftest import Read, Write

HEADER = "customer,date,total"


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (("customer,date,total", "A,2026-01-02,24.90", "Müller,2026-01-03,5.00"), "utf-8"),
        (("customer,date,total", "A,2026-01-02,24.90", "Müller,2026-01-03,5.00"), "utf-8-sig"),
        (("customer,date,total", "A,2026-01-02,24.90", "Müller,2026-01-03,5.00"), "utf-16"),
        (("KundenNr;Datum;Betrag (EUR)", "A;02.01.2026;24,90", "Müller;03.01.2026;5,00"), "cp1252"),
        (("sep=;", "Kunde;Kaufdatum;Summe", "A;02.01.2026;24,90", "Müller;03.01.2026;5,00"), "utf-8"),
        (("Customer ID\tOrder Date\tAmount", "A\t2026-01-02\t24,90", "Müller\t2026-01-03\t5"), "utf-8"),
        (('"customer","date","total"', '"A","2026-01-02","24,90"', '"Müller","2026-01-03","5,00"'), "utf-8"),
        (("date|total|note|customer", "2026-01-02|24.90||A", "", "2026-01-03|5|x|Müller"), "utf-8"),
    ],
)
def test_delimiters_encodings_and_column_names_are_found(
    shop: Shop, write: Write, read: Read, lines: tuple[str, ...], encoding: str
) -> None:
    report, refused = read(shop, write(*lines, encoding=encoding, end="\r\n"))
    assert (report.recorded, report.customers, refused) == (2, 2, {})
    with shop.scope():
        assert sorted(Purchase.objects.values_list("customer__external_id", "total")) == [("A", 2490), ("Müller", 500)]
        assert unsound_accounts() == {}


def test_a_line_break_inside_a_field_belongs_to_the_field(shop: Shop, write: Write, read: Read) -> None:
    path = write("customer,date,total,name", 'A,2026-01-02,1.00,"Anna\nAlt"', "B,2026-01-02,x,", "C,2026-01-02,2.00,")
    report, refused = read(shop, path)
    assert (report.recorded, list(refused)) == (2, [4])
    with shop.scope():
        assert Customer.objects.get(external_id="A").name == "Anna Alt"


def test_an_unclosed_quotation_mark_loses_only_its_own_row(shop: Shop, write: Write, read: Read) -> None:
    rows = [f"C{number},2026-01-02,1.00" for number in range(1, 1001)]
    rows[499] = 'C500,"2026-01-02,1.00'
    report, refused = read(shop, write(HEADER, *rows))
    assert (report.rows, report.recorded, list(refused)) == (1000, 999, [501])
    assert "quotation" in refused[501]


def test_one_bad_row_among_ten_thousand_loses_only_itself(shop: Shop, write: Write, read: Read) -> None:
    rows = [f"C{number % 300},2026-01-{1 + number % 28:02d},{number % 90}.10" for number in range(10_000)]
    rows[7_776] = "C1,2026-01-02,vierzig"
    report, refused = read(shop, write(HEADER, *rows))
    assert (report.recorded, report.refused, list(refused)) == (9_999, 1, [7_778])
    with shop.scope():
        assert Purchase.objects.count() == 9_999
        assert unsound_accounts() == {}
        kept = RefusedRow.objects.get()
        assert (kept.line, kept.reason) == (7_778, "“vierzig” is not an amount.")
        source = Import.objects.get()
        assert (source.rows, source.recorded, source.known, source.refused) == (10_000, 9_999, 0, 1)
        assert source.finished_at is not None


GOOD = {
    "customer": "A",
    "date": "2026-01-02",
    "total": "1.00",
    "currency": "EUR",
    "store": "main",
    "receipt": "R2",
    "email": "",
    "name": "",
    "quantity": "1",
}


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("date", "2026-13-02", "not a date"),
        ("date", "2026-03-11", "future"),
        ("date", "", "date is missing"),
        ("total", "-1", "negative"),
        ("total", "1e9", "not an amount"),
        ("total", "NaN", "not an amount"),
        ("total", "24.905", "decimal places"),
        ("total", "999999999999", "too large"),
        ("total", "", "amount is missing"),
        ("currency", "CHF", "currency"),
        ("customer", "", "customer is missing"),
        ("customer", "A" * 81, "longer than 80"),
        ("customer", "Blocked", "blocked"),
        ("store", "mars", "no store mars"),
        ("receipt", "9" * 61, "longer than 60"),
        ("receipt", "R1", "receipt number"),
        ("email", "nobody@", "e-mail"),
        ("name", "n" * 121, "longer than 120"),
        ("quantity", "viele", "not a quantity"),
        ("quantity", "1" + "0" * 12, "not a quantity"),
        ("quantity", "NaN", "not a quantity"),
    ],
)
def test_a_bad_value_refuses_its_row_with_the_reason(
    shop: Shop, write: Write, read: Read, field: str, value: str, complaint: str
) -> None:
    with shop.scope():
        jana = make_customer()
        make_purchase(customer=jana, store=shop.store, receipt_number="R1")
        Customer.objects.filter(pk=jana.pk).update(status="blocked", external_id="Blocked")
    bad, good = GOOD | {field: value}, GOOD | {"customer": "B", "receipt": "R3"}
    report, refused = read(shop, write(",".join(GOOD), ",".join(bad.values()), ",".join(good.values())))
    assert (report.recorded, list(refused)) == (1, [2])
    assert complaint in refused[2]


@pytest.mark.parametrize(
    ("row", "complaint"), [("A,2026-01-02,24,90", "more fields"), ("A,2026-01-02", "fewer fields")]
)
def test_a_row_of_another_width_is_refused(shop: Shop, write: Write, read: Read, row: str, complaint: str) -> None:
    report, refused = read(shop, write(HEADER, row, "B,2026-01-02,1.00,,"))
    assert report.recorded == 1
    assert complaint in refused[2]


def test_a_quantity_is_recorded_with_the_purchase(shop: Shop, write: Write, read: Read) -> None:
    read(
        shop,
        write("customer,date,Menge,total", "A,2026-01-02,2,24.90", 'A,2026-01-03,"1,5",3.00', "A,2026-01-04,,1.00"),
    )
    with shop.scope():
        lines = PurchaseLine.objects.order_by("purchase_id").values_list("quantity", "total")
        assert [(float(quantity), total) for quantity, total in lines] == [(2, 2490), (1.5, 300)]


def test_columns_are_chosen_and_left_out(shop: Shop, write: Write, read: Read) -> None:
    path = write("a,b,c,Filiale", "A,2026-01-02,3.00,unknown")
    report, refused = read(shop, path, columns={"customer": "a", "date": "b", "total": "C", "store": ""})
    assert (report.recorded, refused) == (1, {})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"customer,date\nA,2026-01-02\n", "total"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 10, "not a text file"),
        (b"PK\x03\x04" + b"x" * 100, "workbook"),
        (b"customer,date,total\nM\x81\x8d\xff,2026-01-02,1\n", "not a text file"),
        (b"x" * (3 << 20), "not a text file"),
        (b"\xff\xfe\xff", "not a text file"),
    ],
)
def test_a_file_that_is_no_log_is_refused_as_a_whole(
    shop: Shop, tmp_path: Path, read: Read, content: bytes, complaint: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile) as refusal:
        read(shop, path)
    assert complaint in str(refusal.value)
    with shop.scope():
        assert not Import.objects.exists()


def test_a_header_without_rows_is_a_log_of_nothing(shop: Shop, write: Write, read: Read) -> None:
    report, refused = read(shop, write(HEADER))
    assert (report.rows, refused) == (0, {})


@pytest.mark.parametrize(
    ("reading", "complaint"),
    [
        ({"encoding": "utf-8"}, "encoding utf-8"),
        ({"encoding": "klingon"}, "no encoding klingon"),
        ({"columns": {"total": "Preis"}}, "no column Preis"),
        ({"columns": {"colour": "total"}}, "no field colour"),
        ({"columns": {"date": ""}}, "No column is known for date"),
    ],
)
def test_a_wrong_choice_is_named(
    shop: Shop, write: Write, read: Read, reading: dict[str, object], complaint: str
) -> None:
    path = write(HEADER, "Müller,2026-01-02,1.00", encoding="cp1252")
    with pytest.raises(BadFile) as refusal:
        read(shop, path, **reading)
    assert complaint in str(refusal.value)


def test_a_missing_file_and_a_folder_are_named(shop: Shop, tmp_path: Path, read: Read) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "none.csv", tmp_path, pipe):
        with pytest.raises(BadFile) as refusal:
            read(shop, path)
        assert str(path) in str(refusal.value)
