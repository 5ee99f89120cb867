"""Sessions of all hosts lie in one table that belongs to no shop; expired ones are deleted from it."""

from datetime import datetime

from django.contrib.sessions.models import Session

AT_ONCE = 5_000


def purge_expired(*, now: datetime) -> int:
    """Delete what has expired, some thousands in each statement; returns how many."""
    purged = 0
    while keys := list(Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)[:AT_ONCE]):
        purged += Session.objects.filter(pk__in=keys, expire_date__lt=now).delete()[0]
    return purged
