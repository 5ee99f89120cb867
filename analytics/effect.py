"""What a campaign has changed, against those who heard nothing of it: with an interval, or no figure at all.

Pure: no database, no clock, no language. Money goes in and comes out in integer minor units (cents); floats live only
in between and are rounded once, at the end. Why these methods: docs/decisions/effect.md.

[A] Deng, Xu, Kohavi, Walker 2013, Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data (CUPED), section 3.
[B] Welch 1947, The generalization of 'Student's' problem when several different population variances are involved.
[C] Pocock 1977, Group sequential methods in the design and analysis of clinical trials: boundaries become those of
    Student's t at the same significance level.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from analytics.claims import Claim
from analytics.looks import Look

# Four of five worthwhile effects shall be found.
POWER: Final = 0.8
# So many of the highest spenders count no more than the next: an eighth of the root of all customers. One whale says
# nothing about a campaign, and a fixed share would cut off more than the interval of a large shop allows for.
CAPPED: Final = 1 / 8
FEWEST_CUSTOMERS: Final = 200
FEWEST_BUYERS: Final = 30
# A draw that misses the agreed share by more than five standard errors (1 in 1.7 million) was not this draw.
LOPSIDED_FROM: Final = 5

Money = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Reason(StrEnum):
    FEW = "few"
    NOISY = "noisy"
    # The groups do not have the agreed sizes: somebody was left out of the figures, or written to all the same.
    LOPSIDED = "lopsided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """No figure, as none could be trusted. About so many more customers would do; 0: only time is missing."""

    reason: Reason
    more_customers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure with its interval, in minor units."""

    low: int
    estimate: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """Every customer who was drawn for a campaign, reached or not (intention to treat), one place in each array.

    Money in minor units.
    """

    is_held_out: Flags
    # Purchases less their returns: since the campaign began, and in a period before it, the same for all looks.
    spend: Money
    before: Money
    # What the campaign gave to each, at what it costs the shop.
    given: Money
    # The agreed share of the hold-out.
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the campaign has changed, in minor units. Each interval is right in 95 of 100 campaigns looked at so."""

    claim: Claim = field(default=Claim.EFFECT, init=False)
    treated: int
    held_out: int
    # Spend per customer: without the campaign, and what it adds.
    without: int
    per_customer: Range
    # Of all treated customers together; profit is margin less what was given and the fixed cost, if a margin is known.
    revenue: Range
    profit: Range | None
    # Whether the interval of the revenue leaves zero out.
    is_seen: bool
    # The smallest change of spend, in percent, that would be found in four of five such campaigns.
    detectable_percent: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two means: itself, its standard error and the error's degrees of freedom."""

    mean: float
    error: float
    freedom: float

    def half_width(self, critical: float) -> float:
        """With Student's quantile at the normal critical value's significance level [C]."""
        return self.error * -float(stdtrit(self.freedom, ndtr(-critical)))

    def detectable(self, critical: float) -> float:
        """The change whose interval leaves zero out with probability POWER."""
        return self.half_width(critical) + self.error * float(ndtri(POWER))

    def interval(self, critical: float, *, times: int = 1, less: int = 0) -> Range:
        half = self.half_width(critical)
        low, estimate, high = (round((self.mean + by) * times - less) for by in (-half, 0.0, half))
        return Range(low=low, estimate=estimate, high=high)


def effect(
    panel: Panel, *, look: Look, margin_percent: int | None, fixed_cost: int = 0, worthwhile_percent: int = 5
) -> Effect | Unanswered:
    """Spend of the treated against the held-out: capped, adjusted by the spend before, with the interval of the look.

    Unanswered where a change of `worthwhile_percent` could not be told from chance, unless a greater one is seen.
    """
    held, customers = panel.is_held_out, len(panel.is_held_out)
    held_out = int(held.sum())
    treated = customers - held_out
    if _is_lopsided(held_out, customers, panel.percent):
        return Unanswered(reason=Reason.LOPSIDED)
    buyers = min(int(np.count_nonzero(panel.spend[group])) for group in (held, ~held))
    needed = max(FEWEST_CUSTOMERS, customers * FEWEST_BUYERS / max(buyers, 1))
    if buyers < 2:
        return Unanswered(reason=Reason.FEW, more_customers=math.ceil(needed) - customers)

    spend, before = capped(panel.spend), capped(panel.before)
    adjusted = _adjusted(spend, before)
    more, without = _difference(adjusted, held), float(adjusted[held].mean())
    worthwhile = without * worthwhile_percent / 100
    is_seen = abs(more.mean) > more.half_width(look.critical)
    is_few = customers < needed
    if is_few or worthwhile <= 0 or (not is_seen and more.detectable(look.critical) > worthwhile):
        if worthwhile > 0:
            needed = max(needed, customers * (more.detectable(look.critical_at_end) / worthwhile) ** 2)
        return Unanswered(
            reason=Reason.FEW if is_few else Reason.NOISY, more_customers=max(math.ceil(needed) - customers, 0)
        )
    profit = None
    if margin_percent is not None:
        left = _difference(_adjusted(spend * margin_percent / 100 - panel.given, before), held)
        profit = left.interval(look.critical, times=treated, less=fixed_cost)
    return Effect(
        treated=treated,
        held_out=held_out,
        without=round(without),
        per_customer=more.interval(look.critical),
        revenue=more.interval(look.critical, times=treated),
        profit=profit,
        is_seen=is_seen,
        detectable_percent=math.ceil(100 * more.detectable(look.critical) / without),
    )


def capped(money: Money) -> Reals:
    """Winsorised from above, in all groups alike."""
    rank = len(money) - 1 - math.ceil(math.sqrt(len(money)) * CAPPED)
    return np.minimum(money, np.partition(money, rank)[rank]).astype(np.float64)


def _is_lopsided(held_out: int, customers: int, percent: int) -> bool:
    share = percent / 100
    return abs(held_out - customers * share) > LOPSIDED_FROM * math.sqrt(customers * share * (1 - share))


def _adjusted(values: Reals, before: Reals) -> Reals:
    """Less what the spend before foretells, with θ = cov(values, before) / var(before) over both groups [A]."""
    off = before - before.mean()
    squares = off @ off
    return values - off * (off @ values / squares) if squares else values


def _difference(values: Reals, held: Flags) -> Difference:
    """Treated less held-out, each group with a variance of its own, and Satterthwaite's degrees of freedom [B]."""
    groups = values[~held], values[held]
    parts = [float(group.var(ddof=1)) / len(group) for group in groups]
    variance = sum(parts)
    spread = sum(part**2 / (len(group) - 1) for part, group in zip(parts, groups, strict=True))
    freedom = variance**2 / spread if spread else len(values) - 2
    return Difference(float(groups[0].mean() - groups[1].mean()), math.sqrt(variance), freedom)
