"""Celery entry points of what belongs to no shop: signs of life, figures, sessions that have expired."""

from celery import shared_task
from django.utils import timezone

from operations import backlog, heartbeat, sessions
from tenants.tasks import GlobalTask


@shared_task(base=GlobalTask, name=heartbeat.TASK)
def beat() -> None:
    """Every ten seconds: a worker ran this."""
    heartbeat.seen("worker")


@shared_task(base=GlobalTask)
def take_backlog() -> None:
    """Every minute."""
    backlog.take(now=timezone.now())


@shared_task(base=GlobalTask)
def purge_sessions() -> None:
    """Every night."""
    sessions.purge_expired(now=timezone.now())
