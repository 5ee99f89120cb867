"""What was or will be said to a customer, and how a shop has changed what we would say."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tenants.models import TenantForeignKey, TenantModel


class Message(TenantModel):
    """One message to one customer about one fact. Subject and text are what was sent; the HTML follows from them."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENT = "sent", _("sent")
        # Not sent, and nobody tries again.
        FAILED = "failed", _("failed")
        # The address refuses mail: no more goes there until it is confirmed anew or changed.
        BOUNCED = "bounced", _("came back")
        # Not sent on purpose.
        DROPPED = "dropped", _("not sent")

    class Reason(models.TextChoices):
        """Why a message was not sent, or did not arrive."""

        NO_ADDRESS = "no_address", _("no e-mail address")
        UNCONFIRMED = "unconfirmed", _("e-mail address not confirmed")
        UNREACHABLE = "unreachable", _("an earlier mail to this address came back")
        BLOCKED = "blocked", _("customer blocked")
        NO_CONSENT = "no_consent", _("no consent to advertising")
        MUTED = "muted", _("switched off")
        REFUSED = "refused", _("refused by the other mail server")
        INTERRUPTED = "interrupted", _("interrupted while sending")

    customer = TenantForeignKey(Customer)
    kind = models.CharField(max_length=40)
    # The fact it is about: the same fact is told once.
    once = models.CharField(max_length=120)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    facts = models.JSONField(default=dict)
    language = models.CharField(max_length=18, blank=True)
    address = models.CharField(max_length=254, blank=True, db_collation="C")
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    message_id = models.CharField(max_length=250)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    # What the other server said, as a number: 550 or 5.1.1.
    status = models.CharField(max_length=12, blank=True)
    posted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    PERSONAL = ("facts", "address", "subject", "text", "message_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "kind", "once"], name="message_once"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sent", "failed", "bounced", "dropped"]), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sent"], reason="")
                | (Q(state__in=["failed", "bounced", "dropped"]) & ~Q(reason="")),
                name="message_not_sent_for_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer", "id"], name="message_by_customer"),
            models.Index(fields=["tenant", "message_id"], name="message_by_message_id"),
            models.Index(fields=["tenant", "posted_at"], name="message_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} message {self.pk}"


class OwnText(TenantModel):
    """What a shop says instead of our words in one kind of message, in one language."""

    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=150)
    body = models.TextField(max_length=4000)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "kind", "language"], name="own_text_once")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.language}"


class MutedKind(TenantModel):
    """A kind of message that a shop does not send."""

    kind = models.CharField(max_length=40)
    muted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "kind"], name="muted_kind_once")]

    def __str__(self) -> str:
        return self.kind
