"""What a programme costs and how soon it pays off for a customer, by the merchant's own figures. Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from programs.earning import Earning, PurchaseFacts, Terms, TierTerms, earning
from programs.qualifying import Basis
from programs.rules import Occasion

# What any purchase earns does not depend on the day.
ANY_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - of no zone


@dataclass(frozen=True, slots=True)
class Figures:
    """What a merchant reckons with, money in minor units; nothing is filled in for them."""

    reward: str = ""
    reward_points: int | None = None
    average: int | None = None
    cost: int | None = None
    price: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


NO_FIGURES: Final = Figures()


@dataclass(frozen=True, slots=True)
class Forecast:
    """Counted for the lowest tier and with everything redeemed; None where a figure is missing.

    `visits` purchases of `per_visit` points lead to the first reward, after `welcome` points for joining. A turnover of
    `turnover` minor units brings `rewards` of them, which cost `at_cost` and `at_price`.
    """

    turnover: int
    welcome: int
    per_visit: int | None = None
    visits: int | None = None
    rewards: Fraction | None = None
    at_cost: int | None = None
    at_price: int | None = None


def what_it_earns(terms: Terms, tier: TierTerms, total: int) -> Earning:
    """Any purchase of `total` minor units, by the engine that credits."""
    return earning(terms.ordinary, PurchaseFacts(total=total, tier=tier, at=ANY_DAY))


def purchases_to(terms: Terms, tier: TierTerms, total: int) -> int | None:
    """How many purchases of `total` lead from the lowest tier to this one; None where they never do."""
    match terms.tier_basis:
        case Basis.SPEND:
            each = total
        case Basis.VISITS:
            each = 1
        case _:
            each = what_it_earns(terms, terms.tiers[0], total).points
    return ceil(Fraction(tier.threshold, each)) if each else None


def welcome_points(terms: Terms) -> int:
    """What everybody gets for joining, whenever that is."""
    return sum(rule.points for rule in terms.bonuses(Occasion.SIGN_UP) if not rule.conditions.as_json())


def forecast(terms: Terms, figures: Figures, *, turnover: int) -> Forecast:
    """By purchases of the merchant's average; without one a single purchase of the whole turnover stands for it."""
    lowest, welcome = terms.tiers[0], welcome_points(terms)
    purchase = figures.average or turnover
    earned = what_it_earns(terms, lowest, purchase).points
    per_visit = earned if figures.average else None
    if not figures.reward_points:
        return Forecast(turnover=turnover, welcome=welcome, per_visit=per_visit)
    rewards = Fraction(earned * turnover, purchase) / figures.reward_points
    return Forecast(
        turnover=turnover,
        welcome=welcome,
        per_visit=per_visit,
        visits=_visits(figures.reward_points - welcome, per_visit),
        rewards=rewards,
        at_cost=_rounded(rewards, figures.cost),
        at_price=_rounded(rewards, figures.price),
    )


def _visits(missing: int, per_visit: int | None) -> int | None:
    if not per_visit:
        return None
    return max(ceil(Fraction(missing, per_visit)), 0)


def _rounded(rewards: Fraction, each: int | None) -> int | None:
    return None if each is None else floor(rewards * each + Fraction(1, 2))
