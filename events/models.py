"""What happened (outbox and audit log in one), who must still react, and which scheduled job ran on which day."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now

from tenants.models import TenantForeignKey, TenantModel


class Event(TenantModel):
    """One thing that happened. The payload holds ids and figures, never personal text."""

    name = models.CharField(max_length=60)
    actor = models.CharField(max_length=40)
    device_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    # Whom it is about: a column of its own, because row-level security keeps jsonb operators from using an index.
    customer_id = models.GeneratedField(
        expression=Cast(KT("payload__customer"), models.BigIntegerField()),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    # A till that was offline reports late: when it happened is not when we were told.
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    # NULL while handlers still have to be told; set at once where nobody listens.
    relayed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant", "id"], name="event_outbox", condition=Q(relayed_at__isnull=True)),
            models.Index(fields=["tenant", "occurred_at"], name="event_by_time"),
            models.Index(
                fields=["tenant", "customer_id", "id"],
                name="event_by_customer",
                condition=Q(customer_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(TenantModel):
    """One handler's duty to react to one event, exactly once."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        PARKED = "parked"

    event = TenantForeignKey(Event)
    handler = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    next_attempt_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "event", "handler"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=["pending", "done", "parked"]), name="delivery_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "next_attempt_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["tenant", "id"], name="delivery_parked", condition=Q(state="parked")),
        ]

    def __str__(self) -> str:
        return f"{self.handler} of event {self.event_id}"


class JobRun(TenantModel):
    """One scheduled job of one tenant on one local day. The lease lets another worker take over after a crash."""

    class State(models.TextChoices):
        # Somebody has asked for it; the next worker takes it.
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    job = models.CharField(max_length=60)
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    attempts = models.PositiveSmallIntegerField(default=1)
    leased_until = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    # How far it is, as the job itself says; NULL where it does not.
    done = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "job", "due_on"], name="job_run_once_a_day"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "failed"]), name="job_run_in_a_known_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} on {self.due_on}"

    @property
    def duration(self) -> timedelta | None:
        """Of the last attempt; None while it goes on."""
        return self.finished_at - self.started_at if self.finished_at else None
