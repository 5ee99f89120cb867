"""What the programme costs and what becomes of its points: figures of many periods at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from analytics.costing import Trade, programme_costs
from analytics.kpis import Cost, Period, Ratio, Sales
from analytics.loyalty import ENOUGH, Loyalty
from analytics.models import PointFigures
from analytics.rollups.points import points_of
from ledger.liability import point_value
from tenants.calendar import midnight
from tenants.money import minor_units
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Of a period. Costs and points are of the whole shop: None for one store, points also where no night kept them."""

    period: Period
    sales: Sales
    active: int
    # Customers who have ever bought.
    bought: int
    cost: Cost | None
    points: PointFigures | None
    # What a hundred points are worth, in minor units, as it is said now.
    per_hundred: int | None

    @property
    def cost_per_hundred(self) -> Decimal | None:
        """Of sales with a card, in minor units."""
        return self.cost.per(hundred()) if self.cost else None

    @property
    def extra_visits(self) -> Decimal | None:
        return self.cost.extra_visits if self.cost else None

    @property
    def redeemed(self) -> Ratio | None:
        """Einlösequote; none of few customers."""
        if self.points is None or self.bought < ENOUGH:
            return None
        return self.points.redemption(self.sales.redeemed_points)

    @property
    def breakage(self) -> Ratio | None:
        return self.points.breakage if self.points else None

    @property
    def owed(self) -> int | None:
        """Open points in minor units."""
        if self.points is None or self.per_hundred is None:
            return None
        return self.points.outstanding * self.per_hundred // 100

    @property
    def sign_up(self) -> Ratio | None:
        """Anmeldequote; none of few purchases."""
        return None if self.sales.purchases < ENOUGH else self.sales.sign_up


def programme(found: Sequence[Loyalty], *, is_of_shop: bool) -> list[Programme]:
    """Of the periods of some loyalty figures, the last of which is the one that is asked for."""
    trades = [Trade(each.period, each.sales, each.base.end) for each in found]
    costs: Sequence[Cost | None] = programme_costs(trades) if is_of_shop else [None] * len(found)
    points = _points([each.period for each in found]) if is_of_shop else {}
    worth = _worth(found[-1].period) if is_of_shop else None
    return [
        Programme(
            period=each.period,
            sales=each.sales,
            active=each.base.end,
            bought=each.repeats.bought,
            cost=cost,
            points=points.get(each.period.last),
            per_hundred=worth,
        )
        for each, cost in zip(found, costs, strict=True)
    ]


def hundred() -> int:
    """100 of the shop's currency in minor units."""
    return minor_units(Decimal(100), currency=current_tenant().currency)


def _points(periods: Sequence[Period]) -> dict[date, PointFigures]:
    """As nights have kept them; of the last period also where none did, which asks the ledger."""
    kept = {row.day: row for row in PointFigures.objects.filter(day__in=[period.last for period in periods])}
    last = periods[-1].last
    return kept | ({} if last in kept else {last: points_of(last)})


def _worth(period: Period) -> int | None:
    return point_value(at=midnight(period.last + timedelta(days=1), zone=current_tenant().zone))
