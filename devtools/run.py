"""`./dev run`: servers, roles, migrations and demo data, then web, worker and beat until Ctrl-C."""

import argparse
import errno
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from devtools.environment import DEFAULT_PORT, as_migrator, product_environment
from devtools.failure import Failure, execute
from devtools.occupancy import claimed
from devtools.places import cluster_folder, var_folder
from devtools.processes import ProcessGroup, say
from devtools.servers import Services, running_services

READY_SECONDS = 60
WATCH_SECONDS = 0.3
# In a container everything is root; Celery would say so at length at every start.
QUIET_AS_ROOT = ("-W", "ignore:You're running the worker with superuser")


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or ended the command otherwise."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    port: int = parser.parse_args(arguments).port
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        with claimed("run") as claim:
            refuse_taken_port(port)
            with running_services(cluster_folder()) as services, running_processes() as processes:
                environment = product_environment(services, port=port)
                claim.publish(environment)
                start_product(processes, environment, port=port)
                watch(processes, services)
    except Stopped:
        say("stopped")
    return 0


def start_product(processes: ProcessGroup, environment: dict[str, str], *, port: int) -> None:
    started = time.monotonic()
    base_url = f"http://localhost:{port}"
    inherited = os.environ | environment | {"PYTHONUNBUFFERED": "1"}
    say("migrating …")
    processes.run("migrate", "manage.py", "migrate", "-v0", environment=as_migrator(inherited))
    say("filling the demo shops, where that is still to do …")
    sign_ins = processes.run("demo", "-m", "devtools.demo", "--base-url", base_url, environment=inherited, quiet=True)
    for name, command in commands(port).items():
        processes.start(name, *QUIET_AS_ROOT, "-m", *command, environment=inherited)
    wait_for_answer(processes, port)
    say(f"READY {base_url}")
    for line in sign_ins:
        say(line)
    say(f"(ready after {time.monotonic() - started:.0f} s; Ctrl-C stops everything, ./dev reset forgets the data)")


def commands(port: int) -> dict[str, list[str]]:
    web = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    web += ["--blocking-threads", "4", "--no-ws", "loyalty.wsgi:application"]
    celery = ["celery", "--quiet", "--app", "loyalty"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--schedule", str(var_folder() / "celerybeat-schedule"), "--pidfile", ""]
    return {"web": web, "worker": [*worker, "--loglevel", "INFO"], "beat": beat}


def wait_for_answer(processes: ProcessGroup, port: int) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": f"localhost:{port}"})
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        processes.refuse_death()
        try:
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the address is ours
        except urllib.error.HTTPError as error:
            raise Failure(f"the home page answers {error.code}; the reason is above") from error
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Failure(f"the web process does not answer after {READY_SECONDS} s")


def watch(processes: ProcessGroup, services: Services) -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        for server in services.started:
            if not server.is_alive():
                raise Failure(server.explain("stopped"))
        processes.refuse_death()


@contextmanager
def running_processes() -> Iterator[ProcessGroup]:
    processes = ProcessGroup()
    try:
        yield processes
    finally:
        ignore_signals()
        processes.stop()


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError as error:
            raise Failure(f"there is no port {port}") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Failure(f"port {port} is taken: stop what uses it, or ./dev run --port {port + 1}") from error
            raise Failure(f"port {port} cannot be used: {error.strerror}") from error


def stop(_number: int, _frame: FrameType | None) -> None:
    ignore_signals()
    raise Stopped


def ignore_signals() -> None:
    """Stopping takes a moment and must not itself be interrupted half-way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    execute(main)
