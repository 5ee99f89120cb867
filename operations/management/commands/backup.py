"""`backup FOLDER [--keep N]`: dump the database as the role of DATABASE_URL, which has to be `ops`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from operations.backups import Refused, forget_old_backups, take_backup

KEEP = 14


class Command(BaseCommand):
    help = "Dump the database into a folder, with a checksum and row counts beside it, and forget the oldest dumps."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, default=KEEP, help=f"how many dumps stay (default {KEEP})")

    def handle(self, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            dump = take_backup(folder, now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{dump} ({dump.stat().st_size} bytes)")
        for old in forget_old_backups(folder, keep=options["keep"]):
            self.stdout.write(f"forgotten: {old}")
