"""Running the same work in several threads at once, each with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def in_threads(count: int, work: Callable[[int], Result]) -> list[Result | Exception]:
    """What `work(0)` … `work(count - 1)` returned or raised; all start at the same moment."""
    start = threading.Barrier(count)
    connection.close()

    def run(number: int) -> Result | Exception:
        start.wait(timeout=10)
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as threads:
        return list(threads.map(run, range(count)))
