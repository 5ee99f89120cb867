"""What can go wrong with a command is said in one line, with an exit code and no traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import chromium
from devtools import test as test_command
from devtools.failure import Failure
from devtools.occupancy import claimed
from devtools.places import ROOT


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=30
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_run_refuses_a_second_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    with claimed("run") as claim:
        claim.publish({"BASE_DOMAIN": "localhost:8000"})
        done = start("devtools.run", VAR_DIR=str(tmp_path))
    assert refusal(done).startswith("dev: ./dev run already runs in this checkout at http://localhost:8000")


def test_run_refuses_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start("devtools.run", "--port", str(port), VAR_DIR=str(tmp_path))
    assert refusal(done).startswith(f"dev: port {port} is taken")


def test_a_var_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = start("devtools.run", VAR_DIR=str(tmp_path / "file" / "var"))
    assert "file/var" in refusal(done)


def test_lint_knows_its_steps() -> None:
    assert "there is no step spelling" in refusal(start("devtools.lint", "spelling"))


def test_a_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(Failure, match="CHROMIUM=/nowhere/chromium"):
        chromium.ensure()


@pytest.mark.parametrize(
    ("arguments", "in_parallel", "with_browser"),
    [
        ([], True, True),
        (["-x"], True, True),
        (["tests/ledger"], True, False),
        (["tests/e2e"], True, True),
        (["tests/ledger/test_entries.py::test_one"], False, False),
        (["-n", "0"], False, True),
        (["-m", "not e2e"], True, False),
    ],
)
def test_pytest_runs_on_every_core_and_with_a_browser_where_that_helps(
    arguments: list[str], in_parallel: bool, with_browser: bool
) -> None:
    assert bool(test_command.parallel(arguments)) is in_parallel
    assert test_command.needs_browser(arguments) is with_browser
