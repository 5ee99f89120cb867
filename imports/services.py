"""Reading purchase logs: what is new is recorded, what is known is left alone, what is wrong is named."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from customers.bulk import Person, enrol_all
from events.services import publish
from imports.columns import columns_of
from imports.models import Import, RefusedRow
from imports.rows import LogRow, RowReader
from imports.staging import NewRows, Staging, staging
from imports.table import Table, open_table
from ledger.errors import AccountClosed
from programs.bulk import PastPurchase, Recorded, record_past_purchases
from team.models import Store
from tenants import bulk
from tenants.errors import DomainError
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import tenant_scope

SOURCE = "import"
SLICE = 10_000
# Somebody at a till or another import was faster; the next try sees what they did.
TRIES = 5
PAUSE_SECONDS = 0.2


class Step(StrEnum):
    READING = "reading"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a file, where it does not say so itself."""

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    decimal_mark: str = ""
    delimiter: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken over, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Report:
    """What became of a file. Every row was recorded, was known, or was refused."""

    rows: int = 0
    recorded: int = 0
    known: int = 0
    refused: int = 0
    customers: int = 0
    points: int = 0


OnRefusal = Callable[[Refusal], None]
# The step, how much of it is done, and how much there is.
OnProgress = Callable[[Step, int, int], None]


def import_purchases(
    *,
    tenant: Tenant,
    path: Path,
    actor: Actor,
    now: datetime,
    reading: Reading | None = None,
    dry_run: bool = False,
    on_refusal: OnRefusal = lambda refusal: None,
    on_progress: OnProgress = lambda step, done, total: None,
) -> Report:
    """Take a purchase log over into a shop. Raises BadFile before anything is written.

    Customers are found by the log's reference or enrolled, purchases are credited by the rules of their dates. Safe to
    repeat, also after a crash: batches of whole customers are committed one by one, and a row that is known is skipped.
    A dry run does the same work and keeps nothing.
    """
    reading = reading or Reading()
    table = open_table(path, encoding=reading.encoding, delimiter=reading.delimiter)
    columns = columns_of(table.header, reading.columns)
    run = _Run(tenant=tenant, actor=actor, now=now, dry_run=dry_run, on_refusal=on_refusal, on_progress=on_progress)
    run.start(file_name=path.name)
    with closing(run.stage(table, columns, reading)) as new_rows:
        run.record(new_rows)
    run.finish()
    return run.report


class _Run:
    """One reading of one file."""

    def __init__(
        self,
        *,
        tenant: Tenant,
        actor: Actor,
        now: datetime,
        dry_run: bool,
        on_refusal: OnRefusal,
        on_progress: OnProgress,
    ) -> None:
        self.report = Report()
        self._tenant = tenant
        self._actor = actor
        self._now = now
        self._dry_run = dry_run
        self._on_refusal = on_refusal
        self._on_progress = on_progress
        self._import = Import(kind=Import.Kind.PURCHASES, started_at=now)

    def start(self, *, file_name: str) -> None:
        self._import.file_name = file_name[-200:]
        if not self._dry_run:
            with tenant_scope(self._tenant):
                self._import.save()

    def stage(self, table: Table, columns: Mapping[str, int], reading: Reading) -> NewRows:
        """Check every row and find those that are new."""
        with self._scope(), staging() as staged:
            reader = RowReader(
                columns=columns,
                width=len(table.header),
                tenant=self._tenant,
                stores=dict(Store.objects.values_list("code", "pk")),
                now=self._now,
                date_format=reading.date_format,
                decimal_mark=reading.decimal_mark,
            )
            self._read_all(table, reader, staged)
            new_rows = staged.new_rows()
            self.report.known = staged.rows - new_rows.count
            self._keep_count(rows=self.report.rows, known=self.report.known)
        return new_rows

    def record(self, new_rows: NewRows) -> None:
        done = 0
        for batch in new_rows.batches():
            recorded, new_customers, refusals = self._record_batch(batch)
            self.report.recorded += recorded.purchases
            self.report.points += recorded.points
            self.report.known += recorded.known
            self.report.customers += new_customers
            self._announce(refusals)
            done += len(batch)
            self._on_progress(Step.RECORDING, done, new_rows.count)

    def finish(self) -> None:
        if self._dry_run:
            return
        with tenant_scope(self._tenant):
            Import.objects.filter(pk=self._import.pk).update(finished_at=self._now)
            facts: dict[str, Any] = {"import": self._import.pk, **asdict(self.report)}
            publish("import.finished", actor=self._actor, **facts)

    def _read_all(self, table: Table, reader: RowReader, staged: Staging) -> None:
        rows: list[LogRow] = []
        refusals: list[Refusal] = []
        for record, position in table.records():
            self.report.rows += 1
            try:
                rows.append(reader.read(record))
            except DomainError as refusal:
                refusals.append(Refusal(record.line, str(refusal)))
            if len(rows) + len(refusals) >= SLICE:
                self._put(staged, rows, refusals)
                self._on_progress(Step.READING, position, table.size)
                rows, refusals = [], []
        self._put(staged, rows, refusals)
        self._on_progress(Step.READING, table.size, table.size)

    def _put(self, staged: Staging, rows: list[LogRow], refusals: list[Refusal]) -> None:
        staged.add(rows)
        self._keep_refusals(refusals)
        self._announce(refusals)

    def _record_batch(self, batch: list[LogRow]) -> tuple[Recorded, int, list[Refusal]]:
        """Record a batch in its own transaction, again where somebody else was in the way."""
        for attempt in range(1, TRIES + 1):
            try:
                with self._scope(), _collector_at_rest():
                    return self._record_once(batch)
            except (IntegrityError, OperationalError, AccountClosed):
                if attempt == TRIES:
                    raise
                time.sleep(PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable")

    def _record_once(self, batch: list[LogRow]) -> tuple[Recorded, int, list[Refusal]]:
        enrolled = enrol_all(_people_in(batch), source=SOURCE, now=self._now)
        lines = {row.content: row.line for row in batch}
        purchases = [
            PastPurchase(
                customer=enrolled.customers[row.customer],
                total=row.total,
                purchased_at=row.purchased_at,
                import_key=row.content,
                store_id=row.store_id,
                receipt_number=row.receipt_number,
                quantity=row.quantity,
            )
            for row in batch
        ]
        recorded = record_past_purchases(purchases, actor=self._actor, now=self._now)
        refusals = [Refusal(lines[purchase.import_key], str(error)) for purchase, error in recorded.refused]
        self._keep_refusals(refusals)
        self._keep_count(recorded=F("recorded") + recorded.purchases, known=F("known") + recorded.known)
        return recorded, enrolled.new, refusals

    def _keep_refusals(self, refusals: list[Refusal]) -> None:
        if refusals and not self._dry_run:
            rows = ((self._import.pk, refusal.line, refusal.reason[:300]) for refusal in refusals)
            bulk.insert(RefusedRow, ("source_id", "line", "reason"), rows)
            self._keep_count(refused=F("refused") + len(refusals))

    def _keep_count(self, **counts: object) -> None:
        if not self._dry_run:
            Import.objects.filter(pk=self._import.pk).update(**counts)

    def _announce(self, refusals: list[Refusal]) -> None:
        """After the commit, so that a batch that is tried again does not report twice."""
        self.report.refused += len(refusals)
        for refusal in refusals:
            self._on_refusal(refusal)

    @contextmanager
    def _scope(self) -> Iterator[None]:
        with tenant_scope(self._tenant), transaction.atomic():
            yield
            if self._dry_run:
                transaction.set_rollback(True)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A batch makes many objects and no cycles; looking for cycles would take a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _people_in(batch: list[LogRow]) -> list[Person]:
    """Everybody once, with the first name and address that the log gives them."""
    people: dict[str, Person] = {}
    for row in batch:
        known = people.get(row.customer)
        if known is None or not (known.name and known.email):
            name = (known.name if known else "") or row.name
            email = (known.email if known else "") or row.email
            people[row.customer] = Person(external_id=row.customer, name=name, email=email)
    return list(people.values())
