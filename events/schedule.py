"""Scheduled jobs: each runs once per tenant and local day, with two schedulers, after a crash, on any clock change."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
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
           started_at = excluded.started_at, finished_at = NULL
     WHERE run.attempts < %(attempts)s
       AND (run.state = 'failed' OR (run.state = 'running' AND run.leased_until < %(now)s))
    RETURNING id, attempts
"""


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


def run_job(job: Job, *, tenant: Tenant, now: datetime) -> bool:
    """Run the job for its due day if this call wins the lease. A failure is recorded and tried again later."""
    day = due_on(at=job.at, zone=tenant.zone, now=now)
    with tenant_scope(tenant):
        lease = _take_lease(job, day, now=now)
    if lease is None:
        return False
    try:
        job.run(tenant, day)
    except Exception as error:  # one failing job must not stop the others
        logger.exception("job failed", extra={"job": job.name, "tenant": tenant.pk})
        _finish(tenant, lease, state=JobRun.State.FAILED, error=described(error))
    else:
        _finish(tenant, lease, state=JobRun.State.DONE, error="")
    return True


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
