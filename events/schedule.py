"""Scheduled jobs: each runs once per tenant and local day, with two schedulers, after a crash, on any clock change."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from events.failures import described
from events.models import JobRun
from tenants.models import Tenant
from tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

# The id of a run and the number of the attempt that holds it.
Lease = tuple[int, int]
LEASE = timedelta(minutes=15)
MAX_ATTEMPTS = 5

# One statement decides: two schedulers cannot both insert, nor both take over the same expired lease.
_LEASE_SQL = """
    INSERT INTO events_jobrun AS run (job, due_on, state, attempts, leased_until, started_at, error)
    VALUES (%(job)s, %(day)s, 'running', 1, %(until)s, %(now)s, '')
    ON CONFLICT (tenant_id, job, due_on) DO UPDATE
       SET state = 'running', attempts = run.attempts + 1, leased_until = excluded.leased_until,
           started_at = excluded.started_at, finished_at = NULL, done = NULL, total = NULL
     WHERE run.state = 'waiting'
        OR (run.attempts < %(attempts)s
            AND (run.state = 'failed' OR (run.state = 'running' AND run.leased_until < %(now)s)))
    RETURNING id, attempts
"""
# The run that is being worked on here, for whatever says how far it is.
_held: ContextVar[Lease | None] = ContextVar("held", default=None)


@dataclass(frozen=True)
class Job:
    """A daily job; `run(tenant, due_on)` opens its own scopes, so that it may work in chunks."""

    name: str
    at: time
    run: Callable[[Tenant, date], None]


_jobs: dict[str, Job] = {}


def daily(name: str, *, at: time) -> Callable[[Callable[[Tenant, date], None]], Callable[[Tenant, date], None]]:
    """Register a job that is due every day at `at`, in the tenant's own time zone."""

    def register(run: Callable[[Tenant, date], None]) -> Callable[[Tenant, date], None]:
        _jobs[name] = Job(name=name, at=at, run=run)
        return run

    return register


def jobs() -> dict[str, Job]:
    return _jobs


def due_on(*, at: time, zone: ZoneInfo, now: datetime) -> date:
    """The latest local day whose `at` has passed on the wall clock.

    A wall clock that skips `at` in spring has passed it; one that shows it twice in autumn names the same day twice.
    """
    local = now.astimezone(zone)
    passed = local.time() >= at
    return local.date() if passed else local.date() - timedelta(days=1)


def run_due_jobs(tenant: Tenant, *, now: datetime) -> list[str]:
    """Run every due job that nobody else has run or is running; returns the names of those run here."""
    return [job.name for job in _jobs.values() if run_job(job, tenant=tenant, now=now)]


def run_job(job: Job, *, tenant: Tenant, now: datetime, day: date | None = None) -> bool:
    """Run the job for its due day if this call wins the lease. A failure is recorded and tried again later."""
    day = day or due_on(at=job.at, zone=tenant.zone, now=now)
    with tenant_scope(tenant):
        lease = _take_lease(job, day, now=now)
    if lease is None:
        return False
    held = _held.set(lease)
    try:
        job.run(tenant, day)
    except Exception as error:  # one failing job must not stop the others
        logger.exception("job failed", extra={"job": job.name, "tenant": tenant.pk})
        _finish(tenant, lease, state=JobRun.State.FAILED, error=described(error))
    else:
        _finish(tenant, lease, state=JobRun.State.DONE, error="")
    finally:
        _held.reset(held)
    return True


def note_progress(done: int, total: int) -> None:
    """How far the running job is: kept with the chunk that is open, and a sign of life that prolongs the lease.

    Nothing where the work is not done by a job.
    """
    if (held := _held.get()) is not None:
        run_id, attempt = held
        until = timezone.now() + LEASE
        JobRun.objects.filter(pk=run_id, attempts=attempt).update(
            done=min(done, total), total=total, leased_until=Greatest(F("leased_until"), Value(until))
        )


class Progress:
    """Counts what a job has done of a whole; to be told within the scope of each chunk."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def made(self, count: int) -> None:
        self.done += count
        note_progress(self.done, self.total)


def run_asked(tenant: Tenant, *, run_id: int, now: datetime) -> bool:
    """The run that somebody has asked for, unless another worker has taken it."""
    with tenant_scope(tenant):
        asked = JobRun.objects.filter(pk=run_id, state=JobRun.State.WAITING).first()
    if asked is None or asked.job not in _jobs:
        return False
    return run_job(_jobs[asked.job], tenant=tenant, now=now, day=asked.due_on)


def _take_lease(job: Job, day: date, *, now: datetime) -> Lease | None:
    """The run, where it is new or its last holder failed or died; None where it is done or taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LEASE_SQL,
            {"job": job.name, "day": day, "now": now, "until": now + LEASE, "attempts": MAX_ATTEMPTS},
        )
        return cursor.fetchone()


def _finish(tenant: Tenant, lease: Lease, *, state: JobRun.State, error: str) -> None:
    """Record the outcome, unless the lease expired and somebody else has taken the run over."""
    run_id, attempt = lease
    with tenant_scope(tenant):
        JobRun.objects.filter(pk=run_id, attempts=attempt).update(state=state, error=error, finished_at=timezone.now())
