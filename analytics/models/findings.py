"""What the fraud watch has found, and what the shop made of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from analytics.fraud.findings import Severity
from customers.models import Customer
from team.models import ApiKey, Device
from tenants.models import TenantForeignKey, TenantModel


class Finding(TenantModel):
    """Something that stands out about a card, a till or a key. Waits until somebody decides; never about a member."""

    class Pattern(models.TextChoices):
        OWN_CARD = "own_card", _("Points for the own card")
        SMALL_AWARDS = "small_awards", _("Many small amounts on one day")
        OUTSIDE_HOURS = "outside_hours", _("Bookings outside the opening hours")
        RECEIPT_REUSE = "receipt_reuse", _("One receipt, credited twice")
        SELF_REFERRAL = "self_referral", _("Referred oneself")
        REFERRAL_RING = "referral_ring", _("A circle of referrals")
        CODE_GUESSING = "code_guessing", _("Many wrong voucher codes")
        UNDO_AFTER_REDEEM = "undo_after_redeem", _("Undone after a reward")
        ROUND_SUMS = "round_sums", _("Nearly only round sums")
        DEVICE_BURST = "device_burst", _("Many customers at once who buy nothing")
        RETURN_LOOP = "return_loop", _("Buy, redeem, return")
        LOOK_UP_SCRAPING = "look_up_scraping", _("Many searches, hardly any booking")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("harmless")

    class Gravity(models.IntegerChoices):
        LOW = Severity.LOW.value, _("low")
        MEDIUM = Severity.MEDIUM.value, _("medium")
        HIGH = Severity.HIGH.value, _("high")

    PERSONAL = ("note",)

    pattern = models.CharField(max_length=20, choices=Pattern.choices)
    customer = TenantForeignKey(Customer, null=True)
    device = TenantForeignKey(Device, null=True)
    key = TenantForeignKey(ApiKey, null=True)
    severity = models.PositiveSmallIntegerField(choices=Gravity.choices)
    # Of what it rests on.
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # What its sentence says, and the ids behind it: {"count": 14}, {"purchases": [17, 18]}.
    figures = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    evidence = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    found_at = models.DateTimeField()
    # When it last looked like this.
    seen_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "pattern", "customer", "device", "key"],
                name="finding_open_once",
                condition=Q(state="open"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, device=None, key=None)
                | Q(customer=None, device__isnull=False, key=None)
                | Q(customer=None, device=None, key__isnull=False),
                name="finding_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by="", note="")
                | (Q(state__in=["confirmed", "dismissed"], decided_at__isnull=False) & ~Q(decided_by="")),
                name="finding_is_decided_or_open",
            ),
            models.CheckConstraint(condition=~Q(state="dismissed") | ~Q(note=""), name="finding_dismissed_with_reason"),
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=3), name="finding_severity_known"),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="finding_ends_after_it_began"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer"], name="finding_by_customer", condition=Q(customer__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.pattern}, {self.state}"
