"""The set of tenants with news for the relay. It may be lost: PostgreSQL is the queue of record, this only rings."""

import logging
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)


def ring(tenant_id: int) -> None:
    """Called after a commit, so it must never raise: the sweep finds what a lost ring leaves behind."""
    try:
        _client().sadd(_key(), tenant_id)
    except redis.RedisError as error:
        logger.warning("doorbell did not ring: %s", type(error).__name__)


def answer() -> list[int]:
    """Take all tenants that rang since the last call."""
    return sorted(int(member) for member in _client().spop(_key(), 10_000) or [])


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}dirty-tenants"
