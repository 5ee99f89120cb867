"""Imports run in workers: one at a time, to the end, although workers die, stall, meet, or are told to stop."""

import logging
import signal
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from customers.models import Card, Customer
from events.models import Event
from imports import tasks, undoing
from imports.jobs import forget_files
from imports.kinds import KINDS, Booking, Outcome
from imports.lease import MAX_ATTEMPTS
from imports.models import FilePart, Import, RefusedRow
from imports.services import stop_import
from imports.work import waiting_imports, work_on
from ledger.models import Account
from ledger.queries import unsound_accounts
from loyalty.celery import app
from programs.models import Purchase
from tests.factories import NOW, Shop, make_shop
from tests.imports.desk import SELIN, Desk, counts
from tests.imports.test_repeating import together
from tests.processes import celery_worker

HEADER = "customer;date;total"
PATIENCE = 120


def log(customers: int, *, each: int) -> list[str]:
    return [
        f"C{customer:05d};{1 + nth % 28:02d}.01.2026;{customer % 50},{10 + nth % 90}"
        for nth in range(each)
        for customer in range(customers)
    ]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.staging.BATCH_ROWS", 100)


@pytest.fixture
def each_batch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Something that happens beside each batch of purchases, given its number, before it is committed."""
    kind = KINDS["purchases"]
    record = kind.record
    batches: list[int] = []

    def intrude(act: Any) -> None:
        def recording(rows: Sequence[Any], booking: Booking) -> Outcome:
            batches.append(len(batches) + 1)
            act(batches[-1])
            return record(rows, booking)

        monkeypatch.setattr(kind, "record", recording, raising=False)

    return intrude


# --- Workers of the product's own kind --------------------------------------------------------------------------------


def wait_until(met: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not met() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert met()


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_is_finished_by_another_and_counts_nothing_twice() -> None:
    shop, other = make_shop("morgenrot"), make_shop("nordlicht")
    desk = Desk(shop)
    app.control.purge()
    source = desk.check(desk.upload("purchases", HEADER, *log(2_000, each=8), "C1;gestern;1,00"))
    with celery_worker(threads=2) as worker:
        desk.start(source)
        wait_until(lambda: desk.now(source).phase == "recording" and desk.now(source).recorded)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    killed = desk.now(source)
    with shop.scope():
        assert killed.is_running
        assert 0 < Purchase.objects.count() < 16_000
        assert unsound_accounts() == {}
        # Two minutes later …
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    with celery_worker(threads=2):
        tasks.resume_all.delay()
        tasks.resume_all.delay()
        wait_until(lambda: not desk.now(source).is_running)
    done = desk.now(source)
    assert (done.state, counts(done), done.customers) == ("done", (16_001, 16_000, 0, 1), 2_000)
    with shop.scope():
        assert Purchase.objects.filter(import_id=source.pk).count() == 16_000
        assert Customer.objects.count() == Card.objects.count() == Account.objects.count() == 2_000
        assert Event.objects.filter(name="import.finished").count() == 1
        assert done.points == sum(Account.objects.values_list("balance", flat=True))
        assert list(desk.refused(done)) == [16_002]
        assert unsound_accounts() == {}
    with other.scope():
        assert not Purchase.objects.exists()
    app.control.purge()


# --- Meetings ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_does_the_work(small_batches: None) -> None:
    desk = Desk(make_shop("morgenrot"))
    source = desk.start(desk.check(desk.upload("purchases", HEADER, *log(50, each=20))))
    work = partial(work_on, tenant=desk.shop.tenant, import_id=source.pk, now=NOW)
    assert sorted(map(bool, together(work, work))) == [False, True]
    assert counts(desk.now(source)) == (1000, 1000, 0, 0)
    with desk.shop.scope():
        assert Event.objects.filter(name="import.finished").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stalled_writes_nothing_once_another_has_taken_over(small_batches: None, each_batch: Any) -> None:
    desk = Desk(make_shop("morgenrot"))
    source = desk.start(desk.check(desk.upload("purchases", HEADER, *log(30, each=20))))

    def take_over() -> None:
        with desk.shop.scope():
            Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        work_on(tenant=desk.shop.tenant, import_id=source.pk, now=NOW)

    each_batch(lambda number: together(take_over) if number == 3 else None)
    desk.work(source)
    assert counts(desk.now(source)) == (600, 600, 0, 0)
    with desk.shop.scope():
        assert Purchase.objects.count() == 600
        assert Event.objects.filter(name="import.finished").count() == 1
        assert unsound_accounts() == {}


def stop(desk: Desk, source: Import) -> None:
    with desk.shop.scope():
        stop_import(source=source, actor=SELIN)


@pytest.mark.django_db(transaction=True)
def test_an_import_stopped_half_way_keeps_what_it_has_and_goes_on_or_back(small_batches: None, each_batch: Any) -> None:
    desk = Desk(make_shop("morgenrot"))
    source = desk.check(desk.upload("purchases", HEADER, *log(30, each=20)))
    each_batch(lambda number: together(partial(stop, desk, source)) if number == 3 else None)
    stopped = desk.take_over(source)
    assert (stopped.step, stopped.state, stopped.recorded) == ("import", "stopped", 200)
    with desk.shop.scope():
        assert Purchase.objects.count() == 200
        assert FilePart.objects.exists()
    assert counts(desk.take_over(source)) == (600, 600, 0, 0)
    undone = desk.undo(source)
    assert (undone.undone["purchases"], undone.undone["customers"]) == (600, 30)


@pytest.mark.django_db(transaction=True)
def test_an_undo_whose_worker_died_is_finished_by_another(small_batches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Stands for a worker that dies."""

    monkeypatch.setattr("imports.undoing.CUSTOMERS_AT_ONCE", 5)
    desk = Desk(make_shop("morgenrot"))
    source = desk.bring("purchases", HEADER, *log(20, each=10))
    with monkeypatch.context() as patch:
        void = undoing.void_imported_purchases
        calls: list[int] = []

        def dying(**arguments: Any) -> Any:
            calls.append(1)
            if len(calls) == 3:
                raise Killed
            return void(**arguments)

        patch.setattr(undoing, "void_imported_purchases", dying)
        with pytest.raises(Killed):
            desk.undo(source)
    half = desk.now(source)
    assert (half.step, half.state, half.undone["purchases"]) == ("undo", "running", 100)
    assert desk.work(source).undone["purchases"] == 100  # the lease is still held
    with desk.shop.scope():
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    done = desk.work(source)
    assert (done.state, done.undone["purchases"], done.undone["customers"]) == ("done", 200, 20)
    with desk.shop.scope():
        assert unsound_accounts() == {}


# --- Who works on what ------------------------------------------------------------------------------------------------


def test_a_shop_s_imports_come_one_after_the_other(desk: Desk, other_desk: Desk) -> None:
    first = desk.start(desk.check(desk.upload("products", "sku;name", "1;Tee")))
    second = desk.start(desk.check(desk.upload("products", "sku;name", "2;Kaffee")))
    elsewhere = other_desk.start(other_desk.check(other_desk.upload("products", "sku;name", "1;Schnitt")))
    with desk.shop.scope():
        Import.objects.filter(pk=first.pk).update(leased_until=timezone.now() + timedelta(minutes=1))
        assert waiting_imports() == [second.pk]
    assert desk.work(second).is_running
    assert other_desk.work(elsewhere).state == "done"
    with desk.shop.scope():
        Import.objects.filter(pk=first.pk).update(leased_until=None)
        assert waiting_imports() == [first.pk, second.pk]
    assert desk.work(first).state == desk.work(second).state == "done"


def test_a_file_that_kills_its_workers_is_given_up(desk: Desk) -> None:
    source = desk.start(desk.check(desk.upload("products", "sku;name", "1;Tee")))
    with desk.shop.scope():
        Import.objects.update(attempts=MAX_ATTEMPTS, leased_until=timezone.now() - timedelta(seconds=1))
    assert desk.work(source).state == "failed"
    assert desk.take_over(source).state == "done"


@pytest.mark.parametrize("error", [ValueError, OperationalError])
def test_a_failure_ends_the_import_unless_the_database_is_away(
    desk: Desk,
    each_batch: Any,
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_number: int) -> None:
        raise error("Zwölfender")

    monkeypatch.setattr("imports.lease.PAUSE_SECONDS", 0)
    source = desk.check(desk.upload("purchases", HEADER, "Zwölfender;01.02.2026;1,00"))
    each_batch(fail)
    with caplog.at_level(logging.INFO):
        failed = desk.take_over(source)
    assert failed.state == ("failed" if error is ValueError else "running")
    assert failed.problem == ""
    assert error.__name__ in caplog.text
    assert "Zwölfender" not in caplog.text
    with desk.shop.scope():
        assert Event.objects.filter(name="import.failed").count() == (1 if error is ValueError else 0)
        assert "Zwölfender" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_an_import_from_the_command_line_that_was_interrupted_is_told_so(desk: Desk) -> None:
    with desk.shop.scope():
        source = Import.objects.create(
            kind="purchases",
            file_name="log.csv",
            started_at=NOW,
            step="import",
            state="running",
            lease=1,
            leased_until=timezone.now() - timedelta(minutes=1),
        )
    failed = desk.work(source)
    assert failed.state == "failed"
    assert failed.problem


# --- What is kept -----------------------------------------------------------------------------------------------------


def kept(shop: Shop, text: str) -> set[str]:
    """The tables of imports and events in which the text stands."""
    with shop.scope():
        return {
            model.__name__
            for model in (Import, FilePart, RefusedRow, Event)
            if any(text in _readable(row) for row in model.objects.values())
        }


def _readable(row: Any) -> str:
    return " ".join(
        bytes(value).decode() if isinstance(value, bytes | memoryview) else str(value) for value in row.values()
    )


def test_people_in_a_file_are_forgotten_with_it_and_never_in_logs_or_events(
    desk: Desk, other_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    lines = ("Kundennummer;Name;E-Mail;Geburtstag", "1;Zwölfender;a@example.org;", "2;Zwölfender;b@example.org;bald")
    with caplog.at_level(logging.DEBUG):
        source = desk.check(desk.upload("customers", *lines))
        assert kept(desk.shop, "Zwölfender") == {"Import", "FilePart", "RefusedRow"}
        desk.take_over(source)
    assert kept(desk.shop, "Zwölfender") == {"RefusedRow"}
    draft, elsewhere = desk.check(desk.upload("customers", *lines)), other_desk.upload("customers", *lines)
    with desk.shop.scope():
        Import.objects.filter(pk__in=[source.pk, draft.pk]).update(started_at=timezone.now() - timedelta(days=8))
    forget_files(desk.shop.tenant, NOW.date())
    assert kept(desk.shop, "Zwölfender") == set()
    with desk.shop.scope():
        assert list(Import.objects.values_list("pk", "header")) == [(source.pk, [])]
    assert kept(other_desk.shop, "Zwölfender") == {"FilePart"}
    assert other_desk.now(elsewhere).header == lines[0].split(";")
    assert "Zwölfender" not in caplog.text


def test_a_young_or_running_import_keeps_its_file(desk: Desk) -> None:
    young, running = (desk.upload("products", "sku;name", f"{number};Tee") for number in (1, 2))
    desk.choose(running)
    with desk.shop.scope():
        Import.objects.filter(pk=running.pk).update(started_at=timezone.now() - timedelta(days=8))
        Import.objects.filter(pk=young.pk).update(started_at=timezone.now() - timedelta(days=6))
    forget_files(desk.shop.tenant, NOW.date())
    assert desk.sees(FilePart.objects.count) == 2
