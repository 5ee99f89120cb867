"""Somebody asks for a scheduled job to run now: once, in the background, for the day that it is due for."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from events.errors import JobIsRunning
from events.models import JobRun
from events.schedule import due_on, jobs
from events.services import publish
from events.tasks import run_asked, run_due_jobs
from tenants.errors import NotFound
from tenants.roles import Actor
from tenants.scope import current_tenant

# One statement decides, as with the lease: no run is asked for while one goes on or waits already.
_ASK_SQL: Final = """
    INSERT INTO events_jobrun AS run (job, due_on, state, attempts, leased_until, started_at, error)
    VALUES (%(job)s, %(day)s, 'waiting', 0, %(now)s, %(now)s, '')
    ON CONFLICT (tenant_id, job, due_on) DO UPDATE
       SET state = 'waiting', started_at = excluded.started_at, finished_at = NULL, done = NULL, total = NULL
     WHERE run.state IN ('done', 'failed') OR (run.state = 'running' AND run.leased_until < %(now)s)
    RETURNING id
"""


def ask_for_run(name: str, *, actor: Actor, now: datetime) -> JobRun:
    """Let a job run once more for its day, in the background. Raises NotFound, and JobIsRunning where it does."""
    with transaction.atomic():
        asked = _ask(name, actor=actor, now=now)
        if asked is None:
            raise JobIsRunning
        run_asked.delay_on_commit(current_tenant().pk, asked)
    return JobRun.objects.get(pk=asked)


def ask_for_runs(names: Collection[str], *, actor: Actor, now: datetime) -> None:
    """The same for some that build on each other: they run in the order of the night. One that is running goes on."""
    with transaction.atomic():
        for name in names:
            _ask(name, actor=actor, now=now)
        run_due_jobs.delay_on_commit(current_tenant().pk)


def _ask(name: str, *, actor: Actor, now: datetime) -> int | None:
    """The run that waits from now on; None where it is running or waits already."""
    job = jobs().get(name)
    if job is None:
        raise NotFound
    day = due_on(at=job.at, zone=current_tenant().zone, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_ASK_SQL, {"job": job.name, "day": day, "now": now})
        asked = cursor.fetchone()
    if asked is None:
        return None
    publish("job.asked", actor=actor, occurred_at=now, job=job.name, due_on=day.isoformat())
    return asked[0]
