"""The browser of the end-to-end tests: the system's own, or Playwright's where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from devtools.failure import Failure, last_lines

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "there is no Chromium: install it (apt-get install chromium), or set CHROMIUM=/path/to/it"


def find() -> str | None:
    """The system's browser; CHROMIUM names another one."""
    if named := os.environ.get("CHROMIUM"):
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options() -> dict[str, Any]:
    """For Playwright: quiet, and able to run as root in a container."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    system = {"executable_path": program} if (program := find()) else {}
    return system | {"args": [*quiet, *sandbox, "--disable-dev-shm-usage"]}


def ensure() -> None:
    if named := os.environ.get("CHROMIUM"):
        if not os.access(named, os.X_OK):
            raise Failure(f"CHROMIUM={named} is no program")
        return
    if find() or playwright_has_one():
        return
    print("installing Chromium …", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install_package()
    else:
        download()


def download() -> None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        raise Failure(MISSING)


def install_package() -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *step]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{MISSING}\n{last_lines(done.stderr or done.stdout, 3)}")


def playwright_has_one() -> bool:
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    return any(Path(home).glob("chromium*/*/*chrom*"))
