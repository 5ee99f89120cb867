"""What can be said of one customer: rhythm and value as they are now, group and estimates as of the last night."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import log
from typing import Final

from django.db.models import Count, F, Q, Sum

from analytics.groups import LEAST_PAUSE, MISSED_AFTER, usual_gap
from analytics.kpis import Ratio
from analytics.models import CustomerScore, ScoringRun
from analytics.overview import window
from analytics.queries import newest_scoring
from analytics.why import Why
from customers.models import Customer
from programs.models import Purchase

# As many as fit on a line.
SHOWN: Final = 12
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Insight:
    """Money in minor units. `days` are all days with a purchase, oldest first."""

    days: list[date]
    today: date
    # Usual days between two visits; None before there is a rhythm.
    gap_days: int | None
    # Away for longer than usual, though not for so long that nobody would expect them any more.
    is_missed: bool
    purchases_in_a_year: int
    total_in_a_year: int
    average: Decimal | None
    score: CustomerScore | None
    run: ScoringRun | None
    window_days: int

    @property
    def visits(self) -> list[date]:
        """The last ones."""
        return self.days[-SHOWN:]

    @property
    def visits_in_a_year(self) -> int:
        return sum(day > self.today - YEAR for day in self.days)

    @property
    def pause_days(self) -> int:
        return (self.today - self.days[-1]).days

    @property
    def longest_pause(self) -> int | None:
        """Between two visits so far; None after the first one."""
        return max(((later - earlier).days for earlier, later in pairwise(self.days)), default=None)

    @property
    def return_percent(self) -> int | None:
        """How likely a purchase in the days of the window is; None where the shop is too small to say it."""
        if self.score is None or self.score.silent_percent is None:
            return None
        return 100 - self.score.silent_percent

    @property
    def reasons(self) -> list[Why]:
        """Of the estimate, the strongest first."""
        stored = (self.score.reason, self.score.second_reason) if self.score else ()
        return [Why(each) for each in stored if each is not None]

    @property
    def is_in_a_small_shop(self) -> bool:
        """Of a single customer nothing is estimated there."""
        return self.score is not None and self.run is not None and self.run.is_of_few


def insight(customer: Customer, *, today: date) -> Insight | None:
    """None of whoever objects to it, and before the first purchase."""
    if customer.scoring_objected_at is not None:
        return None
    standing = Purchase.objects.filter(customer=customer, voided_at=None).exclude(
        total__gt=0, returned_total=F("total")
    )
    days = list(standing.order_by("purchased_on").values_list("purchased_on", flat=True).distinct())
    if not days:
        return None
    left, in_a_year = F("total") - F("returned_total"), Q(purchased_on__gt=today - YEAR)
    bought = standing.aggregate(
        purchases=Count("pk"),
        paid=Sum(left),
        purchases_in_a_year=Count("pk", filter=in_a_year),
        paid_in_a_year=Sum(left, filter=in_a_year, default=0),
    )
    log_gaps = sum(log((later - earlier).days) for earlier, later in pairwise(days))
    pause, usual, active_days = (today - days[-1]).days, usual_gap(len(days), log_gaps), window().days
    missed_from = max(MISSED_AFTER * usual, LEAST_PAUSE) if usual else None
    # What the night foretold does not hold for somebody who has been here since.
    score = CustomerScore.objects.filter(customer=customer).first() if pause > 0 else None
    return Insight(
        days=days,
        today=today,
        gap_days=round(usual) if usual else None,
        is_missed=missed_from is not None and missed_from < pause < active_days,
        purchases_in_a_year=bought["purchases_in_a_year"],
        total_in_a_year=bought["paid_in_a_year"],
        average=Ratio(bought["paid"], bought["purchases"]).in_units(to=Decimal(1)),
        score=score,
        run=newest_scoring() if score else None,
        window_days=active_days,
    )
