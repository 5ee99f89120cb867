"""A row is recorded once: in another order, in another spelling, in parts, after a crash, or read twice at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from customers.models import Card, Customer
from imports.models import Import
from imports.run import Report
from imports.services import import_purchases
from ledger.models import Account
from ledger.queries import unsound_accounts
from programs import bulk
from programs.bulk import PastPurchase
from programs.models import Purchase
from programs.services import record_purchase, void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_shop
from tests.imports.conftest import Read, Write
from tests.processes import database_url

HEADER = "customer,date,total"
TWINS = ("A,2026-01-02,24.90", "A,2026-01-02,24.90", "B,2026-01-02,24.90")


def test_twins_are_two_purchases_and_stay_two(shop: Shop, write: Write, read: Read) -> None:
    for recorded, known in ((3, 0), (0, 3)):
        report, _ = read(shop, write(HEADER, *TWINS))
        assert (report.recorded, report.known) == (recorded, known)


def test_another_order_another_spelling_and_other_columns_are_the_same_rows(
    shop: Shop, write: Write, read: Read
) -> None:
    read(shop, write(HEADER, *TWINS))
    path = write("Betrag;Datum;Notiz;Kunde", "24,90 €;02.01.26;x;B", "24,9;2.1.2026;;A", "24,90;2026-01-02;;A")
    report, _ = read(shop, path)
    assert (report.recorded, report.known) == (0, 3)


def test_a_longer_file_adds_only_what_is_new(shop: Shop, write: Write, read: Read) -> None:
    read(shop, write(HEADER, TWINS[0]))
    report, _ = read(shop, write(HEADER, *TWINS))
    assert (report.recorded, report.known, report.customers) == (2, 1, 1)


def test_receipt_store_and_time_tell_rows_apart(shop: Shop, write: Write, read: Read) -> None:
    header = "customer,date,time,total,receipt,store"
    rows = [
        "A,2026-01-02,10:00,1,,",
        "A,2026-01-02,10:01,1,,",
        "A,2026-01-02,10:00,1,R1,",
        "A,2026-01-02,10:00,1,R1,main",
    ]
    assert read(shop, write(header, *rows))[0].recorded == 4
    assert read(shop, write(header, *reversed(rows)))[0].known == 4


def test_a_receipt_is_recorded_once_also_within_a_file(shop: Shop, write: Write, read: Read) -> None:
    path = write("customer,date,total,receipt", "A,2026-01-02,1,R1", "A,2026-01-03,2,R1", "B,2026-01-03,2,R1")
    for recorded in (1, 0):
        report, refused = read(shop, path)
        assert (report.recorded, list(refused)) == (recorded, [3, 4])


def test_a_voided_row_does_not_come_back_but_its_receipt_is_free_for_the_right_one(
    shop: Shop, write: Write, read: Read
) -> None:
    wrong, right = "A,2026-01-02,249,R1", "A,2026-01-02,24.90,R1"
    header = "customer,date,total,receipt"
    read(shop, write(header, wrong))
    with shop.scope():
        void_purchase(purchase=Purchase.objects.get(), actor=SYSTEM, now=NOW)
    assert read(shop, write(header, wrong))[0].known == 1
    assert read(shop, write(header, right))[0].recorded == 1
    assert list(read(shop, write(header, "B,2026-01-02,5,R1"))[1]) == [2]


def test_the_other_shop_reads_the_same_file_for_itself(shop: Shop, other_shop: Shop, write: Write, read: Read) -> None:
    path = write(HEADER, *TWINS)
    assert read(shop, path)[0].recorded == read(other_shop, path)[0].recorded == 3


def test_a_dry_run_tells_the_same_and_keeps_nothing(shop: Shop, write: Write, read: Read) -> None:
    path = write(HEADER, *TWINS, "C,2026-01-02,x")
    rehearsal = import_purchases(tenant=shop.tenant, path=path, actor=SYSTEM, now=NOW, dry_run=True)
    with shop.scope():
        assert [model.objects.count() for model in (Purchase, Customer, Import)] == [0, 0, 0]
    assert read(shop, path)[0] == rehearsal


def test_customers_are_known_by_reference_and_by_email(shop: Shop, write: Write, read: Read) -> None:
    with shop.scope():
        jana = make_customer(name="Jana Krüger", email="jana@example.org")
    path = write(
        "customer,date,total,name,email",
        "7,2026-01-02,1,J. K.,Jana@Example.org",
        "8,2026-01-02,1,Ole Ø,",
        "8,2026-01-03,1,,ole@example.org",
        "9,2026-01-02,1,Twin,ole@example.org",
    )
    report, _ = read(shop, path)
    assert (report.recorded, report.customers) == (4, 2)
    with shop.scope():
        known = Customer.objects.order_by("external_id").values_list("external_id", "name", "email", "source")
        assert list(known) == [
            ("7", "Jana Krüger", "jana@example.org", "test"),
            ("8", "Ole Ø", "ole@example.org", "import"),
            ("9", "Twin", "", "import"),
        ]
        assert Purchase.objects.filter(customer=jana).count() == 1
        assert Card.objects.count() == Account.objects.count() == 3
    assert read(shop, path)[0].known == 4


def test_a_customer_with_more_purchases_than_a_batch_is_read_in_several(
    shop: Shop, write: Write, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.staging.BATCH_ROWS", 5)
    monkeypatch.setattr("imports.staging.LARGEST_BATCH", 20)
    rows = [f"{'A' if number % 3 else f'C{number}'},2026-01-{1 + number % 28:02d},100" for number in range(150)]
    assert read(shop, write(HEADER, *rows))[0].recorded == 150
    with shop.scope():
        points = list(
            Purchase.objects.filter(customer__external_id="A").order_by("pk").values_list("points", flat=True)
        )
        assert points == sorted(points)
        assert points[0] == 1000
        assert points[-1] == 1500
        assert unsound_accounts() == {}


def log_of(path: Path, *, customers: int, each: int) -> Path:
    rows = [
        f"C{customer},2025-{1 + nth % 12:02d}-05,{customer % 50}.{nth:02d}"
        for nth in range(each)
        for customer in range(customers)
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def together(*acts: Callable[[], object]) -> list[object]:
    def act(each: Callable[[], object]) -> object:
        try:
            return each()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_a_file_at_once_record_every_purchase_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.staging.BATCH_ROWS", 100)
    shop = make_shop("morgenrot")
    path = log_of(tmp_path / "log.csv", customers=300, each=10)

    def read() -> Report:
        return import_purchases(tenant=shop.tenant, path=path, actor=SYSTEM, now=NOW)

    reports = [report for report in together(read, read) if isinstance(report, Report)]
    assert sum(report.recorded for report in reports) == 3_000
    assert sum(report.customers for report in reports) == 300
    assert all(report.recorded + report.known == 3_000 for report in reports)
    with shop.scope():
        assert Purchase.objects.count() == 3_000
        assert Customer.objects.count() == Account.objects.count() == Card.objects.count() == 300
        assert unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_a_till_awards_points_while_its_customers_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.staging.BATCH_ROWS", 50)
    shop = make_shop("morgenrot")
    path = log_of(tmp_path / "log.csv", customers=20, each=60)
    small = log_of(tmp_path / "first.csv", customers=20, each=1)
    import_purchases(tenant=shop.tenant, path=small, actor=SYSTEM, now=NOW)

    def read() -> Report:
        return import_purchases(tenant=shop.tenant, path=path, actor=SYSTEM, now=NOW)

    def award() -> None:
        for nth in range(60):
            with shop.scope():
                customer = Customer.objects.get(external_id=f"C{nth % 20}")
                record_purchase(customer=customer, total=1_000 + nth, currency="EUR", actor=SYSTEM, now=NOW)

    together(read, award)
    with shop.scope():
        assert Purchase.objects.count() == 20 * 60 + 60
        assert Account.objects.filter(qualifying_visits=63).count() == 20
        assert unsound_accounts() == {}


@pytest.mark.django_db(transaction=True)
def test_a_receipt_that_a_till_records_meanwhile_is_refused(
    write: Write, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unique key catches what the check could not see; the batch is tried again and then sees it."""
    shop = make_shop("morgenrot")
    check = bulk._known_receipts
    tills: list[object] = []

    def check_and_be_overtaken(purchases: Sequence[PastPurchase]) -> set[tuple[int | None, str]]:
        known = check(purchases)
        if not tills:
            tills.append(together(till))
        return known

    def till() -> None:
        with shop.scope():
            record_purchase(customer=None, total=1, currency="EUR", receipt_number="R1", actor=SYSTEM, now=NOW)

    monkeypatch.setattr(bulk, "_known_receipts", check_and_be_overtaken)
    report, refused = read(shop, write("customer,date,total,receipt", "A,2026-01-02,1,R1", "B,2026-01-02,1,R2"))
    assert (report.recorded, list(refused)) == (1, [2])


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_leaves_whole_customers_and_is_completed_by_repeating(tmp_path: Path) -> None:
    shop = make_shop("morgenrot")
    path = log_of(tmp_path / "log.csv", customers=3_000, each=8)
    command = [sys.executable, "manage.py", "import_purchases", str(path), "--tenant", "morgenrot", "--skip-checks"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | {"DATABASE_URL": database_url()})
    try:
        deadline = time.monotonic() + 60
        while not recorded_so_far(shop) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with shop.scope():
        done = Purchase.objects.count()
        assert 0 < done < 24_000
        assert done == 8 * Customer.objects.count()
        assert unsound_accounts() == {}
        assert Import.objects.get().finished_at is None
    report = import_purchases(tenant=shop.tenant, path=path, actor=SYSTEM, now=NOW)
    assert (report.known + report.recorded, report.refused) == (24_000, 0)
    assert report.known >= done
    with shop.scope():
        assert Purchase.objects.count() == 24_000
        assert Customer.objects.count() == 3_000
        assert unsound_accounts() == {}


def recorded_so_far(shop: Shop) -> int:
    with shop.scope():
        return Import.objects.values_list("recorded", flat=True).first() or 0
