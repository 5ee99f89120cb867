"""`./dev test`: pytest on every core, with a browser."""

import os
import sys

from devtools import chromium
from devtools.failure import execute
from devtools.places import ROOT

ONE_PROCESS = ("-n", "--numprocesses", "--pdb", "--trace", "-h", "--help", "--version", "--co", "--fixtures")


def main(arguments: list[str]) -> int:
    if needs_browser(arguments):
        chromium.ensure()
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *parallel(arguments), *arguments])  # noqa: S606


def parallel(arguments: list[str]) -> list[str]:
    """One process for each core, unless the caller decides or picks single tests."""
    if any("::" in argument or argument.startswith(ONE_PROCESS) for argument in arguments):
        return []
    return ["-n", str(max(2, os.cpu_count() or 2))]


def needs_browser(arguments: list[str]) -> bool:
    """Unless the selection leaves the end-to-end tests out."""
    paths = [argument for argument in arguments if argument.startswith(("tests", "./tests"))]
    if paths:
        return any("e2e" in path or path.strip("./") == "tests" for path in paths)
    return "not e2e" not in arguments


if __name__ == "__main__":
    execute(main)
