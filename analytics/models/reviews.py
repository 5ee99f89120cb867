"""Who gets the monthly report by mail, which have gone out, and what of them the team may see by a link."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from team.models import Membership
from tenants.models import TenantForeignKey, TenantModel


class ReviewRhythm(TenantModel):
    """How often the report is mailed; the latest word counts."""

    class Rhythm(models.TextChoices):
        MONTHLY = "monthly", _("Every month")
        QUARTERLY = "quarterly", _("Every quarter")
        NONE = "none", _("Not at all")

    rhythm = models.CharField(max_length=9, choices=Rhythm.choices)
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rhythm__in=["monthly", "quarterly", "none"]), name="review_rhythm_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.rhythm


class DeclinedReview(TenantModel):
    """A member who may read reports and wants no mail of them."""

    member = TenantForeignKey(Membership)
    declined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "member"], name="review_declined_once")]

    def __str__(self) -> str:
        return f"declined by member {self.member_id}"


class PostedReview(TenantModel):
    """A month or quarter whose report has gone out: never a second time."""

    first_on = models.DateField()
    last_on = models.DateField()
    posted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "first_on", "last_on"], name="review_posted_once"),
            models.CheckConstraint(condition=Q(last_on__gt=F("first_on")), name="review_posted_of_days"),
        ]

    def __str__(self) -> str:
        return f"report of {self.first_on} to {self.last_on}"


class SharedReview(TenantModel):
    """A link by which everybody in the team sees one thing of a report."""

    class What(models.TextChoices):
        SUMMARY = "summary", _("Summary without money")
        CAME = "came", _("Who came")
        AGAIN = "again", _("Who came on several days")
        JOINED = "joined", _("Who joined")
        PRAISE = "praise", _("Who would recommend you")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    first_on = models.DateField()
    last_on = models.DateField()
    what = models.CharField(max_length=8, choices=What.choices)
    shared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="review_shared_by_id"),
            models.UniqueConstraint(
                fields=["tenant", "first_on", "last_on", "what"],
                name="review_shared_once",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(what__in=["summary", "came", "again", "joined", "praise"]), name="review_shared_is_known"
            ),
            models.CheckConstraint(condition=Q(last_on__gt=F("first_on")), name="review_shared_of_days"),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.first_on} to {self.last_on}"
