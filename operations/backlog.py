"""What waits in all shops' outboxes and jobs; taken shop by shop, because nobody may look across them."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime

from events.queries import Outstanding, outstanding
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tenants.valkey import valkey, valkey_key


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Sums over all shops; moments in seconds since 1970."""

    taken_at: float
    oldest_unrelayed: float | None
    unrelayed: int
    parked: int
    failed_jobs: int


def take(*, now: datetime) -> Backlog:
    """Look at every shop and keep the sums for whoever asks."""
    found = [_of(tenant, now=now) for tenant in Tenant.objects.order_by("pk").iterator()]
    oldest = [each.oldest_unrelayed_at.timestamp() for each in found if each.oldest_unrelayed_at]
    backlog = Backlog(
        taken_at=time.time(),
        oldest_unrelayed=min(oldest, default=None),
        unrelayed=sum(each.unrelayed for each in found),
        parked=sum(each.parked for each in found),
        failed_jobs=sum(each.failed_jobs for each in found),
    )
    valkey().set(_key(), json.dumps(asdict(backlog)))
    return backlog


def latest() -> Backlog | None:
    """What the last look found; None before the first. Raises RedisError."""
    kept = valkey().get(_key())
    return Backlog(**json.loads(str(kept, "utf-8"))) if isinstance(kept, bytes) else None


def _of(tenant: Tenant, *, now: datetime) -> Outstanding:
    with tenant_scope(tenant):
        return outstanding(now=now)


def _key() -> str:
    return valkey_key("backlog")
