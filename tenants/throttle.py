"""Counting limits in Valkey: a refused request rolls its transaction back, so the database cannot count it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext_lazy as _
from redis import RedisError

from tenants.errors import DomainError
from tenants.valkey import valkey, valkey_key


class Throttled(DomainError):
    """Too many tries; `facts["retry_after"]` says for how many seconds."""

    code = "throttled"
    status = 429
    message = _("Too many attempts. Please wait a moment.")


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
            hits = self._count(self._key(subject))
        except RedisError:
            if self.fails_open:
                return
            raise
        if hits > self.times:
            raise Throttled(retry_after=self.seconds)

    def _count(self, key: str) -> int:
        """In one step: a counter that expired between being looked for and being raised would then stay for ever."""
        with valkey().pipeline(transaction=True) as step:
            step.set(key, 0, ex=self.seconds, nx=True)
            step.incr(key)
            return step.execute()[-1]

    def clear(self, *subject: Any) -> None:
        valkey().delete(self._key(subject))

    def _key(self, subject: tuple[Any, ...]) -> str:
        digest = sha256(repr(subject).encode()).hexdigest()
        return valkey_key(f"limit:{self.name}:{digest}")
