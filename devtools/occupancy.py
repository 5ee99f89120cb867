"""Which command runs this checkout's servers, so that a second one refuses or joins instead of breaking them.

The file var/servers.json is locked by its owner as long as the servers run; the operating system drops the lock when
the owner dies, however it dies, so a stale file is never believed.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from devtools.failure import Failure
from devtools.places import var_folder

START_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """The command that runs the servers, and the environment in which its children find them."""

    command: str
    pid: int
    environment: dict[str, str]


class Occupied(Failure):
    """Somebody else runs the servers of this checkout."""


class Claim:
    """Held by the command that runs the servers."""

    def __init__(self, file: IO[str], command: str) -> None:
        self.file = file
        self.command = command

    def publish(self, environment: dict[str, str]) -> None:
        """From now on others can join."""
        self.write(json.dumps(asdict(Occupant(command=self.command, pid=os.getpid(), environment=environment))))

    def write(self, text: str) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.flush()


@contextmanager
def claimed(command: str) -> Iterator[Claim]:
    """Become the one that runs the servers, or fail saying who does."""
    with open_private(var_folder() / "servers.json") as file:
        if not lock_within_a_second(file):
            raise Occupied(occupied_by(file))
        claim = Claim(file, command)
        claim.write("")
        try:
            yield claim
        finally:
            claim.write("")


@contextmanager
def joined() -> Iterator[Occupant | None]:
    """Who runs the servers, if anybody; a manage command that does waits for its guests."""
    with guest_lock(fcntl.LOCK_SH):
        yield find_occupant()


def find_occupant() -> Occupant | None:
    path = var_folder() / "servers.json"
    deadline = time.monotonic() + START_SECONDS
    while path.exists() and time.monotonic() < deadline:
        with path.open() as file:
            if lock(file, fcntl.LOCK_SH):
                return None
            if occupant := read(file):
                return occupant
        time.sleep(0.1)
    return None


def read(file: IO[str]) -> Occupant | None:
    """Nothing while the owner is still starting."""
    file.seek(0)
    try:
        return Occupant(**json.loads(file.read()))
    except ValueError:
        return None


def occupied_by(file: IO[str]) -> str:
    occupant = read(file)
    if occupant is None:
        return "another ./dev is just starting or stopping the servers of this checkout"
    place = f" at http://{occupant.environment['BASE_DOMAIN']}" if occupant.command == "run" else ""
    return f"./dev {occupant.command} already runs in this checkout{place} (process {occupant.pid})"


@contextmanager
def without_guests() -> Iterator[None]:
    """Waits until nobody uses the servers any more, and lets nobody in."""
    with guest_lock(fcntl.LOCK_EX):
        yield


@contextmanager
def guest_lock(kind: int) -> Iterator[None]:
    with open_private(var_folder() / "servers.guests") as file:
        fcntl.flock(file, kind)
        yield


def lock_within_a_second(file: IO[str]) -> bool:
    """Patient, because somebody who only looks holds a shared lock for a moment."""
    for _ in range(20):
        if lock(file, fcntl.LOCK_EX):
            return True
        time.sleep(0.05)
    return False


def lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_private(path: Path) -> IO[str]:
    """The content names passwords."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
