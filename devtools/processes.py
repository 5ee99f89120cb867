"""The product's processes under ./dev run: started together, their output told apart, stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence

from devtools.failure import Failure, explain
from devtools.places import ROOT, var_folder
from devtools.servers import die_with_parent

STOP_SECONDS = 15
PRINTING = threading.Lock()


def call(*arguments: str, environment: dict[str, str]) -> int:
    """Run Python in the foreground. Ctrl-C is the child's: the shell of `./dev manage shell` uses it."""
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        command = [sys.executable, *arguments]
        return subprocess.run(command, check=False, cwd=ROOT, env=os.environ | environment).returncode
    finally:
        signal.signal(signal.SIGINT, previous)


def say(text: str) -> None:
    with PRINTING:
        print(text, flush=True)


class Process:
    """One child; every line of its output is shown with its name in front."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], *, quiet: bool = False
    ) -> None:
        self.name = name
        self.quiet = quiet
        self.output: list[str] = []
        self.recent: deque[str] = deque(maxlen=15)
        self.child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - only calls prctl
        )
        self.reader = threading.Thread(target=self.relay, daemon=True)
        self.reader.start()

    def relay(self) -> None:
        assert self.child.stdout
        for line in self.child.stdout:
            self.recent.append(line.rstrip())
            if self.quiet:
                self.output.append(line.rstrip())
            else:
                say(f"{self.name:<7}| {line.rstrip()}")

    def refuse_death(self) -> None:
        """A process that is meant to stay has ended: say which, and its last words."""
        if self.child.poll() is None:
            return
        self.reader.join(2)
        raise Failure(self.explain(f"{self.name} stopped with exit code {self.child.returncode}"))

    def finish(self) -> list[str]:
        """Wait for a process that is meant to end, and return its output where that was kept."""
        if self.child.wait():
            self.reader.join(2)
            raise Failure(self.explain(f"{self.name} failed"))
        self.reader.join(2)
        return self.output

    def explain(self, what: str) -> str:
        return explain(what, output="\n".join(self.recent), place=var_folder())

    def terminate(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        try:
            self.child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class ProcessGroup:
    """Everything that was started, so that it can be watched and stopped."""

    def __init__(self) -> None:
        self.members: list[Process] = []

    def start(self, name: str, *arguments: str, environment: dict[str, str], quiet: bool = False) -> Process:
        process = Process(name, arguments, environment, quiet=quiet)
        self.members.append(process)
        return process

    def run(self, name: str, *arguments: str, environment: dict[str, str], quiet: bool = False) -> list[str]:
        """Start it, wait for its end, and refuse its failure."""
        process = self.start(name, *arguments, environment=environment, quiet=quiet)
        output = process.finish()
        self.members.remove(process)
        return output

    def refuse_death(self) -> None:
        for process in self.members:
            process.refuse_death()

    def stop(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.members:
            process.terminate()
        for process in self.members:
            process.wait_or_kill(deadline)
