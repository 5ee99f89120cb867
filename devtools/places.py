"""Where the development servers keep their files, and as whom they run: PostgreSQL refuses root."""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.failure import Failure

ROOT = Path(__file__).resolve().parent.parent
TEMPORARY_PREFIX = "loyalty-servers-"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def for_subprocess(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Root's own view proves nothing: ask as the account."""
        return subprocess.run(["test", "-x", folder], check=False, cwd="/", **self.for_subprocess).returncode == 0


def server_account() -> Account | None:
    """As whom PostgreSQL runs; None is the caller."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise Failure("PostgreSQL refuses to run as root and there is no account `postgres` or `nobody`: set DATABASE_URL")


def var_folder() -> Path:
    """The checkout's own state: logs, mail, secret key, demo sign-ins, databases."""
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise Failure(f"{folder} cannot be made, {ROOT} belongs to {owner_of(ROOT)}: clone it yourself") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        owner = owner_of(folder)
        raise Failure(f"{folder} belongs to {owner}: start ./dev as {owner}, or remove the folder")
    return folder


def owner_of(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"user {path.stat().st_uid}"


def cluster_folder() -> Path:
    """The database's home: in var/, or below /var/lib where the unprivileged account cannot walk into the checkout."""
    var, account = var_folder(), server_account()
    if account is None or account.can_enter(var):
        return var
    outside = outside_folder()
    token = secret(var / "cluster-token")
    if outside.exists() and not belongs(outside, token):
        shutil.rmtree(outside)  # of an earlier checkout at this path, whose var/ is gone
    outside.mkdir(parents=True, exist_ok=True)
    outside.chmod(0o711)
    secret(outside / "cluster-token", token)
    return outside


def outside_folder() -> Path:
    return Path("/var/lib") / f"loyalty-dev-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]}"


def belongs(folder: Path, token: str) -> bool:
    try:
        return (folder / "cluster-token").read_text() == token
    except FileNotFoundError:
        return False


def secret(path: Path, value: str | None = None) -> str:
    """The secret kept in this file; made at the first call, whole or not at all."""
    if not path.exists():
        part = path.with_name(f"{path.name}.part")
        part.touch(0o600)
        part.write_text(value or secrets.token_urlsafe(32))
        part.rename(path)
    return path.read_text()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for servers that live as long as one command; what killed commands left is removed."""
    account = server_account()
    home = Path(tempfile.gettempdir())
    if account and not account.can_enter(home):
        home = Path("/var/tmp")  # noqa: S108 - mkdtemp below makes a private folder in it
    remove_leftovers(home)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=home))
    folder.chmod(0o711)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def remove_leftovers(home: Path) -> None:
    for folder in home.glob(f"{TEMPORARY_PREFIX}*"):
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)
