"""Counts of all processes in one place: gathered in memory, added to a hash in Valkey every few seconds.

Web workers, Celery workers and any number of machines then share one set of figures; counting costs a request nothing.
"""

import json
import logging
import threading
import time
from collections import defaultdict

import redis

from tenants.valkey import valkey, valkey_key

logger = logging.getLogger(__name__)

# A metric's name and what tells its series apart.
Series = tuple[str, ...]
FLUSH_SECONDS = 5


class Tally:
    """Sums by series; what could not be delivered is kept for the next time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[Series, float] = defaultdict(float)
        self._deliverer: threading.Thread | None = None

    def add(self, amounts: dict[Series, float]) -> None:
        with self._lock:
            for series, amount in amounts.items():
                self._pending[series] += amount
            if self._deliverer is None:
                self._deliverer = threading.Thread(target=self._deliver_for_ever, name="tally", daemon=True)
                self._deliverer.start()

    def flush(self) -> None:
        with self._lock:
            taken, self._pending = self._pending, defaultdict(float)
        if not taken:
            return
        try:
            pipeline = valkey().pipeline(transaction=True)
            for series, amount in taken.items():
                pipeline.hincrbyfloat(_key(), json.dumps(series), amount)
            pipeline.execute()
        except redis.RedisError as error:
            logger.warning("figures wait for Valkey", extra={"error": type(error).__name__})
            with self._lock:
                for series, amount in taken.items():
                    self._pending[series] += amount

    def sums(self) -> dict[Series, float]:
        """What all processes have counted so far. Raises RedisError."""
        self.flush()
        return {tuple(json.loads(series)): float(amount) for series, amount in valkey().hgetall(_key()).items()}

    def _deliver_for_ever(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            self.flush()


def _key() -> str:
    return valkey_key("tally")


tally = Tally()
