"""`python -m operations.alive web|heartbeat`: a container's health check; without Django, as it runs twice a minute."""

import os
import sys
import time
import urllib.request
from pathlib import Path

WITHIN_SECONDS = 60
TIMEOUT_SECONDS = 4


def touch() -> None:
    """Say that this process lives, where a health check asks for that."""
    if path := os.environ.get("HEARTBEAT_FILE"):
        Path(path).touch()


def main(what: str) -> int:
    problem = {"web": web_problem, "heartbeat": heartbeat_problem}[what]()
    print(problem or "alive")  # noqa: T201 - read by whoever inspects the container
    return 1 if problem else 0


def web_problem() -> str:
    url = f"http://127.0.0.1:{os.environ.get('GRANIAN_PORT', '8000')}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):
            return ""
    except OSError as error:
        return f"{url} does not answer: {error}"


def heartbeat_problem() -> str:
    path = Path(os.environ["HEARTBEAT_FILE"])
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return "no heartbeat yet"
    return f"last heartbeat {age:.0f} s ago" if age > WITHIN_SECONDS else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
