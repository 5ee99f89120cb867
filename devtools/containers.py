"""The Dockerfile and docker-compose.yml as the real programs read them; neither takes an engine."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.failure import Failure
from devtools.places import ROOT

BIN = Path(sys.executable).parent
COMPOSE_FILE = ROOT / "docker-compose.yml"
# Neither a developer's .env nor what happens to be set may decide.
COMPOSE = [str(BIN / "docker-compose"), "--env-file", os.devnull, "--file", str(COMPOSE_FILE), "--profile", "*"]


def complaints() -> list[str]:
    words = dict.fromkeys(required_variables(), "said")
    commands = {
        "docker-compose.yml": ([*COMPOSE, "config", "--quiet"], words),
        "Dockerfile": ([str(BIN / "hadolint"), "--no-color", "Dockerfile"], {}),
    }
    found = {name: run(command, environment)[0] for name, (command, environment) in commands.items()}
    return [f"{name}: {problem}" for name, problem in found.items() if problem]


def required_variables() -> set[str]:
    """What an installation has to say, because nothing stands in for it."""
    return set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE_FILE.read_text()))


def services(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services as they would be started in this environment."""
    problem, output = run([*COMPOSE, "config", "--format", "json"], environment)
    if problem:
        raise Failure(problem)
    found: dict[str, dict[str, Any]] = json.loads(output)["services"]
    return found


def run(command: list[str], environment: Mapping[str, str]) -> tuple[str, str]:
    """What a program complains of, and what it says."""
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, env=bare | dict(environment))
    return ("", done.stdout) if done.returncode == 0 else ((done.stdout + done.stderr).strip() or "failed", "")
