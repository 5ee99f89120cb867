"""Reads what the mailbox of returned mail has received: `record_bounces FILE`, one mail or a whole mailbox."""

import mailbox
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from messaging.bounces import record_bounce, reports_in

BEGINNING_OF_A_MAILBOX = b"From "


class Command(BaseCommand):
    help = "Records mail that came back: delivery reports in a file, one mail or a mailbox in mbox format."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        mails = reports = recorded = 0
        for path in options["file"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
            for content in _mails_in(path):
                mails += 1
                for report in reports_in(content):
                    reports += 1
                    recorded += record_bounce(report, now=now)
        self.stdout.write(f"{mails} mails, {reports} reports of failed delivery, {recorded} of them recorded")


def _mails_in(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        is_mailbox = file.read(len(BEGINNING_OF_A_MAILBOX)) == BEGINNING_OF_A_MAILBOX
    if is_mailbox:
        with closing(mailbox.mbox(path, create=False)) as mails:
            yield from (mail.as_bytes() for mail in mails)
    else:
        yield path.read_bytes()
