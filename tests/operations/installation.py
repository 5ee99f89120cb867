"""An installation as docker-compose.yml and the Dockerfile describe it, on this machine instead of in containers.

Each service's own command runs with exactly its own environment, in a copy of what the image would hold. Only addresses
and folders are replaced: a container has its own 5432 and its own /tmp, this machine has not.
"""

import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from devtools import containers
from devtools.places import ROOT, secret
from devtools.postgres import Postgres
from devtools.servers import free_port
from devtools.valkey import find_binary

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 90
MANY_LINES = re.MULTILINE | re.DOTALL
TEMPORARY = "/tmp/"  # noqa: S108 - a container's own


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """A service that stays, and what it has written."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    grace_seconds: float

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        """As the engine does it; a service that has to be killed has failed."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.grace_seconds)


@dataclass
class Installation:
    folder: Path
    secrets: dict[str, str]
    running: list[Running] = field(default_factory=list)
    replacements: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = self.folder / "app"
        self.web_port = free_port()
        copy_image(self.app)
        for name in ("tmp", "backups", "static", "valkey"):
            (self.folder / name).mkdir()
        self.services = containers.services(self.secrets)
        self.image = image_environment(self.folder)

    # --- What would be containers ---

    def start_postgres(self) -> Postgres:
        """The server's options are the service's; the superuser's password too."""
        service = self.services["postgres"]
        secret(self.folder / "postgres.password", service["environment"]["POSTGRES_PASSWORD"])
        postgres = Postgres(self.folder, durable=False)
        wanted = dict(option.removeprefix("--").split("=", 1) for option in service["command"][1:])
        postgres.options = postgres.options | wanted | {"shared_buffers": "32MB"}
        address = postgres.start().rpartition("@")[2].partition("/")[0]
        self.replacements["@postgres:5432"] = f"@{address}"
        service["environment"]["PGPORT"] = address.rpartition(":")[2]
        self.image["PATH"] += f":{postgres.binaries}"
        return postgres

    def start_valkey(self) -> Running:
        port = free_port()
        self.replacements["@valkey:6379"] = f"@127.0.0.1:{port}"
        self.replacements["SETTINGS\nrequirepass"] = f"SETTINGS\nport {port}\nbind 127.0.0.1\nrequirepass"
        return self.start("valkey", cwd=self.folder / "valkey")

    def start(self, name: str, *, cwd: Path | None = None) -> Running:
        service = self.services[name]
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command(name),
                cwd=cwd or self.app,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        grace = seconds(service.get("stop_grace_period", "10s"))
        self.running.append(Running(name=name, process=process, log=log, grace_seconds=grace))
        return self.running[-1]

    def run(self, name: str, *command: str, **changes: str) -> str:
        """A service that ends, or another command in its container; returns what it says."""
        done = subprocess.run(
            self.translated(command) if command else self.command(name),
            cwd=self.app,
            env=self.environment(name) | changes,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS * 2,
            check=False,
        )
        assert done.returncode == 0, f"{name} failed:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def is_healthy(self, name: str) -> bool:
        kind, *command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        done = subprocess.run(
            self.translated(command), cwd=self.app, env=self.environment(name), check=False, capture_output=True
        )
        return done.returncode == 0

    def collect_static(self) -> None:
        """The command of the image's build."""
        instruction = re.search(r"^RUN (SECRET_KEY=.*?) \\\n &&", (ROOT / "Dockerfile").read_text(), MANY_LINES)
        assert instruction
        (command,) = self.translated([instruction[1]])
        subprocess.run(["sh", "-c", command], cwd=self.app, env=self.image, check=True, capture_output=True)

    def stop(self) -> None:
        for service in self.running:
            if service.process.poll() is None:
                service.process.kill()
                service.process.wait()

    # --- How it is talked to ---

    def ask(
        self, path: str, *, host: str = "", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """What a browser or a till gets behind a proxy that speaks https."""
        sent = {"Host": host or self.secrets["BASE_DOMAIN"], "X-Forwarded-Proto": "https"} | (headers or {})
        request = urllib.request.Request(f"http://127.0.0.1:{self.web_port}{path}", data=body, headers=sent)
        try:
            with urllib.request.build_opener(NoRedirect).open(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    # --- What differs from a container ---

    def command(self, name: str) -> list[str]:
        service = self.services[name]
        return self.translated([*(service["entrypoint"] or []), *service["command"]])

    def environment(self, name: str) -> dict[str, str]:
        given = {key: value for key, value in self.services[name]["environment"].items() if value is not None}
        translated = {key: self.translated([value])[0] for key, value in given.items()}
        return self.image | translated

    def translated(self, words: Any) -> list[str]:
        replacements = self.replacements | {
            "$$": "$",
            TEMPORARY: f"{self.folder / 'tmp'}/",
            "/backups": f"{self.folder}/backups",
            "/srv/static": f"{self.folder}/static",
            "/venv/bin/": f"{BIN}/",
            "--host=0.0.0.0": "--host=127.0.0.1",
        }
        translated = []
        for word in map(str, words):
            for found, replacement in replacements.items():
                word = word.replace(found, replacement)  # noqa: PLW2901 - one after the other
            translated.append(str(self.web_port) if word == "8000" else word)
        return translated


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def copy_image(target: Path) -> None:
    """What `COPY . .` takes."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]

    def left_out(folder: str, names: list[str]) -> set[str]:
        relative = Path(folder).relative_to(ROOT)
        return {name for name in names if any(matches(relative / name, pattern) for pattern in patterns)}

    shutil.copytree(ROOT, target, ignore=left_out)


def matches(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch.fnmatch(path.name, pattern[3:])
    return fnmatch.fnmatch(str(path), pattern) and len(path.parts) == len(Path(pattern).parts)


def image_environment(folder: Path) -> dict[str, str]:
    """What the Dockerfile's last stage sets."""
    stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    instruction = re.search(r"^ENV (.*?[^\\])$", stage, MANY_LINES)
    assert instruction
    said = dict(word.split("=", 1) for word in instruction[1].replace("\\\n", " ").split())
    here = {
        "PATH": f"{BIN}:{find_binary().parent}:{os.defpath}",
        "PG_BINDIR": str(Postgres(folder).binaries),
        "STATIC_ROOT": str(folder / "static"),
        "VAR_DIR": str(folder / "tmp"),
    }
    assert here.keys() <= said.keys()
    if os.geteuid() == 0:  # a container's user is not, and Celery would say so at length
        here["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser"
    return said | here


def seconds(duration: str) -> float:
    """Of the form that compose writes: 1m30s."""
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration)
    assert found, duration
    minutes, rest = (int(part or 0) for part in found.groups())
    return minutes * 60 + rest


def wait_until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.2)
