"""Counting limits in the cache: a refused request rolls its transaction back, so the database cannot count it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from tenants.errors import DomainError


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

    def hit(self, *subject: Any) -> None:
        """Count one hit; raises Throttled above the limit."""
        key = self._key(subject)
        cache.add(key, 0, timeout=self.seconds)
        try:
            hits = cache.incr(key)
        except ValueError:  # expired between the two calls
            cache.set(key, 1, timeout=self.seconds)
            return
        if hits > self.times:
            raise Throttled(retry_after=self.seconds)

    def check(self, *subject: Any) -> None:
        """Raise Throttled where the limit is used up, without counting."""
        if cache.get(self._key(subject), 0) >= self.times:
            raise Throttled(retry_after=self.seconds)

    def clear(self, *subject: Any) -> None:
        cache.delete(self._key(subject))

    def _key(self, subject: tuple[Any, ...]) -> str:
        digest = sha256(repr(subject).encode()).hexdigest()
        return f"limit:{self.name}:{digest}"
