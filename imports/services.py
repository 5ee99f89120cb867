"""Bringing a file in: keep it, say what its columns mean, have it checked, taken over, stopped, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import IO, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from imports.announcements import announce
from imports.columns import columns_of, guessed_columns, positions_of, refuse_bad_header, signature
from imports.errors import BadFile, FileTooLarge, NotPossibleNow
from imports.findings import found_date_format, found_decimal_mark
from imports.kinds import KINDS, Booking, Formats
from imports.lease import LEASE, Lease, Logbook, NoLogbook
from imports.models import KEPT_FOR, ColumnChoice, FilePart, Import, RefusedRow
from imports.queries import sample_of
from imports.run import OnProgress, OnRefusal, Report, Run, Source
from imports.storage import keep_file, kept_file
from imports.table import open_table, opened
from imports.work import finish
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.models import Tenant, longest
from tenants.roles import Actor
from tenants.scope import current_tenant, refuse_closed, tenant_scope
from tenants.uploads import MOST_BYTES

LONGEST_FILE_NAME: Final = longest(Import, "file_name")


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a file, where it does not say so itself."""

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    decimal_mark: str = ""
    delimiter: str = ""
    encoding: str = ""

    @property
    def formats(self) -> Formats:
        return Formats(date_format=self.date_format, decimal_mark=self.decimal_mark)


def import_purchases(
    *,
    tenant: Tenant,
    path: Path,
    actor: Actor,
    now: datetime,
    reading: Reading | None = None,
    dry_run: bool = False,
    on_refusal: OnRefusal = lambda refusal: None,
    on_progress: OnProgress = lambda phase, done, total: None,
) -> Report:
    """Take a purchase log over into a shop, while the caller waits. Raises BadFile before anything is written.

    Customers are found by the log's reference or enrolled, purchases are credited by the rules of their dates. Safe to
    repeat, also after a crash: batches of whole customers are committed one by one, and a row that is known is skipped.
    A dry run does the same work and keeps nothing.
    """
    reading = reading or Reading()
    kind = KINDS[Import.Kind.PURCHASES]
    with opened(path) as file:
        table = open_table(file, encoding=reading.encoding, delimiter=reading.delimiter)
        columns = columns_of(kind.fields, table.header, reading.columns)
        source = Import(kind=kind.code, file_name=path.name[-LONGEST_FILE_NAME:], actor=actor.reference, started_at=now)
        lease = None
        if not dry_run:
            with tenant_scope(tenant):
                lease = _begin_at_once(source, now=now)
        run = Run(
            tenant=tenant,
            kind=kind,
            source=Source(table=table, columns=columns, formats=reading.formats),
            booking=Booking(actor=actor, now=now, import_id=source.pk),
            logbook=Logbook(lease) if lease else NoLogbook(),
            rehearsal=dry_run,
            on_refusal=on_refusal,
            on_progress=on_progress,
        )
        report = run.carry_out()
    if lease is not None:
        with tenant_scope(tenant):
            finish(source=source, lease=lease, report=report, actor=actor)
    return report


def upload_file(*, kind: str, name: str, file: IO[bytes], size: int, actor: Actor, now: datetime) -> Import:
    """Keep a table of text until it has been read in. Raises FileTooLarge, BadFile."""
    refuse_closed()
    if size > MOST_BYTES:
        raise too_large()
    try:
        table = open_table(file)
        refuse_bad_header(table.header)
    except BadFile as refusal:
        raise BadFile(str(refusal), field="file") from refusal
    source = Import(
        kind=KINDS[kind].code,
        file_name=normal_name(PurePath(name).name)[-LONGEST_FILE_NAME:],
        size=table.size,
        actor=actor.reference,
        language=translation.get_language() or "",
        started_at=now,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=table.header,
    )
    with transaction.atomic():
        source.save()
        keep_file(source, file)
        _propose(source)
        announce("import.uploaded", source.pk, actor=actor, kind=kind, bytes=size)
    return source


def too_large() -> FileTooLarge:
    text = _("The file is larger than %(count)d MB. Split it, for example by year.")
    return FileTooLarge(text % {"count": MOST_BYTES // 1_000_000}, field="file")


def read_differently(*, source: Import, encoding: str, delimiter: str) -> None:
    """Read the file in another encoding or with another delimiter; its columns are proposed anew. Raises BadFile."""
    with kept_file(current_tenant(), source.pk) as file:
        try:
            table = open_table(file, encoding=encoding, delimiter=delimiter)
            refuse_bad_header(table.header)
        except BadFile as refusal:
            raise BadFile(str(refusal), field="encoding") from refusal
    source.encoding, source.delimiter, source.header = table.encoding, table.delimiter, table.header
    with transaction.atomic():
        if not _waiting_for_columns(source).update(
            encoding=source.encoding,
            delimiter=source.delimiter,
            header=source.header,
            step=Import.Step.COLUMNS,
            state=Import.State.OPEN,
        ):
            raise NotPossibleNow
        _propose(source)


def choose_columns(
    *,
    source: Import,
    columns: Mapping[str, int],
    date_format: str,
    decimal_mark: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what the columns mean, and have the file checked. Raises Invalid, NotPossibleNow.

    What a person has chosen is remembered for the next file with these columns.
    """
    kind = KINDS[source.kind]
    for missing in kind.missing(columns):
        raise Invalid(missing)
    samples = sample_of(source)
    if not date_format and found_date_format(samples.values(columns, kind.dates)) is None:
        raise Invalid(_("These dates can be read in two ways. Choose how they are written."), field="date_format")
    amounts = samples.values(columns, kind.amounts)
    if not decimal_mark and found_decimal_mark(amounts, currency=current_tenant().currency) is None:
        raise Invalid(_("These amounts can be read in two ways. Choose the decimal mark."), field="decimal_mark")
    chosen = {"columns": dict(columns), "date_format": date_format, "decimal_mark": decimal_mark}
    with transaction.atomic():
        _send_off(source, _waiting_for_columns(source), Import.Step.CHECK, changes=chosen)
        announce("import.check_started", source.pk, actor=actor)
        names = {name: source.header[at] for name, at in columns.items()}
        ColumnChoice.objects.update_or_create(
            kind=source.kind,
            signature=signature(source.header),
            defaults={**chosen, "columns": names, "used_at": now},
        )


def start_import(*, source: Import, actor: Actor) -> None:
    """Take over a file that has been checked, or go on with one that was stopped or has failed.

    Raises NotPossibleNow, for the second of two clicks as well.
    """
    refuse_closed()
    checked = Q(step=Import.Step.CHECK, state=Import.State.DONE)
    halted = Q(step=Import.Step.IMPORT, state__in=[Import.State.STOPPED, Import.State.FAILED])
    kept = Q(pk__in=FilePart.objects.filter(source=source).values("source_id"))
    ready = Import.objects.filter((checked | halted) & kept, pk=source.pk)
    with transaction.atomic():
        _send_off(source, ready, Import.Step.IMPORT, changes={"actor": actor.reference})
        announce("import.started", source.pk, actor=actor)


def undo_import(*, source: Import, actor: Actor) -> None:
    """Take back what the import has recorded. Raises NotPossibleNow."""
    ended = Q(step=Import.Step.IMPORT, state__in=[Import.State.DONE, Import.State.STOPPED, Import.State.FAILED])
    failed = Q(step=Import.Step.UNDO, state=Import.State.FAILED)
    ready = Import.objects.filter(ended | failed, pk=source.pk)
    with transaction.atomic():
        _send_off(source, ready, Import.Step.UNDO, changes={"undone_by": actor.reference})
        announce("import.undo_started", source.pk, actor=actor)


def stop_import(*, source: Import, actor: Actor) -> None:
    """Stop a check, or an import half-way: what is recorded stays. Its worker notices at its next note.

    Raises NotPossibleNow.
    """
    running = Import.objects.filter(pk=source.pk, state=Import.State.RUNNING)
    free = {"leased_until": None, "phase": "", "lease": F("lease") + 1}
    with transaction.atomic():
        stopped = running.filter(step=Import.Step.IMPORT).update(state=Import.State.STOPPED, **free) or running.filter(
            step=Import.Step.CHECK
        ).update(step=Import.Step.COLUMNS, state=Import.State.OPEN, **free)
        if not stopped:
            raise NotPossibleNow
        announce("import.stopped", source.pk, actor=actor)


def discard_import(*, source: Import, actor: Actor) -> None:
    """Forget a file of which nothing has been taken over. Raises NotPossibleNow."""
    with transaction.atomic():
        draft = _waiting_for_columns(source).select_for_update().first()
        if draft is None:
            raise NotPossibleNow
        _delete(draft)
        announce("import.discarded", source.pk, actor=actor)


def forget_old_files(*, now: datetime) -> None:
    """Nothing of a file is kept for longer than a week; one that nobody has taken over goes altogether."""
    old = Import.objects.filter(started_at__lt=now - KEPT_FOR).exclude(state=Import.State.RUNNING)
    for draft in old.filter(step__in=[Import.Step.COLUMNS, Import.Step.CHECK]):
        _delete(draft)
    RefusedRow.objects.filter(source__in=old).delete()
    FilePart.objects.filter(source__in=old).delete()
    old.exclude(header=[], sample=[]).update(header=[], sample=[])


def forget_refused_rows() -> None:
    """Of every import of people that has been taken over; the same file shows them again."""
    ended = Import.objects.filter(step__in=[Import.Step.IMPORT, Import.Step.UNDO]).exclude(state=Import.State.RUNNING)
    of_people = ended.exclude(kind=Import.Kind.PRODUCTS)
    RefusedRow.objects.filter(source__in=of_people).delete()
    # Without a line of names, the first person stands there.
    of_people.filter(state=Import.State.DONE).exclude(header=[]).update(header=[])


def wake(source: Import) -> None:
    """Let a worker look at it."""
    from imports.tasks import work

    # A broker that is away is no reason to refuse: the sweep finds the import.
    transaction.on_commit(partial(work.delay, current_tenant().pk, source.pk), robust=True)


def _begin_at_once(source: Import, *, now: datetime) -> Lease:
    source.step, source.state = Import.Step.IMPORT, Import.State.RUNNING
    source.lease, source.leased_until = 1, now + LEASE
    source.save()
    return Lease(source.pk, source.lease)


def _propose(source: Import) -> None:
    """What the columns may mean: as for the last file with the same ones, else by their names."""
    kind = KINDS[source.kind]
    choice = _remembered(source)
    remembered = positions_of(choice.columns, source.header) if choice else None
    columns = guessed_columns(kind.fields, source.header) if remembered is None else remembered
    samples = sample_of(source)
    date_format = found_date_format(samples.values(columns, kind.dates))
    mark = found_decimal_mark(samples.values(columns, kind.amounts), currency=current_tenant().currency)
    source.columns = columns
    source.date_format = (choice.date_format if choice else "") or date_format or ""
    source.decimal_mark = (choice.decimal_mark if choice else "") or mark or ""
    source.save(update_fields=["columns", "date_format", "decimal_mark"])


def _remembered(source: Import) -> ColumnChoice | None:
    """Of a file with the same columns, else of the latest whose columns are all here."""
    choices = ColumnChoice.objects.filter(kind=source.kind).order_by("-used_at")
    same = choices.filter(signature=signature(source.header)).first()
    fitting = (choice for choice in choices[:20] if positions_of(choice.columns, source.header) is not None)
    return same or next(fitting, None)


def _waiting_for_columns(source: Import) -> QuerySet[Import]:
    """The import, as long as nothing is taken over and nobody works on it."""
    early = Import.objects.filter(pk=source.pk, step__in=[Import.Step.COLUMNS, Import.Step.CHECK])
    return early.exclude(state=Import.State.RUNNING)


def _send_off(source: Import, ready: QuerySet[Import], step: Import.Step, *, changes: Mapping[str, object]) -> None:
    """Hand the import to the workers, once: whoever comes second finds it running. Raises NotPossibleNow."""
    if not ready.update(
        step=step,
        state=Import.State.RUNNING,
        phase="",
        done=0,
        total=0,
        problem="",
        attempts=0,
        lease=F("lease") + 1,
        leased_until=None,
        **changes,
    ):
        raise NotPossibleNow
    wake(source)


def _delete(source: Import) -> None:
    for held in (FilePart, RefusedRow):
        held.objects.filter(source=source).delete()
    source.delete()
