"""The connection to Valkey for what Django's cache cannot say: sets, and counters with an expiry in one step."""

from functools import cache

import redis
from django.conf import settings


@cache
def valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def valkey_key(name: str) -> str:
    """The name under this installation's prefix."""
    return f"{settings.REDIS_KEY_PREFIX}{name}"
