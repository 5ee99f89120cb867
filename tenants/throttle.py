"""Counting limits in Valkey: a refused request rolls its transaction back, so the database cannot count it."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import ceil
from typing import Any, Final

from django.utils.translation import ngettext
from redis import RedisError
from redis.commands.core import Script

from tenants.errors import DomainError
from tenants.valkey import valkey, valkey_key

MINUTES_TOLD_UP_TO = 90
# In one step: a counter that expired between being looked for and being raised would then stay for ever.
COUNT: Final = """
local hits = redis.call('INCR', KEYS[1])
if hits == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {hits, redis.call('TTL', KEYS[1])}
"""


class Throttled(DomainError):
    """Too many tries; `facts["retry_after"]` says for how many seconds."""

    code = "throttled"
    status = 429

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(_waiting_time(retry_after), retry_after=retry_after)


@dataclass(frozen=True)
class Limit:
    """At most `times` hits in `seconds` for each subject."""

    name: str
    times: int
    seconds: int
    # A budget may be lost for a while when the cache is away; what protects a secret may not.
    fails_open: bool = False

    def hit(self, *subject: Any) -> None:
        """Count one hit; raises Throttled above the limit."""
        try:
            hits, seconds_left = self._count(self._key(subject))
        except RedisError:
            if self.fails_open:
                return
            raise
        if hits > self.times:
            raise Throttled(retry_after=seconds_left)

    def refuse_reached(self, *subject: Any) -> None:
        """Raise Throttled where only failures are counted and there were too many."""
        if int(valkey().get(self._key(subject)) or 0) >= self.times:
            raise Throttled(retry_after=max(valkey().ttl(self._key(subject)), 1))

    def _count(self, key: str) -> tuple[int, int]:
        hits, seconds_left = _counting()(keys=[key], args=[self.seconds])
        return hits, max(seconds_left, 1)

    def clear(self, *subject: Any) -> None:
        valkey().delete(self._key(subject))

    def _key(self, subject: tuple[Any, ...]) -> str:
        return _key(self.name, subject)


@dataclass(frozen=True)
class Tally:
    """Counts what is allowed, so that something can be noted of every so many of them and not of each."""

    name: str
    every: int
    seconds: int

    def is_full(self, *subject: Any) -> bool:
        """Count one; whether so many have come together within the time. Without the cache nothing is noted."""
        try:
            hits, _seconds_left = _counting()(keys=[_key(self.name, subject)], args=[self.seconds])
        except RedisError:
            return False
        return bool(hits % self.every == 0)


def _key(name: str, subject: tuple[Any, ...]) -> str:
    digest = sha256(repr(subject).encode()).hexdigest()
    return valkey_key(f"limit:{name}:{digest}")


@cache
def _counting() -> Script:
    return valkey().register_script(COUNT)


def _waiting_time(seconds: int) -> str:
    """In minutes, or in hours where minutes would have to be counted."""
    minutes = ceil(seconds / 60)
    if minutes <= MINUTES_TOLD_UP_TO:
        sentence = ngettext(
            "Too many attempts. Possible again in %(count)s minute.",
            "Too many attempts. Possible again in %(count)s minutes.",
            minutes,
        )
        return sentence % {"count": minutes}
    hours = ceil(minutes / 60)
    sentence = ngettext(
        "Too many attempts. Possible again in %(count)s hour.",
        "Too many attempts. Possible again in %(count)s hours.",
        hours,
    )
    return sentence % {"count": hours}
