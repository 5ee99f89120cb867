"""Processor seconds of what is measured: of the client's process, and of all processes of the database."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devtools.bench.rows import superuser
from devtools.failure import Failure, last_lines
from devtools.places import ROOT

# In a megabyte.
KILOBYTES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`memory` is the most that the client held at once, in MB."""

    client: float
    database: float
    memory: float

    @property
    def seconds(self) -> float:
        return self.client + self.database


class Database:
    """The processes of the database server, which has to run on this machine."""

    def __init__(self) -> None:
        with superuser() as connection:
            backend = connection.info.backend_pid
            try:
                self.server = int(_stat(backend)[1])
            except OSError as error:
                raise Failure("this benchmark needs a database server on the same machine") from error

    def seconds(self) -> float:
        """Of the server, of what it has started, and of those of them that have ended."""
        ticks = sum(map(int, _stat(self.server)[11:15]))
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                values = _stat(int(path.parent.name))
            except OSError:
                continue
            if int(values[1]) == self.server:
                ticks += int(values[11]) + int(values[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def cost_of(module: str, *arguments: str) -> Cost:
    """Of what a module does in a process of its own, without its start."""
    database = Database()
    with superuser() as connection:
        connection.execute("CHECKPOINT")
    before = database.seconds()
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=False, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{module} {' '.join(arguments)} failed:\n{last_lines(done.stderr)}")
    said = json.loads(done.stdout.splitlines()[-1])
    return Cost(client=said["seconds"], database=database.seconds() - before, memory=said["memory"])


def report(act: Callable[[], object]) -> None:
    """What `cost_of` reads."""
    before = _own()
    act()
    print(json.dumps({"seconds": _own() - before, "memory": _most_memory()}))


def _most_memory() -> float:
    """In MB, of this program alone: what getrusage says begins with the most that its parent held."""
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert peak is not None
    return int(peak[1]) / KILOBYTES


def _own() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _stat(pid: int) -> list[str]:
    """Behind the name, which may hold anything: state, parent, …, user and system time, those of ended children."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
