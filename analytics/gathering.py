"""Everything that is said of a period, in one: what the API answers, pages show and files hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from analytics.costing import programme_cost
from analytics.kpis import Base, Cost, Period, Ratio, Repeats, Sales, frequency, simple_value
from analytics.models import JoiningFigures, PointFigures
from analytics.overview import Window, base, first_day, lately, members, moments_of, repeats, sales, window
from analytics.rollups.points import points_of
from feedback.queries import scores_between
from feedback.score import net_promoter_score, promoters, score_interval
from referrals.report import Enrolments, enrolments
from team.models import Store
from tenants.money import minor_units
from tenants.scope import current_tenant

# Over how many days it is counted who leaves, for how long customers stay.
MONTHLY: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A period's figures and what they are made of. What points, enrolments and costs say is of the shop."""

    period: Period
    window: Window
    store_id: int | None
    currency: str
    base: Base
    # Of the last 30 days.
    monthly: Base
    repeats: Repeats
    sales: Sales
    # Of the days of the window, as far as the shop is as old.
    lately: Sales
    lately_days: int
    members: Ratio
    scores: Mapping[int, int]
    enrolled: Enrolments | None
    points: PointFigures | None
    cost: Cost | None
    joining: JoiningFigures | None

    @property
    def frequency(self) -> Decimal | None:
        """Of those who are active at the end, in the days of the window."""
        bought, active = self.lately.card_purchases, self.repeats.active
        return frequency(purchases=bought, customers=active, days=self.lately_days)

    @property
    def customer_value(self) -> Decimal | None:
        """Rough, in minor units."""
        total, active = self.lately.card_total, self.repeats.active
        return simple_value(total=total, customers=active, days=self.lately_days, monthly=self.monthly)

    @property
    def referred(self) -> Ratio | None:
        """Empfehlungsquote."""
        return Ratio(self.enrolled.referred, self.enrolled.count) if self.enrolled else None

    @property
    def redeemed(self) -> Ratio | None:
        """Einlösequote."""
        return self.points.redemption(self.sales.redeemed_points) if self.points else None

    @property
    def breakage(self) -> Ratio | None:
        return self.points.breakage if self.points else None

    @property
    def reward_cost_per_hundred(self) -> Decimal | None:
        """Per 100 of sales to members, in minor units."""
        return self.sales.reward_cost_per(self._hundred)

    @property
    def cost_per_hundred(self) -> Decimal | None:
        """The same with what runs anyway."""
        return self.cost.per(self._hundred) if self.cost else None

    @property
    def _hundred(self) -> int:
        return minor_units(Decimal(100), currency=self.currency)

    @property
    def answers(self) -> int:
        return sum(self.scores.values())

    @property
    def recommendation(self) -> int | None:
        """Weiterempfehlung (NPS)."""
        return net_promoter_score(self.scores)

    @property
    def recommendation_interval(self) -> tuple[int, int] | None:
        """Where it lies with 95 % confidence."""
        return score_interval(self.scores)

    @property
    def would_recommend(self) -> Ratio:
        return Ratio(promoters(self.scores), self.answers)


def overview(period: Period, *, store_id: int | None = None) -> Overview:
    """Of all stores together, or of one; as many queries for a large shop as for a small one.

    The only store of a shop is the shop: nothing is drawn for it alone.
    """
    if store_id is not None and Store.objects.count() == 1:
        store_id = None
    tenant, drawn = current_tenant(), window()
    since, until = moments_of(period)
    found, sold = base(period, store_id=store_id), sales(period, store_id=store_id)
    is_monthly = period.days == MONTHLY
    recent = lately(period.last, window_days=drawn.days, begun=first_day(store_id=store_id))
    return Overview(
        period=period,
        window=drawn,
        store_id=store_id,
        currency=tenant.currency,
        base=found,
        monthly=found if is_monthly else base(Period.ending(period.last, days=MONTHLY), store_id=store_id),
        repeats=repeats(period.last, store_id=store_id),
        sales=sold,
        lately=sales(recent, store_id=store_id),
        lately_days=recent.days,
        members=members(period.last, window_days=drawn.days, store_id=store_id),
        scores=scores_between(since, until, store_id=store_id),
        enrolled=None if store_id else enrolments(since, until),
        points=None if store_id else points_of(period.last),
        cost=None if store_id else programme_cost(period, sold=sold, active=found.end),
        joining=None if store_id else JoiningFigures.objects.first(),
    )
