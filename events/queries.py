"""What runs in the background, for people who look after it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from events.models import Delivery, Event, JobRun

MAILS_SHOWN_FOR = timedelta(days=14)


def parked_deliveries() -> QuerySet[Delivery]:
    """Reactions that failed five times, oldest first."""
    return Delivery.objects.filter(state=Delivery.State.PARKED).select_related("event").order_by("id")


def events_about(customer_ids: Collection[int], *, before: int | None = None) -> QuerySet[Event]:
    """What happened to these customers, newest first, from an index."""
    rows = Event.objects.filter(customer_id__in=customer_ids).order_by("-id")
    return rows if before is None else rows.filter(pk__lt=before)


def failed_mails(*, now: datetime) -> QuerySet[Event]:
    """What could not be sent within the last days, newest first."""
    return Event.objects.filter(name="mail.failed", occurred_at__gte=now - MAILS_SHOWN_FOR).order_by("-occurred_at")


def last_runs() -> QuerySet[JobRun]:
    """One of each job that has ever run, however long ago."""
    return JobRun.objects.order_by("job", "-due_on").distinct("job")


def failed_runs(*, since: date) -> QuerySet[JobRun]:
    """Of all jobs, those of the latest day first."""
    return JobRun.objects.filter(due_on__gte=since, state=JobRun.State.FAILED).order_by("-due_on", "job")


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What the background still owes one tenant."""

    oldest_unrelayed_at: datetime | None
    unrelayed: int
    parked: int
    failed_jobs: int


def outstanding(*, now: datetime) -> Outstanding:
    """Events not yet relayed, parked deliveries, and runs of the last two days that failed."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTSTANDING, [now - timedelta(days=2)])
        return Outstanding(*cursor.fetchone())


_OUTSTANDING = """
SELECT min(recorded_at), count(*),
       (SELECT count(*) FROM events_delivery WHERE state = 'parked'),
       (SELECT count(*) FROM events_jobrun WHERE state = 'failed' AND started_at > %s)
  FROM events_event WHERE relayed_at IS NULL
"""


def what_happened(
    *, topic: str = "", actor: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[Event]:
    """The audit log, newest first. A topic is the first part of an event's name: `member` of `member.added`."""
    events = Event.objects.order_by("-id")
    if topic:  # as a range, because LIKE would not use the index under row security; "/" follows "."
        events = events.filter(name__gte=f"{topic}.", name__lt=f"{topic}/")
    if actor:
        events = events.filter(actor=actor)
    if since:
        events = events.filter(occurred_at__gte=since)
    if until:
        events = events.filter(occurred_at__lt=until)
    return events
