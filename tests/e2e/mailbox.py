"""What the worker has mailed: Django's files, each with one message or more."""

import email
import os
import re
import shutil
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from loyalty.celery import app

MAIL_WITHIN = 10.0
_END = b"\n" + b"-" * 79 + b"\n"
_taken: set[str] = set()


def mailbox() -> Path:
    return Path(os.environ["VAR_DIR"]) / f"mail-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def worker_log() -> Path:
    return mailbox().with_suffix(".log")


def empty() -> None:
    shutil.rmtree(mailbox(), ignore_errors=True)
    mailbox().mkdir()


def mailed(address: str) -> str:
    """The text of the newest mail to this address, which is taken out of the mailbox."""
    give_up = time.monotonic() + MAIL_WITHIN
    while time.monotonic() < give_up:
        for message in _messages():
            if address in message["To"] and message["Message-ID"] not in _taken:
                _taken.add(message["Message-ID"])
                body = message.get_body(("plain",))
                assert body
                return str(body.get_content())
        time.sleep(0.05)
    raise AssertionError(f"no mail to {address} within {MAIL_WITHIN} seconds\n{_where_it_may_be()}")


def mailed_code(address: str) -> str:
    """The code in the newest mail to this address."""
    match = re.search(r"^\s+(\d{6})$", mailed(address), re.MULTILINE)
    assert match
    return match[1]


def mailed_link(address: str) -> str:
    """The link in the newest mail to this address."""
    match = re.search(r"^https?://\S+/$", mailed(address), re.MULTILINE)
    assert match
    return match[0]


def _messages() -> Iterator[EmailMessage]:
    """The newest first."""
    for path in sorted(mailbox().iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        *whole, _unfinished = path.read_bytes().split(_END)
        for content in reversed(whole):
            yield email.message_from_bytes(content, policy=default)


def _where_it_may_be() -> str:
    """What waits in the broker, and the last of what the worker says."""
    with app.connection_for_read() as broker:
        channel = broker.default_channel
        waiting = channel.client.llen(app.conf.task_default_queue)
        taken = channel.client.hlen(channel.unacked_key)
    last = "\n".join(worker_log().read_text().splitlines()[-20:])
    return f"{waiting} tasks wait, {taken} are taken and not done; the worker says:\n{last}"
