"""What no booking knows and the merchant says: what the programme costs to run, and what is left of sales."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from tenants.models import TenantModel

MOST_PERCENT: Final = 100


class StatedCost(TenantModel):
    """Holds from a day on, until the next one that was said of a later day; of the same day, the last word."""

    since_on = models.DateField()
    # What is left of sales after the goods.
    margin_percent = models.PositiveSmallIntegerField()
    # A month, in minor units.
    running = models.BigIntegerField()
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(margin_percent__gte=1, margin_percent__lte=MOST_PERCENT), name="stated_margin_is_a_part"
            ),
            models.CheckConstraint(condition=Q(running__gte=0), name="stated_running_cost_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "since_on"], name="stated_cost_by_day")]

    def __str__(self) -> str:
        return f"{self.margin_percent} % and {self.running} a month from {self.since_on} on"
