"""What can be said of one customer: rhythm and value as they are now, group and estimates as of the last night."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import exp
from typing import Final

from django.db.models import Count, F, Sum

from analytics.groups import GAP_DIGITS, LEAST_PAUSE, MISSED_AFTER, RHYTHM_DAYS
from analytics.kpis import Ratio
from analytics.models import CustomerScore
from analytics.overview import window
from customers.models import Customer
from programs.models import CustomerStat, Purchase

# As many as fit on a line.
SHOWN: Final = 12
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Insight:
    """Money in minor units. `visits` are the last days with a purchase, oldest first."""

    visits: list[date]
    pause_days: int
    # Usual days between two visits; None before there is a rhythm.
    gap_days: int | None
    # Away for longer than usual, though not for so long that nobody would expect them any more.
    is_missed: bool
    purchases_in_a_year: int
    total_in_a_year: int
    average: Decimal | None
    score: CustomerScore | None
    window_days: int

    @property
    def return_percent(self) -> int | None:
        """How likely a purchase in the days of the window is; None where the shop is too small to say it."""
        if self.score is None or self.score.silent_percent is None:
            return None
        return 100 - self.score.silent_percent


def insight(customer: Customer, *, today: date) -> Insight | None:
    """None of whoever objects to it, and before the first purchase."""
    if customer.scoring_objected_at is not None:
        return None
    stat = CustomerStat.objects.filter(customer=customer).first()
    if stat is None:
        return None
    standing = Purchase.objects.filter(customer=customer, voided_at=None).exclude(
        total__gt=0, returned_total=F("total")
    )
    days = standing.order_by("-purchased_on").values_list("purchased_on", flat=True).distinct()
    year = standing.filter(purchased_on__gt=today - YEAR).aggregate(
        count=Count("pk"), total=Sum(F("total") - F("returned_total"), default=0)
    )
    score = CustomerScore.objects.filter(customer=customer).first()
    pause, usual, active_days = (today - stat.last_on).days, _usual_gap(stat), window().days
    missed_from = max(MISSED_AFTER * usual, LEAST_PAUSE) if usual else None
    return Insight(
        visits=sorted(days[:SHOWN]),
        pause_days=pause,
        gap_days=round(usual) if usual else None,
        is_missed=missed_from is not None and missed_from < pause < active_days,
        purchases_in_a_year=year["count"],
        total_in_a_year=year["total"],
        average=Ratio(stat.total, stat.purchases).in_units(to=Decimal(1)),
        # What the night foretold does not hold for somebody who has been here since.
        score=score if pause > 0 else None,
        window_days=active_days,
    )


def _usual_gap(stat: CustomerStat) -> float | None:
    """The geometric mean, as groups go by it (`analytics.rfm.usual_gap`)."""
    return round(exp(stat.log_gaps / (stat.days - 1)), GAP_DIGITS) if stat.days >= RHYTHM_DAYS else None
