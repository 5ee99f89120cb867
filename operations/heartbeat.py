"""When worker and beat were last seen: beat sends a task every ten seconds, and a worker runs it."""

import time

from operations import alive
from tenants.valkey import valkey, valkey_key

TASK = "operations.tasks.heartbeat"
PROCESSES = ("worker", "beat")


def seen(process: str) -> None:
    valkey().set(_key(process), int(time.time()))


def seen_publishing() -> None:
    """Only beat sends the task."""
    alive.touch()
    seen("beat")


def ages() -> dict[str, int | None]:
    """Seconds since each process was seen; None where it never was. Raises RedisError."""
    moments = valkey().mget([_key(process) for process in PROCESSES])
    now = int(time.time())
    return {
        process: max(0, now - int(moment)) if moment else None
        for process, moment in zip(PROCESSES, moments, strict=True)
    }


def _key(process: str) -> str:
    return valkey_key(f"heartbeat:{process}")
