"""What the models say of each customer, and how far to believe them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from analytics import groups
from customers.models import Customer
from tenants.models import TenantForeignKey, TenantModel


class CustomerScore(TenantModel):
    """One customer as of the last night; none of those who object, have left or were joined with another.

    Rounded, so that a night only writes what has moved.
    """

    class Group(models.IntegerChoices):
        LOST = groups.Group.LOST.value, _("Lost customers")
        AT_RISK = groups.Group.AT_RISK.value, _("Customers at risk")
        NEW = groups.Group.NEW.value, _("New customers")
        CHAMPION = groups.Group.CHAMPION.value, _("Champions")
        REGULAR = groups.Group.REGULAR.value, _("Regular customers")
        OCCASIONAL = groups.Group.OCCASIONAL.value, _("Occasional customers")

    customer = TenantForeignKey(Customer)
    group = models.PositiveSmallIntegerField(choices=Group.choices, db_column="group_code")
    # Which fifth of the active, 5 the best; 0 of the lost.
    recency = models.PositiveSmallIntegerField()
    frequency = models.PositiveSmallIntegerField()
    money = models.PositiveSmallIntegerField()
    # Usual days between two visits; NULL where there was only one.
    gap_days = models.PositiveSmallIntegerField(null=True)
    # How likely it is that nothing is bought in the days of the window, and what the next twelve months are expected to
    # bring, in minor units; NULL where the shop has too few customers to say it of a single one.
    silent_percent = models.PositiveSmallIntegerField(null=True)
    expected = models.BigIntegerField(null=True)
    # Four times in five it is between these; and the strongest of what speaks for or against coming again.
    expected_low = models.BigIntegerField(null=True)
    expected_high = models.BigIntegerField(null=True)
    reason = models.PositiveSmallIntegerField(null=True)
    second_reason = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer"], name="customer_score_once"),
            models.CheckConstraint(condition=Q(group__gte=1, group__lte=6), name="customer_score_group_known"),
            models.CheckConstraint(
                condition=Q(recency__lte=5, frequency__lte=5, money__lte=5), name="customer_score_in_fifths"
            ),
            models.CheckConstraint(
                condition=Q(silent_percent=None, expected=None) | Q(silent_percent__lte=100, expected__gte=0),
                name="customer_score_percent",
            ),
            models.CheckConstraint(
                condition=Q(expected_low=None, expected_high=None)
                | Q(expected_low__lte=F("expected"), expected_high__gte=F("expected")),
                name="customer_score_within_limits",
            ),
        ]
        # None holds what moves from night to night, so that a score is rewritten where it stands.
        indexes: ClassVar = [models.Index(fields=["tenant", "group"], name="customer_score_in_group")]

    def __str__(self) -> str:
        return f"{self.get_group_display()}, silent {self.silent_percent} %"


class ModelCheck(TenantModel):
    """What the model would have foretold as many days ago as the window is long, and what came true of it."""

    day = models.DateField()
    window_days = models.PositiveSmallIntegerField()
    customers = models.IntegerField()
    # Marked as at risk then, and how many of them have not come since; the same of the others.
    marked = models.IntegerField()
    marked_silent = models.IntegerField()
    unmarked = models.IntegerField()
    unmarked_silent = models.IntegerField()
    # {"auc": 0.78, "calibration_error": 0.03, "bins": [{"customers": 20, "foretold": 0.1, "happened": 0.12}],
    #  "purchases": {"rmse": 1.6, "bias": -0.1}, "naive": {"rmse": 2.2, "bias": 0.5}}
    judgement = models.JSONField()
    # By which later scores are corrected: {"intercept": 0.1, "slopes": [..], ..}; NULL where nothing was learned.
    recalibration = models.JSONField(null=True)
    ran_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "day"], name="model_check_once_a_day"),
            models.CheckConstraint(
                condition=Q(
                    marked__gte=F("marked_silent"),
                    unmarked__gte=F("unmarked_silent"),
                    customers=F("marked") + F("unmarked"),
                ),
                name="model_check_counts_everybody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marked_silent} of {self.marked} marked on {self.day}"


class ScoringRun(TenantModel):
    """What a night's models were, and what they say of all customers together."""

    day = models.DateField()
    window_days = models.PositiveSmallIntegerField()
    customers = models.IntegerField()
    # `analytics.churn.Footing`: what single scores stand on.
    footing = models.CharField(max_length=10)
    # The newest when it ran, by which it was corrected; NULL before the first.
    model_check = TenantForeignKey(ModelCheck, null=True)
    # Of the models, none where there was nobody; "days" is on how many a customer has come on average.
    parameters = models.JSONField(default=dict)
    # {"1": {"customers": 12, "total": 43000}}: by group, with all that was ever paid.
    groups = models.JSONField(default=dict)
    # The next twelve months in minor units, and limits that hold four times in five.
    expected = models.BigIntegerField(default=0)
    expected_low = models.BigIntegerField(default=0)
    expected_high = models.BigIntegerField(default=0)
    ran_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "day"], name="scoring_run_once_a_day"),
            models.CheckConstraint(
                condition=Q(expected_low__lte=F("expected"), expected__lte=F("expected_high")),
                name="scoring_run_within_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customers} scored on {self.day}"

    @property
    def is_of_few(self) -> bool:
        """Of a single customer nothing is said."""
        return self.customers < groups.ESTIMATED_FROM

    @property
    def is_clear(self) -> bool:
        """Whether the purchases tell who keeps away."""
        return self.footing == "sound"

    @property
    def days_on_average(self) -> float | None:
        """On how many days a customer has come; older runs do not know it."""
        days: float | None = self.parameters.get("days")
        return days
