"""What a worker does with an import: check it, take it over or take it back, and say how it ended."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation

from imports.announcements import announce
from imports.kinds import KINDS, Booking, Formats
from imports.lease import Lease, LeaseLost, Logbook, take_lease
from imports.models import Import
from imports.report import keep_originals
from imports.run import Report, Run, Source
from imports.storage import forget_file, kept_file
from imports.table import open_table
from imports.undoing import Undoing
from tenants.errors import DomainError
from tenants.models import Tenant
from tenants.roles import Actor
from tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


def work_on(*, tenant: Tenant, import_id: int, now: datetime) -> bool:
    """Do what an import waits for, unless another worker does; whether there was anything to do here.

    A database that is away is waited for: whoever finds the lease expired goes on. Any other failure ends the import.
    Nothing of the file is logged: an error's message may quote it.
    """
    with tenant_scope(tenant):
        lease = None if _is_busy(import_id) else take_lease(import_id)
        source = Import.objects.filter(pk=import_id).first()
    if lease is None or source is None:
        return False
    with translation.override(source.language or settings.LANGUAGE_CODE):
        try:
            _STEPS[source.step](tenant, source, lease, now)
        except LeaseLost:
            logger.info("import %d is somebody else's now", import_id)
        except DomainError as refusal:
            _give_up(tenant, lease, source, problem=str(refusal), code=refusal.code)
        except (OperationalError, InterfaceError) as error:
            logger.warning("import %d is interrupted: %s", import_id, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it is, its message may quote the file
            logger.error("import %d failed: %s in %s", import_id, type(error).__name__, _place(error))
            _give_up(tenant, lease, source, problem="", code=type(error).__name__)
    return True


def waiting_imports() -> list[int]:
    """Those that nobody works on although somebody should, oldest first."""
    free = Q(leased_until=None) | Q(leased_until__lt=Now())
    waiting = Import.objects.filter(free, state=Import.State.RUNNING).order_by("pk")
    return list(waiting.values_list("pk", flat=True))


def finish(*, source: Import, lease: Lease, report: Report, actor: Actor) -> None:
    """The end of an import, in the caller's scope: the file is not needed any more."""
    lease.end(Import.State.DONE, finished_at=Now(), **asdict(report))
    forget_file(source.pk)
    announce("import.finished", source.pk, actor=actor, kind=source.kind, **asdict(report))


def _check(tenant: Tenant, source: Import, lease: Lease, now: datetime) -> None:
    with _source_of(tenant, source) as file:
        _run(tenant, source, file, lease, now, rehearsal=True)
        with tenant_scope(tenant):
            lease.end(Import.State.DONE)


def _import(tenant: Tenant, source: Import, lease: Lease, now: datetime) -> None:
    with _source_of(tenant, source) as file:
        report = _run(tenant, source, file, lease, now, rehearsal=False)
        with tenant_scope(tenant):
            finish(lease=lease, source=source, report=report, actor=Actor(source.actor))


def _undo(tenant: Tenant, source: Import, lease: Lease, now: datetime) -> None:
    actor = Actor(source.undone_by)
    undone = Undoing(tenant=tenant, source=source, lease=lease, actor=actor, now=now).carry_out()
    with tenant_scope(tenant):
        lease.end(Import.State.DONE, undone_at=Now())
        forget_file(source.pk)
        announce("import.undone", source.pk, actor=actor, kind=source.kind, **asdict(undone))


_STEPS: dict[str, Callable[[Tenant, Import, Lease, datetime], None]] = {
    Import.Step.CHECK: _check,
    Import.Step.IMPORT: _import,
    Import.Step.UNDO: _undo,
}


@contextmanager
def _source_of(tenant: Tenant, source: Import) -> Iterator[Source]:
    with kept_file(tenant, source.pk) as file:
        yield Source(
            table=open_table(file, encoding=source.encoding, delimiter=source.delimiter),
            columns=source.columns,
            formats=Formats(date_format=source.date_format, decimal_mark=source.decimal_mark),
        )


def _run(tenant: Tenant, source: Import, file: Source, lease: Lease, now: datetime, *, rehearsal: bool) -> Report:
    report = Run(
        tenant=tenant,
        kind=KINDS[source.kind],
        source=file,
        booking=Booking(actor=Actor(source.actor), now=now, import_id=source.pk),
        logbook=Logbook(lease),
        rehearsal=rehearsal,
    ).carry_out()
    if report.refused:
        keep_originals(tenant=tenant, table=file.table, lease=lease)
    return report


def _is_busy(import_id: int) -> bool:
    """A shop's imports come one after the other: the workers are there for all shops."""
    others = Import.objects.filter(state=Import.State.RUNNING, leased_until__gt=Now())
    return others.exclude(pk=import_id).exists()


def _give_up(tenant: Tenant, lease: Lease, source: Import, *, problem: str, code: str) -> None:
    with tenant_scope(tenant):
        try:
            lease.end(Import.State.FAILED, problem=problem[:300])
        except LeaseLost:
            return
        announce("import.failed", source.pk, actor=Actor(source.actor), code=code)


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"
