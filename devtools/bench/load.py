"""The load generator: wrk, a Debian package.

It sends a hundred times more than the product can answer, from one small process, and a script of a few lines gives
every request a key and a body of its own. Generators on PyPI are written in Python and would need the processors that
are measured, or send the same request again and again.
"""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.failure import Failure, last_lines

# Debian 12 and 13 have this version.
VERSION = "4.1.0"
SCRIPT = Path(__file__).with_name("requests.lua")
THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of some seconds of load."""

    seconds: float
    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    # Processor time of the generator itself.
    generator_seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def ensure() -> None:
    if shutil.which("wrk"):
        return
    print(f"installing wrk {VERSION} …", flush=True)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"the benchmarks need the load generator wrk {VERSION}: install it")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", f"wrk={VERSION}-*"]):
        command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *step]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"wrk {VERSION} could not be installed\n{last_lines(done.stderr or done.stdout, 3)}")


def load(
    url: str, *, host: str, seconds: float, connections: int, arguments: Sequence[str] = (), per_second: float = 0
) -> Load:
    """As fast as answers come, or `per_second` requests at random moments. Refuses an answer that is not a 2xx."""
    pause_ms = 1000 * connections / per_second if per_second else 0
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "20s", "-s", str(SCRIPT), url]
    command += ["--", host, f"{pause_ms:.3f}", os.urandom(8).hex(), *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise Failure(f"wrk failed:\n{last_lines(done.stdout + done.stderr)}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said["errors"] or not said["requests"]:
        raise Failure(f"{url} was not answered as expected: {said}")
    return Load(
        seconds=said["seconds"],
        requests=said["requests"],
        p50_ms=said["p50"],
        p95_ms=said["p95"],
        p99_ms=said["p99"],
        generator_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )
