"""What a purchase earns: a pure function of its facts and the terms in force, which also explains itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier as one version sees it. `threshold` in points, factor and discount in percent."""

    id: int
    code: str
    name: str
    rank: int
    threshold: int
    factor_percent: int
    discount_percent: int

    def discounted(self, price: int) -> int:
        """What is left to pay of a price; the discount is rounded as a till does, half a cent up."""
        return price - (price * self.discount_percent + 50) // 100

    @property
    def factor(self) -> Decimal:
        """125 percent -> 1.25."""
        return (Decimal(self.factor_percent) / 100).normalize()


@dataclass(frozen=True, slots=True)
class PerAmount:
    """`points` for every `per_minor` minor units paid."""

    points: int
    per_minor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A published version: immutable, so that it may be kept in memory. Tiers from lowest to highest."""

    version_id: int
    program_id: int
    points_name: str
    points_name_one: str
    per_amount: tuple[PerAmount, ...]
    tiers: tuple[TierTerms, ...]
    pending_days: int
    expiry_months: int | None

    def pending_part(self, points: int, purchased_at: datetime, *, now: datetime) -> int:
        """How much of what a purchase earns is not yet available: all of it or nothing."""
        return points if purchased_at + timedelta(days=self.pending_days) > now else 0

    def tier_held(self, tier_id: int | None, qualifying_points: int) -> TierTerms:
        """The tier that is kept on an account, or what its points reach where that is higher or the tier is gone."""
        reached = self.tier_for(qualifying_points)
        kept = next((tier for tier in self.tiers if tier.id == tier_id), reached)
        return max(kept, reached, key=lambda tier: tier.rank)

    def tier_for(self, qualifying_points: int) -> TierTerms:
        """The highest tier whose threshold is reached."""
        reached = [tier for tier in self.tiers if tier.threshold <= qualifying_points]
        return reached[-1] if reached else self.tiers[0]

    def tier_after(self, tier: TierTerms) -> TierTerms | None:
        return next((higher for higher in self.tiers if higher.rank > tier.rank), None)


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What the rules may look at. The tier is the one held before the purchase."""

    total: int
    tier: TierTerms


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the explanation: `points` it added, and the facts to say so in words."""

    rule: str
    points: int
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "points": self.points, **self.facts}


@dataclass(frozen=True, slots=True)
class Earning:
    """Whole points, and the lines that add up to them."""

    points: int
    lines: list[Line] = field(default_factory=list)

    def as_json(self) -> list[dict[str, Any]]:
        return [line.as_json() for line in self.lines]


def earning(terms: Terms, facts: PurchaseFacts) -> Earning:
    """Points for a purchase, rounded down once.

    Line k carries floor(sum of the first k) - floor(sum of the first k-1), so that whole points add up.
    """
    steps: list[tuple[str, Fraction, dict[str, Any]]] = [
        (
            "per_amount",
            Fraction(facts.total * rule.points, rule.per_minor),
            {"total": facts.total, "rate": rule.points, "per_minor": rule.per_minor},
        )
        for rule in terms.per_amount
    ]
    if facts.tier.factor_percent != 100:
        base = sum((share for _, share, _ in steps), Fraction())
        steps.append(
            (
                "tier_factor",
                base * (facts.tier.factor_percent - 100) / 100,
                {"tier": facts.tier.name, "factor_percent": facts.tier.factor_percent},
            )
        )
    return _in_whole_points(steps)


def _in_whole_points(steps: list[tuple[str, Fraction, dict[str, Any]]]) -> Earning:
    lines = []
    total, before = Fraction(), 0
    for rule, share, facts in steps:
        total += share
        lines.append(Line(rule=rule, points=floor(total) - before, facts=facts))
        before = floor(total)
    return Earning(points=before, lines=lines)
