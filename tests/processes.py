"""Processes of the product beside the tests, on the tests' own database and broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

WORKER = ["--quiet", "--app", "loyalty", "worker", "--pool", "threads", "--without-gossip", "--without-mingle"]


def database_url() -> str:
    """Of the tests' own database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextmanager
def celery_worker(
    *, threads: int, log: Path = Path(os.devnull), **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker as in production; it may not be ready yet, and what is sent to it waits."""
    own = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "loyalty.settings"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "celery"), *WORKER, "--concurrency", str(threads)],
            cwd=settings.BASE_DIR,
            env=os.environ | own | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
