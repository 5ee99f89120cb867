"""The set of tenants with news for the relay. It may be lost: PostgreSQL is the queue of record, this only rings."""

import logging

import redis

from tenants.valkey import valkey, valkey_key

logger = logging.getLogger(__name__)


def ring(tenant_id: int) -> None:
    """Called after a commit, so it must never raise: the sweep finds what a lost ring leaves behind."""
    try:
        valkey().sadd(_key(), tenant_id)
    except redis.RedisError as error:
        logger.warning("doorbell did not ring", extra={"error": type(error).__name__})


def answer() -> list[int]:
    """Take all tenants that rang since the last call."""
    return sorted(int(member) for member in valkey().spop(_key(), 10_000) or [])


def waiting() -> int:
    """How many tenants rang and have not been answered."""
    return int(valkey().scard(_key()))


def _key() -> str:
    return valkey_key("dirty-tenants")
