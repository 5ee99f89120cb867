"""Whether and how a shop asks its customers for an opinion, what they said, and why some have left."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from feedback.score import BEST, DETRACTOR_UNTIL
from programs.models import Purchase
from tenants.models import TenantForeignKey, TenantModel

# How long a question can be answered.
OPEN_FOR: Final = timedelta(days=30)


class Survey(TenantModel):
    """How a shop asks; the latest word counts, and without one nobody is asked."""

    by_email = models.BooleanField()
    in_portal = models.BooleanField()
    # After a purchase.
    days = models.PositiveSmallIntegerField(default=2)
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=14), name="survey_asks_soon_after_a_purchase")
        ]

    def __str__(self) -> str:
        return f"survey {self.days} days after a purchase"


class Response(TenantModel):
    """A question that was put to a customer, the answer, and what the shop said to it."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PORTAL = "portal", _("Portal")

    PERSONAL = ("sentence", "reply")

    customer = TenantForeignKey(Customer)
    purchase = TenantForeignKey(Purchase, null=True)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    asked_at = models.DateTimeField()
    # NULL while nobody has answered.
    score = models.PositiveSmallIntegerField(null=True)
    sentence = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    # What the shop answered; empty where it settled the matter otherwise.
    reply = models.CharField(max_length=1000, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=BEST), name="feedback_score_to_ten"),
            models.CheckConstraint(
                condition=Q(score=None, answered_at=None, sentence="")
                | Q(score__isnull=False, answered_at__gte=F("asked_at")),
                name="feedback_answer_has_a_score",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by="", reply="") | Q(settled_at__gte=F("answered_at")),
                name="feedback_reply_follows_an_answer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer", "asked_at"], name="feedback_by_customer"),
            models.Index(
                fields=["tenant", "answered_at"], name="feedback_answered", condition=Q(answered_at__isnull=False)
            ),
            models.Index(
                fields=["tenant", "answered_at"],
                name="feedback_waiting",
                condition=Q(score__lte=DETRACTOR_UNTIL, settled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score} of {BEST}"

    @property
    def needs_answer(self) -> bool:
        """Somebody is unhappy, and nobody has seen to it."""
        return self.score is not None and self.score <= DETRACTOR_UNTIL and self.settled_at is None

    def is_open(self, *, now: datetime) -> bool:
        return self.answered_at is None and now < self.asked_at + OPEN_FOR


class Departure(TenantModel):
    """Why somebody deleted the account or withdrew a consent, in one tap. Of a deleted account nothing says whose."""

    class Occasion(models.TextChoices):
        CLOSED = "closed", _("Account deleted")
        WITHDRAWN = "withdrawn", _("Consent withdrawn")

    class Reason(models.TextChoices):
        MESSAGES = "messages", _("Too many messages")
        OFFERS = "offers", _("The offers do not suit me")
        SELDOM = "seldom", _("I hardly come here any more")
        DATA = "data", _("I want to share less data")
        OTHER = "other", _("Something else")

    occasion = models.CharField(max_length=9, choices=Occasion.choices)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    on = models.DateField()
    # Who withdrew the consent; nobody where the account is gone.
    customer = TenantForeignKey(Customer, null=True)
    # What it was said about, so that nobody is counted twice: a consent, or the chance number of a farewell.
    once = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "once"], name="departure_explained_once"),
            models.CheckConstraint(
                condition=Q(occasion="closed", customer=None) | Q(occasion="withdrawn", customer__isnull=False),
                name="departure_of_nobody_or_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "on", "occasion", "reason"], name="departure_by_day"),
            models.Index(
                fields=["tenant", "customer"], name="departure_by_customer", condition=Q(customer__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occasion}: {self.reason}"
