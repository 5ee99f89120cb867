"""One file taken over: read, sorted out, recorded batch by batch. Whoever repeats it adds only what is missing."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from typing import Generic

from django.db import transaction

from customers.models import Customer
from imports.kinds import Booking, Formats, Kind, Outcome, Refusal
from imports.kinds.kind import RowReader
from imports.lease import Logbook, patiently
from imports.models import Import
from imports.staging import Heap, NewRows, Row
from imports.table import Record, Table
from tenants.errors import DomainError
from tenants.models import Tenant
from tenants.scope import tenant_scope

SLICE = 10_000
# Of those whom a check would enrol, so many are named.
SHOWN_PEOPLE = 12


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. Every row was recorded, was known, or was refused."""

    rows: int = 0
    recorded: int = 0
    known: int = 0
    refused: int = 0
    customers: int = 0
    points: int = 0

    def plus(self, done: Outcome) -> "Report":
        return replace(
            self,
            recorded=self.recorded + done.recorded,
            known=self.known + done.known,
            refused=self.refused + len(done.refusals),
            customers=self.customers + len(done.enrolled),
            points=self.points + done.points,
        )


OnRefusal = Callable[[Refusal], None]
# What is being done, how much of it is done, and how much there is.
OnProgress = Callable[[Import.Phase, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file and how to read it."""

    table: Table
    columns: Mapping[str, int]
    formats: Formats


class Run(Generic[Row]):
    """One pass over one file, in short transactions that the logbook vouches for. A rehearsal keeps nothing else."""

    def __init__(
        self,
        *,
        tenant: Tenant,
        kind: Kind[Row],
        source: Source,
        booking: Booking,
        logbook: Logbook,
        rehearsal: bool,
        on_refusal: OnRefusal = lambda refusal: None,
        on_progress: OnProgress = lambda phase, done, total: None,
    ) -> None:
        self.report = Report()
        self._tenant = tenant
        self._kind = kind
        self._source = source
        self._booking = booking
        self._logbook = logbook
        self._rehearsal = rehearsal
        self._on_refusal = on_refusal
        self._on_progress = on_progress
        self._sample: list[dict[str, str]] = []

    def carry_out(self) -> Report:
        """Raises LeaseLost where somebody stops it."""
        with closing(Heap(self._kind.layout)) as heap:
            self._read(heap)
            new_rows = self._sort_out(heap)
        with closing(new_rows):
            self._record(new_rows)
        return self.report

    def _read(self, heap: Heap[Row]) -> None:
        """Check every row by itself."""
        table = self._source.table
        with tenant_scope(self._tenant):
            self._logbook.begin()
            reader = self._kind.reader(
                columns=self._source.columns,
                width=len(table.header),
                tenant=self._tenant,
                formats=self._source.formats,
                now=self._booking.now,
            )
        records = table.records()
        while portion := list(islice(records, SLICE)):
            position = portion[-1][1]
            with tenant_scope(self._tenant):
                refusals = self._read_portion([record for record, _position in portion], reader, heap)
                read = replace(
                    self.report, rows=self.report.rows + len(portion), refused=self.report.refused + len(refusals)
                )
                self._logbook.keep(refusals)
                self._logbook.note(phase=Import.Phase.READING, done=position, total=table.size, **asdict(read))
            self._tell(read, refusals)
            self._on_progress(Import.Phase.READING, position, table.size)
        self._on_progress(Import.Phase.READING, table.size, table.size)

    def _read_portion(self, records: list[Record], reader: RowReader[Row], heap: Heap[Row]) -> list[Refusal]:
        rows: list[Row] = []
        refusals: list[Refusal] = []
        for record in records:
            try:
                rows.append(reader.read(record))
            except DomainError as refusal:
                refusals.append(Refusal(record.line, str(refusal)))
        heap.add(rows)
        return refusals

    def _sort_out(self, heap: Heap[Row]) -> NewRows[Row]:
        """Find what is new, and count what an interrupted run of the same import has recorded."""
        with tenant_scope(self._tenant):
            self._logbook.note(phase=Import.Phase.SORTING, done=0, total=0)
        import_id = self._booking.import_id
        with tenant_scope(self._tenant):
            new_rows = heap.sort_out()
            earlier = self._kind.so_far(import_id) if import_id is not None else Outcome()
            enrolled = Customer.objects.filter(import_id=import_id).count() if import_id is not None else 0
            self.report = replace(
                self.report,
                known=max(heap.rows - new_rows.count - earlier.recorded, 0),
                recorded=earlier.recorded,
                customers=enrolled,
                points=earlier.points,
            )
            self._logbook.note(phase=Import.Phase.RECORDING, done=0, total=new_rows.count, **asdict(self.report))
        return new_rows

    def _record(self, new_rows: NewRows[Row]) -> None:
        done = 0
        for batch in new_rows.batches():
            done += len(batch)
            outcome = patiently(partial(self._record_in_scope, batch, done=done))
            self._tell(self.report.plus(outcome), outcome.refusals)
            self._on_progress(Import.Phase.RECORDING, done, new_rows.count)

    def _record_in_scope(self, batch: list[Row], *, done: int) -> Outcome:
        with tenant_scope(self._tenant), _collector_at_rest():
            return self._record_once(batch, done=done)

    def _record_once(self, batch: list[Row], *, done: int) -> Outcome:
        with transaction.atomic():
            outcome = self._kind.record(batch, self._booking)
            if self._rehearsal:
                transaction.set_rollback(True)
        self._logbook.keep(outcome.refusals)
        if self._rehearsal:
            self._sample = [*self._sample, *_names(outcome)][:SHOWN_PEOPLE]
        self._logbook.note(done=done, sample=self._sample, **asdict(self.report.plus(outcome)))
        return outcome

    def _tell(self, report: Report, refusals: list[Refusal]) -> None:
        """After the commit, so that a batch that is tried again does not report twice."""
        self.report = report
        for refusal in refusals:
            self._on_refusal(refusal)


def _names(outcome: Outcome) -> list[dict[str, str]]:
    first = outcome.enrolled[:SHOWN_PEOPLE]
    return [{"reference": person.external_id or person.email, "name": person.name} for person in first]


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
