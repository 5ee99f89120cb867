"""Figures drawn from purchases at night, so that a page reads dozens of rows and not all that was ever bought."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from analytics.kpis import Ratio, redemption_rate
from customers.models import Customer
from team.models import Store
from tenants.models import TenantForeignKey, TenantModel

# A customer counts as active for so many days after a purchase, by trade, until the shop says otherwise.
USUAL_WINDOW: Final = {"cafe": 90, "salon": 120, "retail": 180, "online": 365}
# Over how many days it is asked who has stayed; columns of `BaseFigures`.
SPANS: Final = (30, 90, 365)
LONGEST_WINDOW: Final = 730


class FiguresState(TenantModel):
    """How far a shop's figures have been drawn, and with which window."""

    window_days = models.PositiveSmallIntegerField()
    # What the shop has asked for; the next night draws with it.
    wanted_days = models.PositiveSmallIntegerField(null=True)
    # Whether spells are drawn store by store as well: where there are several.
    by_store = models.BooleanField(default=False, db_default=False)
    # All days before this one are drawn; NULL before the first night.
    drawn_until = models.DateField(null=True)
    # From here on the base has changed and is not drawn again yet.
    base_from = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant"], name="figures_state_once"),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, window_days__lte=LONGEST_WINDOW), name="figures_window_is_days"
            ),
            models.CheckConstraint(
                condition=Q(wanted_days=None) | Q(wanted_days__gte=1, wanted_days__lte=LONGEST_WINDOW),
                name="figures_wanted_window_is_days",
            ),
        ]

    def __str__(self) -> str:
        return f"figures until {self.drawn_until}"


class CustomerMonth(TenantModel):
    """What a customer has bought in a month of the calendar; none where nothing was."""

    customer = TenantForeignKey(Customer)
    # The first day of it.
    month = models.DateField()
    days = models.PositiveSmallIntegerField()
    purchases = models.IntegerField()
    total = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "customer", "month"], name="customer_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="customer_month_is_a_first"),
            models.CheckConstraint(
                condition=Q(days__gte=1, purchases__gte=F("days"), total__gte=0), name="customer_month_of_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchases} purchases in {self.month:%Y-%m}"


class Spell(TenantModel):
    """A time in which a customer had bought at least once, or twice, in the days of the window before.

    In all stores together, or in one. Spells of a kind neither overlap nor touch.
    """

    customer = TenantForeignKey(Customer)
    store = TenantForeignKey(Store, null=True)
    least = models.PositiveSmallIntegerField()
    begins_on = models.DateField()
    # The first day on which it is over.
    ends_on = models.DateField()
    # The first purchase there and the second, whenever they were.
    first_on = models.DateField()
    second_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "store", "least", "begins_on"], name="spell_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(least__in=[1, 2]), name="spell_of_one_or_two"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("begins_on"), begins_on__gte=F("first_on")), name="spell_has_days"
            ),
        ]

    def __str__(self) -> str:
        return f"from {self.begins_on} until {self.ends_on}"


class DayFigures(TenantModel):
    """What was sold and redeemed on a day in a store, or outside all of them; sums add up over days and stores."""

    day = models.DateField()
    store = TenantForeignKey(Store, null=True)
    purchases = models.IntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # With a card: by customers who are known.
    card_purchases = models.IntegerField(default=0)
    card_total = models.BigIntegerField(default=0)
    # Points that these purchases stand for.
    points = models.BigIntegerField(default=0)
    redemptions = models.IntegerField(default=0)
    redeemed_points = models.BigIntegerField(default=0)
    # What the redeemed rewards cost the shop, as far as their cost was entered, and how many had none.
    reward_cost = models.BigIntegerField(default=0)
    uncosted = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "day", "store"], name="day_figures_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(purchases__gte=F("card_purchases"), total__gte=F("card_total")),
                name="day_figures_card_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purchases} purchases on {self.day}"


class BaseFigures(TenantModel):
    """How many customers were active at the end of a day, and who of those some time before.

    Everybody is counted once, so nothing here adds up over days or stores.
    """

    day = models.DateField()
    store = TenantForeignKey(Store, null=True)
    # Until then: customers with a purchase, and with at least two.
    bought = models.IntegerField()
    bought_again = models.IntegerField()
    # With a purchase, and with at least two, in the days of the window.
    active = models.IntegerField()
    active_again = models.IntegerField()
    # Of the active: who was so 30, 90, 365 days before as well, and who has bought for the first time since.
    kept_30 = models.IntegerField()
    new_30 = models.IntegerField()
    kept_90 = models.IntegerField()
    new_90 = models.IntegerField()
    kept_365 = models.IntegerField()
    new_365 = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "day", "store"], name="base_figures_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(
                    bought__gte=F("active"), bought_again__gte=F("active_again"), active__gte=F("active_again")
                ),
                name="base_figures_are_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.active} active on {self.day}"


class PointFigures(TenantModel):
    """What was owed in points at the end of a day, as it was known then: it never changes again.

    Of lots whose life was over, how much had been granted and how much of it expired unused; 0 while they are too few.
    """

    day = models.DateField()
    outstanding = models.BigIntegerField()
    granted = models.BigIntegerField()
    expired = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "day"], name="point_figures_once"),
            models.CheckConstraint(
                condition=Q(outstanding__gte=0, granted__gte=0, expired__gte=0), name="point_figures_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outstanding} points on {self.day}"

    def redemption(self, redeemed: int) -> Ratio:
        """Einlösequote, where so many points were redeemed in a period that ends on the day."""
        return redemption_rate(redeemed=redeemed, still_there=self.outstanding)

    @property
    def breakage(self) -> Ratio | None:
        """Which part of granted points has expired unused; None while too few lots have ended."""
        return Ratio(self.expired, self.granted) if self.granted else None
