"""The formulas of the figures that a merchant sees, each with the parts it is made of. Pure; exact, no floats.

Definitions: docs/decisions/analytics.md. A rate without anything to divide by is None, never 0.
"""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from analytics.claims import Claim

# Days of an average month, by the Gregorian calendar: 146,097 days in 4,800 months.
MONTH: Final = Fraction(146_097, 4_800)
TENTH: Final = Decimal("0.1")


def rounded(value: Fraction, *, to: Decimal = TENTH) -> Decimal:
    """Half up, as a merchant rounds."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(to, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A part of a whole, both whole numbers."""

    part: int
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """With one decimal."""
        return self.in_units(100)

    def in_units(self, units: int | Fraction = 1, *, to: Decimal = TENTH) -> Decimal | None:
        return rounded(Fraction(self.part) * units / self.whole, to=to) if self.whole else None


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the first and the last included."""

    first: date
    last: date

    @classmethod
    def ending(cls, last: date, *, days: int) -> "Period":
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def since(self, begun: date | None) -> "Period":
        """Its days since a shop's first one; all of them where that has not come by its end."""
        return Period(begun, self.last) if begun and self.first < begun <= self.last else self

    @property
    def day_before(self) -> date:
        return self.first - timedelta(days=1)

    @property
    def before(self) -> "Period":
        """As many days, directly before."""
        return Period.ending(self.day_before, days=self.days)

    @property
    def year_before(self) -> "Period":
        """As many days, ending 52 weeks before: the same weekdays, so that Saturdays stand against Saturdays."""
        return Period.ending(self.last - timedelta(days=364), days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Customers who were active at the end of the day before a period, and at the end of its last day.

    Active is who has bought in the days of the window before. `new` bought for the first time in the period.
    """

    start: int
    end: int
    kept: int
    new: int

    @property
    def joined(self) -> int:
        """CN: at the end and not at the start."""
        return self.end - self.kept

    @property
    def returned(self) -> int:
        """Joined again: had bought before, and was not active at the start."""
        return self.joined - self.new

    @property
    def retention(self) -> Ratio:
        """Kundenbindungsrate: (CE − CN) / CS."""
        return Ratio(self.end - self.joined, self.start)

    @property
    def churn(self) -> Ratio:
        """Abwanderungsrate, without new customers: what is missing from the retention rate to 100."""
        return Ratio(self.start - self.kept, self.start)

    @property
    def growth(self) -> Ratio:
        """Nettoveränderung: (CE − CS) / CS, with its sign."""
        return Ratio(self.end - self.start, self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Customers who bought, and those who bought at least twice: ever, and in the days of the window."""

    bought: int
    bought_again: int
    active: int
    active_again: int

    @property
    def ever(self) -> Ratio:
        return Ratio(self.bought_again, self.bought)

    @property
    def lately(self) -> Ratio:
        return Ratio(self.active_again, self.active)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """What was sold and redeemed in a period; money in minor units."""

    purchases: int = 0
    total: int = 0
    card_purchases: int = 0
    card_total: int = 0
    points: int = 0
    redemptions: int = 0
    redeemed_points: int = 0
    reward_cost: int = 0
    uncosted: int = 0

    @property
    def average(self) -> Decimal | None:
        """Durchschnittseinkauf in minor units, without decimals."""
        return Ratio(self.total, self.purchases).in_units(to=Decimal(1))

    @property
    def card_average(self) -> Decimal | None:
        return Ratio(self.card_total, self.card_purchases).in_units(to=Decimal(1))

    @property
    def other_average(self) -> Decimal | None:
        """Without a card; an association only: who buys more is more likely to take one."""
        return Ratio(self.total - self.card_total, self.others).in_units(to=Decimal(1))

    @property
    def others(self) -> int:
        """Purchases without a card."""
        return self.purchases - self.card_purchases

    def reward_cost_per(self, sales: int) -> Decimal | None:
        """What rewards cost for so much sales to members, in minor units; None while the cost of some is not stated."""
        return None if self.uncosted else Ratio(self.reward_cost, self.card_total).in_units(sales, to=Decimal(1))

    @property
    def with_card(self) -> Ratio:
        """Purchases with a card of all purchases."""
        return Ratio(self.card_purchases, self.purchases)

    @property
    def sign_up(self) -> Ratio | None:
        """Anmeldequote; None where the tills report no purchase without a card, since it would always be 100."""
        return self.with_card if self.others else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days of a period for which the same was said of costs: their sales with a card, and what was said."""

    days: int
    total: int
    margin_percent: int
    # A month.
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the programme costs in a period, and what would pay for it; not what it brings, as nobody is held out.

    Of members who were active at its end, and of sales with a card; money in minor units. `rewards` is None while the
    cost of one that was handed out is not stated. Without stretches nobody has said what is left of sales.
    """

    claim: Claim = field(default=Claim.ASSOCIATION, init=False)
    days: int
    members: int
    purchases: int
    total: int
    rewards: int | None
    stretches: tuple[Stretch, ...] = ()

    @property
    def running(self) -> Fraction | None:
        """What runs anyway, for the days of the period."""
        if not self.stretches:
            return None
        return sum((Fraction(each.running * each.days) / MONTH for each in self.stretches), Fraction(0))

    @property
    def spent(self) -> Fraction | None:
        """Rewards and what runs anyway."""
        return None if self.rewards is None or self.running is None else self.rewards + self.running

    def per(self, sales: int) -> Decimal | None:
        """For so much sales, e.g. 100 €."""
        if self.spent is None or not self.total:
            return None
        return rounded(self.spent * sales / self.total, to=Decimal(1))

    @property
    def per_member(self) -> Fraction | None:
        """Per active member and month."""
        if self.spent is None or not self.members * self.days:
            return None
        return self.spent * MONTH / (self.members * self.days)

    @property
    def margin_percent(self) -> Decimal | None:
        """Of the period's sales; where it was said anew within it, weighed by what was sold."""
        return rounded(self._left * 100 / self.total) if self.stretches and self.total else None

    @property
    def left(self) -> Fraction | None:
        """Of an average purchase after the goods."""
        return self._left / self.purchases if self.stretches and self.purchases else None

    @property
    def reward_share(self) -> Fraction | None:
        """What rewards cost for each purchase: a further one is rewarded, too."""
        return None if self.rewards is None or not self.purchases else Fraction(self.rewards, self.purchases)

    @property
    def brings(self) -> Fraction | None:
        """A further purchase, after the goods and its share of rewards."""
        return None if self.left is None or self.reward_share is None else self.left - self.reward_share

    @property
    def extra_visits(self) -> Decimal | None:
        """Break-even per member and month, rounded up to tenths, so that the programme pays with so many more.

        None where an entry is missing, nobody bought, or no number of visits would do.
        """
        if self.per_member is None or not self.can_pay:
            return None
        assert self.brings is not None
        return Decimal(math.ceil(10 * self.per_member / self.brings)) / 10

    @property
    def can_pay(self) -> bool | None:
        """Whether a further purchase brings anything at all; None where that is not known."""
        return None if self.brings is None else self.brings > 0

    @property
    def _left(self) -> Fraction:
        return Fraction(sum(each.total * each.margin_percent for each in self.stretches), 100)


def frequency(*, purchases: int, customers: int, days: int) -> Decimal | None:
    """Kauffrequenz: purchases per active customer and month, of the same days."""
    return Ratio(purchases, customers * days).in_units(MONTH) if days else None


def redemption_rate(*, redeemed: int, still_there: int) -> Ratio:
    """Einlösequote: points redeemed of those that could be: redeemed in the period or there at its end."""
    return Ratio(redeemed, redeemed + still_there)


def simple_value(*, total: int, customers: int, days: int, monthly: Base) -> Decimal | None:
    """Kundenwert, rough: revenue per active customer and month × lifetime in months, in minor units.

    The lifetime is 1 / churn rate of the last 30 days, carried to a month. None where nobody has left: a lifetime
    without end is no figure. On real data this overstates by a factor of two to three.
    """
    left = monthly.start - monthly.kept
    if not (customers and days and left > 0):
        return None
    per_month = Fraction(total, customers * days) * MONTH
    lifetime = Fraction(monthly.start, left) * 30 / MONTH
    return rounded(per_month * lifetime, to=Decimal(1))
