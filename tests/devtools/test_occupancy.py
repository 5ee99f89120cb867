"""One command runs the servers of a checkout; others find it, and nobody believes a dead one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.occupancy import Occupied, claimed, joined
from devtools.places import ROOT

ENVIRONMENT = {"BASE_DOMAIN": "localhost:8000", "DATABASE_URL": "postgres://somewhere"}
HOLD = """
from devtools.occupancy import claimed
with claimed("run") as claim:
    claim.publish({"BASE_DOMAIN": "localhost:8000"})
    print("held", flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return tmp_path


def test_a_running_command_is_found() -> None:
    with claimed("run") as claim:
        claim.publish(ENVIRONMENT)
        with joined() as occupant:
            assert occupant is not None
            assert (occupant.command, occupant.pid, occupant.environment) == ("run", os.getpid(), ENVIRONMENT)


def test_nobody_is_found_where_nothing_ever_ran() -> None:
    with joined() as occupant:
        assert occupant is None


def test_an_ended_command_leaves_nothing() -> None:
    with claimed("run") as claim:
        claim.publish(ENVIRONMENT)
    with joined() as occupant:
        assert occupant is None


def test_a_stale_file_is_not_believed(var: Path) -> None:
    stale = {"command": "run", "pid": os.getpid(), "environment": ENVIRONMENT}
    (var / "servers.json").write_text(json.dumps(stale))
    with joined() as occupant:
        assert occupant is None
    with claimed("run"):
        pass


def test_a_second_command_is_told_who_runs_and_where() -> None:
    with claimed("run") as claim:
        claim.publish(ENVIRONMENT)
        with (
            pytest.raises(Occupied, match=r"^\./dev run already runs .* http://localhost:8000 \(process \d+\)$"),
            claimed("run"),
        ):
            pass


def test_a_killed_command_frees_the_checkout(var: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Occupied), claimed("manage"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    with claimed("manage"):
        pass
    assert (var / "servers.json").stat().st_mode & 0o077 == 0, "it names passwords"
