"""`import_purchases FILE --tenant SLUG`: a purchase log from the command line."""

import csv
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.kinds import Refusal
from imports.kinds.purchases import FIELDS
from imports.models import Import
from imports.run import Report
from imports.services import Reading, import_purchases
from tenants.errors import DomainError
from tenants.models import Tenant
from tenants.roles import SYSTEM

SHOWN_REFUSALS = 20
BAR_WIDTH = 30


class Command(BaseCommand):
    help = "Read a purchase log (CSV) into a shop. Safe to repeat: what is already recorded is skipped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FIELD=NAME",
            help=f"which column holds a field, e.g. customer=KundenNr; an empty name leaves the field out. Needed:"
            f" {', '.join(field.name for field in FIELDS if field.needed)}."
            f" All: {', '.join(field.name for field in FIELDS)}",
        )
        parser.add_argument("--date-format", default="", help="e.g. %%d/%%m/%%Y, where a date can be read in two ways")
        parser.add_argument("--decimal", default="auto", choices=["auto", ",", "."], help="the decimal mark of amounts")
        parser.add_argument("--delimiter", default="", help="found by itself; \\t is a tab")
        parser.add_argument("--encoding", default="", help="found by itself: UTF-8, UTF-16, else Windows-1252")
        parser.add_argument("--refused", type=Path, metavar="FILE", help="write refused rows with reasons as CSV")
        parser.add_argument("--dry-run", action="store_true", help="do everything and keep nothing")
        parser.add_argument("--no-progress", action="store_true")

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(_("There is no shop %(slug)s.") % {"slug": options["tenant"]})
        with ExitStack() as stack:
            refusals = stack.enter_context(_Refusals(options["refused"]))
            progress = _Bar(shown=sys.stderr.isatty() and not options["no_progress"])
            try:
                report = import_purchases(
                    tenant=tenant,
                    path=options["file"],
                    actor=SYSTEM,
                    now=timezone.now(),
                    reading=_reading(options),
                    dry_run=options["dry_run"],
                    on_refusal=refusals.add,
                    on_progress=progress.show,
                )
            except DomainError as error:
                raise CommandError(str(error)) from error
            finally:
                progress.end()
        self._tell(report, refusals, dry_run=options["dry_run"])

    def _tell(self, report: Report, refusals: "_Refusals", *, dry_run: bool) -> None:
        for refusal in refusals.first:
            self.stderr.write(_("Line %(line)d: %(reason)s") % {"line": refusal.line, "reason": refusal.reason})
        if report.refused > len(refusals.first):
            self.stderr.write(_("… and %(count)d more.") % {"count": report.refused - len(refusals.first)})
        self.stdout.write(
            _(
                "%(rows)d rows: %(recorded)d purchases recorded, %(known)d already known, %(refused)d refused;"
                " %(customers)d new customers, %(points)d points."
            )
            % {
                "rows": report.rows,
                "recorded": report.recorded,
                "known": report.known,
                "refused": report.refused,
                "customers": report.customers,
                "points": report.points,
            }
        )
        if dry_run:
            self.stdout.write(_("This was a dry run: nothing was kept."))


class _Refusals:
    """The first ones for the terminal, all of them for a file."""

    def __init__(self, path: Path | None) -> None:
        self.first: list[Refusal] = []
        self._path = path
        self._stack = ExitStack()
        self._write: Any = None

    def __enter__(self) -> "_Refusals":
        if self._path is not None:
            try:
                file = self._stack.enter_context(self._path.open("w", encoding="utf-8-sig", newline=""))
            except OSError as error:
                raise CommandError(
                    _("%(path)s cannot be written: %(why)s.") % {"path": self._path, "why": error.strerror}
                ) from error
            self._write = csv.writer(file).writerow
            self._write(["line", "reason"])
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def add(self, refusal: Refusal) -> None:
        if len(self.first) < SHOWN_REFUSALS:
            self.first.append(refusal)
        if self._write:
            self._write([refusal.line, refusal.reason])


class _Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def show(self, phase: Import.Phase, done: int, total: int) -> None:
        if self._shown:
            filled = BAR_WIDTH * done // max(total, 1)
            label = _("Reading") if phase == Import.Phase.READING else _("Recording")
            sys.stderr.write(
                f"\r{label:<12}[{'█' * filled}{'·' * (BAR_WIDTH - filled)}] {100 * done // max(total, 1)} %"
            )
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[2K")


def _reading(options: dict[str, Any]) -> Reading:
    columns = {}
    for choice in options["column"]:
        field, equals, name = choice.partition("=")
        if not equals:
            raise CommandError(_("A column is chosen as FIELD=NAME, not as %(choice)s.") % {"choice": choice})
        columns[field.strip()] = name.strip()
    return Reading(
        columns=columns,
        date_format=options["date_format"],
        decimal_mark="" if options["decimal"] == "auto" else options["decimal"],
        delimiter=options["delimiter"].replace("\\t", "\t"),
        encoding=options["encoding"],
    )
