"""A request that moves points is carried out once; asked again, it gets the stored answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from ledger.errors import IdempotencyKeyReused
from ledger.models import IdempotencyKey
from tenants.contention import busy_if_locked
from tenants.postgresql.base import Fixed
from tenants.postgresql.waiting import execute_later
from tenants.secrets import digest

# Tills may be offline for weeks.
KEPT_FOR = timedelta(days=30)

CLAIM = Fixed(
    "INSERT INTO ledger_idempotencykey (key, request_hash, created_at, answer) VALUES (%s, %s, %s, '')"
    " ON CONFLICT (tenant_id, key) DO NOTHING"
)
KEEP = Fixed("UPDATE ledger_idempotencykey SET status = %s, answer = %s WHERE key = %s")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    replayed: bool = False


def answer_once(*, key: str, asked: str, now: datetime, act: Callable[[], Answer]) -> Answer:
    """Carry out `act` unless the key has an answer. Key, entry, balance and event commit together.

    `asked` says all that makes it this request and no other.

    The claim comes first: a second request with the same key waits there until the first has committed or given up.
    Raises IdempotencyKeyReused where the key belongs to another request; a refusal of `act` leaves the key free.
    """
    with busy_if_locked(), transaction.atomic():
        if not _claimed(key, asked, now):
            if _stored(key).get().request_hash != digest(asked):
                raise IdempotencyKeyReused
            return stored_answer(key)
        answer = act()
        execute_later(KEEP, [answer.status, json.dumps(answer.body), digest(key)])
        return answer


def stored_answer(key: str) -> Answer:
    """What was answered to the request that this key belongs to."""
    stored = _stored(key).get()
    assert stored.status is not None
    return Answer(status=stored.status, body=json.loads(stored.answer), replayed=True)


def forget_old_keys(*, now: datetime) -> int:
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted


def _stored(key: str) -> QuerySet[IdempotencyKey]:
    """As a digest: a caller may have made the key of a person's address."""
    return IdempotencyKey.objects.filter(key=digest(key))


def _claimed(key: str, asked: str, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [digest(key), digest(asked), now])
        return cursor.rowcount == 1
