"""Somebody asks for a scheduled job to run now: once, in the background, for the day that it is due for."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from events.errors import JobIsRunning
from events.models import JobRun
from events.schedule import due_on, jobs
from events.services import publish
from events.tasks import run_asked
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
    job = jobs().get(name)
    if job is None:
        raise NotFound
    day = due_on(at=job.at, zone=current_tenant().zone, now=now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ASK_SQL, {"job": job.name, "day": day, "now": now})
            asked = cursor.fetchone()
        if asked is None:
            raise JobIsRunning
        publish("job.asked", actor=actor, occurred_at=now, job=job.name, due_on=day.isoformat())
        run_asked.delay_on_commit(current_tenant().pk, asked[0])
    return JobRun.objects.get(pk=asked[0])
