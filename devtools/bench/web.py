"""The product's web process for a benchmark: as in production but for the TLS in front of it."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from devtools.failure import Failure, last_lines
from devtools.places import ROOT
from devtools.servers import Server, free_port, plain_environment
from tenants.models import Tenant

SETTINGS = "devtools.bench.award.settings"
# What every installation has to state, and a limit that does not get in the way of measuring.
PRODUCTION = {
    "DEVELOPMENT": "0",
    "DEBUG": "0",
    "TRUSTED_PROXY_COUNT": "1",
    "BASE_DOMAIN": "shops.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "API_REQUESTS_PER_MINUTE": "100000000",
    "DJANGO_SETTINGS_MODULE": SETTINGS,
}
READY_SECONDS = 60


class Web(Server):
    """granian with the workers and threads of docker-compose.yml."""

    name = "web"

    def __init__(self, folder: Path, *, workers: int, threads: int, environment: dict[str, str]) -> None:
        self.port = free_port()
        super().__init__(log=folder / f"web-{self.port}.log")
        self.environment = plain_environment() | PRODUCTION | environment
        self.command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        self.command += ["--port", str(self.port), "--workers", str(workers), "--blocking-threads", str(threads)]
        self.command += ["--no-ws", "--log-config", str(ROOT / "operations/granian.json"), "loyalty.wsgi:application"]

    def start(self) -> Self:
        self.spawn(self.command, env=self.environment, cwd=ROOT)
        self.wait_until(self.is_ready, seconds=READY_SECONDS)
        return self

    def host_of(self, tenant: Tenant) -> str:
        return f"{tenant.slug}.{self.environment['BASE_DOMAIN']}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def is_ready(self) -> bool:
        try:
            urllib.request.urlopen(self.url("/readyz"), timeout=5).close()  # noqa: S310 - the address is ours
        except urllib.error.HTTPError as error:
            raise Failure(self.explain(f"is not ready: {error.code} {error.read().decode()}")) from error
        except OSError:
            return False
        return True

    def processor_seconds(self) -> float:
        """Of all its processes: they are one session."""
        assert self.process is not None
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                # Behind the name, which may hold anything: state, parent, group, session, …, user and system time.
                values = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(values[3]) == self.process.pid:
                ticks += int(values[11]) + int(values[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_web(folder: Path, *, workers: int = 2, threads: int = 4, **environment: str) -> Iterator[Web]:
    web = Web(folder, workers=workers, threads=threads, environment=environment)
    try:
        yield web.start()
    finally:
        web.stop()


def collect_static_files() -> None:
    """The product does not start without."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    done = subprocess.run(command, check=False, cwd=ROOT, env=plain_environment() | PRODUCTION, capture_output=True)
    if done.returncode:
        raise Failure(f"collectstatic failed:\n{last_lines(done.stderr.decode())}")


def settle(seconds: float = 0.5) -> None:
    """Let one load's work end before the next begins."""
    time.sleep(seconds)
