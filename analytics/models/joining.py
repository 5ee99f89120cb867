"""What joining went along with: kept by the night, since only it may load what computes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenants.models import TenantModel


class JoiningFigures(TenantModel):
    """What members spent in three months before they joined and in three after, as it was known on a day.

    Never an effect: whoever joins is on the way to buying more anyway.
    """

    day = models.DateField()
    # Members whose purchases before are known, with both times complete.
    members = models.IntegerField()
    # Each of them on average, in minor units, and the 95 % interval of the difference; NULL of too few members.
    before = models.BigIntegerField(null=True)
    after = models.BigIntegerField(null=True)
    low = models.BigIntegerField(null=True)
    high = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant"], name="joining_figures_once"),
            models.CheckConstraint(condition=Q(members__gte=0), name="joining_figures_not_negative"),
            models.CheckConstraint(
                condition=Q(before=None, after=None, low=None, high=None)
                | Q(before__isnull=False, after__isnull=False, low__isnull=False, high__isnull=False),
                name="joining_figures_all_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.members} members until {self.day}"
