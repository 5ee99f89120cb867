"""`./dev lock`: the lock files from pyproject.toml, with hashes and without any address; and their check."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from devtools.failure import Failure, execute, last_lines
from devtools.places import ROOT

RUNTIME = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
COMPILE = ("--quiet", "--no-config", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes")
WITHOUT_ADDRESS = ("--no-header", "--no-emit-index-url", "--no-emit-find-links")
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
# An address, an option that would carry one, or the path of somebody's machine.
FOREIGN = re.compile(r"://|^-|(?:^|\s)(?:/|~|[A-Z]:\\)", re.MULTILINE)


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--upgrade"}:
        raise Failure("./dev lock takes nothing but --upgrade")
    write(RUNTIME, *arguments)
    write(DEVELOPMENT, "--group", "dev", "--constraints", RUNTIME.name, *arguments)
    return 0


def write(lock: Path, *options: str) -> None:
    command = [sys.executable, "-m", "uv", *COMPILE, *WITHOUT_ADDRESS, "pyproject.toml", "--output-file", lock.name]
    done = subprocess.run([*command, *options], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{lock.name} could not be written:\n{last_lines(done.stderr)}")
    lock.write_text(header() + lock.read_text())
    print(f"{lock.name}: {len(PINNED.findall(lock.read_text()))} packages")


def header() -> str:
    """Tells whether a lock belongs to the dependencies as they are now."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [project["project"]["requires-python"], project["project"]["dependencies"], project["dependency-groups"]]
    digest = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
    return f"# Written by `./dev lock`; do not edit.\n# dependencies of pyproject.toml: sha256:{digest}\n"


def problems() -> list[str]:
    """What is wrong with the locks; found without a network."""
    texts = {lock.name: lock.read_text() for lock in (RUNTIME, DEVELOPMENT)}
    found = [problem for name, text in texts.items() for problem in problems_of(name, text)]
    runtime, development = (dict(PINNED.findall(text)) for text in texts.values())
    differing = [name for name, version in runtime.items() if development.get(name) != version]
    return found + [f"{name}: the two locks name different versions" for name in differing]


def problems_of(name: str, text: str) -> list[str]:
    found = []
    if not text.startswith(header()):
        found.append(f"{name} does not belong to pyproject.toml any more: ./dev lock")
    if match := FOREIGN.search(text):
        found.append(f"{name} names an address, an option or a path, at `{text[match.start() :].strip()[:60]}`")
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    bare = [block.split()[0] for block in blocks if PINNED.match(block) and "--hash=sha256:" not in block]
    return found + [f"{name}: {package} has no hash" for package in bare]


if __name__ == "__main__":
    execute(main)
