"""What a shop wants a figure to be by a day."""

from decimal import Decimal
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from analytics.goals.judging import Aim, Standing
from analytics.kpis import TENTH
from analytics.models.figures import SPANS
from team.models import Store
from tenants.models import TenantForeignKey, TenantModel


class Goal(TenantModel):
    """One open goal for each figure, of all stores together or of one."""

    class Metric(models.TextChoices):
        """By the names that `analytics.loyalty.Loyalty` gives them."""

        RETENTION = "retention", _("Retention rate")
        CHURN = "churn", _("Churn rate")
        REPEAT = "repeat", _("Repeat purchase rate")
        FREQUENCY = "frequency", _("Purchase frequency")
        AVERAGE = "average", _("Average purchase")
        VALUE = "value", _("Customer value (rough)")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        REACHED = "reached", _("reached")
        MISSED = "missed", _("missed")
        DROPPED = "dropped", _("dropped")

    metric = models.CharField(max_length=10, choices=Metric.choices)
    store = TenantForeignKey(Store, null=True)
    # Over how many days the figure is; NULL where it is always over the days of the window.
    span_days = models.PositiveSmallIntegerField(null=True)
    # Percent, purchases or minor units of money, as the figure is given.
    target = models.DecimalField(max_digits=13, decimal_places=1)
    due_on = models.DateField()
    # Where the figure stood when the goal was set or changed, at the end of which day.
    start = models.DecimalField(max_digits=13, decimal_places=1)
    start_on = models.DateField()
    set_at = models.DateTimeField()
    # Where it stood when it was judged last; NULL before, and where there were too few customers for it.
    figure = models.DecimalField(max_digits=13, decimal_places=1, null=True)
    figure_on = models.DateField(null=True)
    is_off_track = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "metric", "store"],
                name="goal_open_once",
                condition=Q(state="open"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | Q(state__in=["reached", "missed", "dropped"], ended_at__isnull=False, is_off_track=False),
                name="goal_is_open_or_ended",
            ),
            models.CheckConstraint(condition=Q(due_on__gt=F("start_on")), name="goal_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(target=F("start")) & Q(target__gte=0), name="goal_leads_somewhere"),
            models.CheckConstraint(condition=Q(span_days=None) | Q(span_days__in=SPANS), name="goal_span_is_drawn"),
            models.CheckConstraint(
                condition=Q(figure=None, figure_on=None) | Q(figure__isnull=False, figure_on__isnull=False),
                name="goal_figure_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.target} by {self.due_on}, {self.state}"

    @property
    def aim(self) -> Aim:
        return Aim(
            start=self.start, start_on=self.start_on, target=self.target, due_on=self.due_on, step=STEPS[self.metric]
        )

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def standing(self) -> Standing:
        """Of an open one."""
        return Standing.OFF_TRACK if self.is_off_track else Standing.ON_TRACK


# In which steps each figure is given.
_MINOR: Final = Decimal(1)
STEPS: Final = {
    **dict.fromkeys(Goal.Metric.values, TENTH),
    Goal.Metric.AVERAGE.value: _MINOR,
    Goal.Metric.VALUE.value: _MINOR,
}
