"""What runs in the background, for people who look after it."""

from django.db.models import QuerySet

from events.models import Delivery, JobRun


def parked_deliveries() -> QuerySet[Delivery]:
    """Reactions that failed five times, oldest first."""
    return Delivery.objects.filter(state=Delivery.State.PARKED).select_related("event").order_by("id")


def latest_runs() -> QuerySet[JobRun]:
    return JobRun.objects.order_by("-due_on", "job")
