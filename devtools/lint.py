"""`./dev lint`: everything that can be judged without running the product, on every core, one line for each step."""

import difflib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from devtools import containers, lock, translation_check
from devtools.environment import offline_environment
from devtools.extraction import library_messages, product_messages
from devtools.failure import Failure, execute
from devtools.places import ROOT

BIN = Path(sys.executable).parent
MANY = 40
QUIET = ("-W", "ignore")
FOREIGN_FORMAT = re.compile(
    r"\|\s*(date|time|floatformat|localize|intcomma|naturaltime|naturalday|timesince|timeuntil)\b"
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    seconds: float
    complaint: str


def main(arguments: list[str]) -> int:
    if unknown := set(arguments) - set(STEPS):
        raise Failure(f"there is no step {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    chosen = arguments or list(STEPS)
    with ExitStack() as stack:
        var = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ.update(offline_environment(Path(var)))
        pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count()))
        failed = report([pool.submit(judge, name) for name in chosen])
    for outcome in failed:
        print(f"\n--- {outcome.name}\n{outcome.complaint}")
    return 1 if failed else 0


def report(running: list[Future[Outcome]]) -> list[Outcome]:
    """Show each step as it ends; return the failed ones."""
    failed = []
    for future in as_completed(running):
        outcome = future.result()
        print(f"{'FAILED' if outcome.complaint else 'ok':<7}{outcome.seconds:5.1f} s  {outcome.name}", flush=True)
        if outcome.complaint:
            failed.append(outcome)
    return failed


def judge(name: str) -> Outcome:
    started = time.monotonic()
    complaint = STEPS[name]()
    return Outcome(name=name, seconds=time.monotonic() - started, complaint=complaint)


def tool(*command: str) -> str:
    """The output of a tool that complains."""
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or f"exit code {done.returncode}"


def style() -> str:
    return tool(str(BIN / "ruff"), "check", "--quiet")


def layout() -> str:
    return tool(str(BIN / "ruff"), "format", "--check", "--quiet")


def types() -> str:
    return tool(sys.executable, "-m", "mypy", "--no-error-summary")


def layers() -> str:
    """A package that the contract does not know would be free to import anything."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    unknown = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {*contract["root_packages"], "tests"}
    if unknown:
        return f"list {', '.join(sorted(unknown))} under [tool.importlinter] in pyproject.toml"
    output = tool(str(BIN / "lint-imports"), "--no-cache")
    return output.partition("Broken contracts")[2].lstrip("\n-") or output


def templates() -> str:
    return tool(str(BIN / "djlint"), "templates", "--lint", "--quiet") or "\n".join(foreign_formats(ROOT / "templates"))


def foreign_formats(folder: Path) -> list[str]:
    """Django's own filters know the reader's language, not the country."""
    return [
        f"{path.relative_to(ROOT)}: `{found[0]}`: use a filter of loyalty_format, such as day, clock, number or money"
        for path in sorted(path for path in folder.rglob("*") if path.is_file())
        for found in FOREIGN_FORMAT.finditer(path.read_text())
    ]


def migrations() -> str:
    return tool(sys.executable, *QUIET, "manage.py", "makemigrations", "--check", "--dry-run")


def api() -> str:
    """The API is a contract: a change of its document is a decision, made by committing it."""
    committed = ROOT / "docs" / "openapi.yaml"
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.yaml"
        write = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(fresh)]
        if complaint := tool(sys.executable, *QUIET, *write):
            return complaint
        before = committed.read_text() if committed.exists() else ""
        changes = difflib.unified_diff(before.splitlines(), fresh.read_text().splitlines(), lineterm="", n=1)
        shown = list(itertools.islice(changes, MANY))
    how = "docs/openapi.yaml is not what the code says; if that is meant:"
    return "\n".join([how, "./dev manage spectacular --file docs/openapi.yaml", *shown]) if shown else ""


def images() -> str:
    return "\n".join(containers.complaints())


def locks() -> str:
    return "\n".join(lock.problems())


def translations() -> str:
    return "\n".join(translation_check.problems(ROOT / "locale", product_messages(ROOT), library_messages()))


STEPS: dict[str, Callable[[], str]] = {
    "types": types,
    "migrations": migrations,
    "layers": layers,
    "templates": templates,
    "api": api,
    "style": style,
    "layout": layout,
    "locks": locks,
    "containers": images,
    "translations": translations,
}

if __name__ == "__main__":
    execute(main)
