"""What a month or quarter is told by: plain numbers, gathered from what the night has drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.db import connection

from analytics.gathering import Overview, overview
from analytics.groups import Group
from analytics.kpis import Ratio, rounded
from analytics.models import CustomerScore
from analytics.review.spans import Span, is_whole
from feedback.queries import waiting_count
from feedback.score import DETRACTOR_UNTIL

ONE: Final = Decimal(1)
# Everybody with a purchase in the months, who came on several days, and who had never bought before.
_CAME: Final = """
    SELECT count(*), count(*) FILTER (WHERE days > 1), count(*) FILTER (WHERE is_new)
      FROM (SELECT sum(days) AS days,
                   NOT EXISTS (SELECT FROM analytics_customermonth AS earlier
                                WHERE earlier.customer_id = bought.customer_id AND earlier.month < %(first)s) AS is_new
              FROM analytics_customermonth AS bought
             WHERE month >= %(first)s AND month <= %(last)s
             GROUP BY customer_id) AS customer
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one month or quarter. Purchases are those with a card, money is in minor units."""

    came: int = 0
    again: int = 0
    first_time: int = 0
    purchases: int = 0
    turnover: int = 0
    # Active on the eve, those of them who no longer are at the end, and who is so again after a pause.
    active_before: int = 0
    left: int = 0
    returned: int = 0
    enrolled: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    referred: int = 0
    redeemed: int = 0
    reward_cost: int = 0
    uncosted: int = 0
    # What runs anyway, and how many more visits a month of every active customer would pay for all; as far as known.
    running: int | None = None
    extra_visits: Decimal | None = None
    answers: int = 0
    praise: int = 0
    blame: int = 0

    @property
    def average(self) -> int | None:
        exact = Ratio(self.turnover, self.purchases).in_units(to=ONE)
        return None if exact is None else int(exact)

    @property
    def cost(self) -> int | None:
        """Of rewards and what runs anyway; None while the cost of some reward is not stated."""
        return None if self.uncosted else self.reward_cost + (self.running or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What there is to do today, whatever month is looked at."""

    missed: int = 0
    unhappy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A span's figures beside those of the span before and of the year before, where the shop was there."""

    span: Span
    window_days: int
    currency: str
    now: Figures
    before: Figures | None = None
    year: Figures | None = None
    waiting: Waiting = Waiting()


def review_of(span: Span) -> Review:
    """As many queries for a large shop as for a small one."""
    found = overview(span.period)
    return Review(
        span=span,
        window_days=found.window.days,
        currency=found.currency,
        now=_figures(span, found),
        before=figures_of(span.before) if is_whole(span.before) else None,
        year=figures_of(span.year_before) if is_whole(span.year_before) else None,
        waiting=Waiting(
            missed=CustomerScore.objects.filter(group=Group.AT_RISK).count(),
            unhappy=waiting_count(),
        ),
    )


def figures_of(span: Span) -> Figures:
    return _figures(span, overview(span.period))


def _figures(span: Span, found: Overview) -> Figures:
    came, again, first_time = _came(span)
    enrolled = found.enrolled
    return Figures(
        came=came,
        again=again,
        first_time=first_time,
        purchases=found.sales.card_purchases,
        turnover=found.sales.card_total,
        active_before=found.base.start,
        left=found.base.churn.part,
        returned=found.base.returned,
        enrolled=enrolled.count if enrolled else 0,
        sources=enrolled.by_source if enrolled else {},
        referred=enrolled.referred if enrolled else 0,
        redeemed=found.sales.redemptions,
        reward_cost=found.sales.reward_cost,
        uncosted=found.sales.uncosted,
        running=None if found.cost is None or found.cost.running is None else int(rounded(found.cost.running, to=ONE)),
        extra_visits=found.cost.extra_visits if found.cost else None,
        answers=found.answers,
        praise=found.would_recommend.part,
        blame=sum(count for score, count in found.scores.items() if score <= DETRACTOR_UNTIL),
    )


def _came(span: Span) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_CAME, {"first": span.first, "last": span.period.last})
        came, again, first_time = cursor.fetchone()
    return came, again, first_time
