"""`restore DUMP`: into the empty database of DATABASE_URL, as the role `migrator`; proves what it restored."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backups import Refused, restore_backup


class Command(BaseCommand):
    help = "Restore a dump into an empty database and prove row counts, every ledger and row security."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dump", type=Path)

    def handle(self, **options: Any) -> None:
        try:
            manifest = restore_backup(options["dump"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(manifest.rows.values())
        self.stdout.write(f"restored {rows} rows of {manifest.taken_at}: counts, ledger and row security are right")
