"""How a development command ends when it cannot go on: one clear line, an exit code, no traceback."""

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

DISK_FULL = ("No space left on device", "Disk quota exceeded")
NEARLY_NOTHING = 3_000_000


class Failure(Exception):
    """The reason, in words for the person who typed the command."""


def execute(main: Callable[[list[str]], int]) -> NoReturn:
    """Run a command's main function with the process's arguments."""
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        sys.exit(f"dev: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"dev: {file_problem(error)}")


def file_problem(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(Path(error.filename or os.curdir))
    if error.filename is None:
        raise error
    return f"{error.filename}: {error.strerror}"


def disk_full(path: Path) -> str:
    while not path.exists():
        path = path.parent
    return f"the disk is full: {shutil.disk_usage(path).free // 1_000_000} MB are free at {path}"


def explain(what: str, *, output: str, place: Path) -> str:
    """Why a program ended. On a full disk it may not even have been able to say so."""
    if any(sign in output for sign in DISK_FULL) or shutil.disk_usage(place).free < NEARLY_NOTHING:
        return f"{what}: {disk_full(place)}"
    return f"{what}; its last lines:\n{last_lines(output)}" if output.strip() else what


def last_lines(text: str, count: int = 15) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:])
