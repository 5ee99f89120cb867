"""What can be known of the programme as a whole, where nobody is held out: cost, break-even, change. Never an effect.

Pure. Money in integer minor units. Every result says in `claim` that it is an association.
"""

import math
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from analytics.effect import FEWEST_BUYERS, Claim, Difference, Money, Range, Reason, Unanswered, capped
from analytics.looks import AtTheEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeCost:
    """What the programme costs, and what would pay for it; not what it brings, as nobody is held out.

    Of members, in a period of whole months; money in minor units.
    """

    claim: Claim = field(default=Claim.ASSOCIATION, init=False)
    members: int
    months: int
    visits: int
    sales: int
    # Rewards redeemed at what they cost the shop, and what runs anyway.
    rewards: int
    running: int
    margin_percent: int | None

    def per(self, sales: int) -> int | None:
        """Cost of so much sales, e.g. of 100 €; rounded half up."""
        return (2 * (self.rewards + self.running) * sales + self.sales) // (2 * self.sales) if self.sales else None

    @property
    def extra_visits(self) -> Decimal | None:
        """Per member and month, from which on the programme pays: cost / what a further visit leaves, up to tenths.

        A further visit brings the average purchase, leaves its margin and costs its share of rewards; rounded up. None
        where the margin is not known, nobody bought, or no number of visits would do.
        """
        leaves = self._hundredfold_left
        if leaves is None or leaves <= 0 or not self.members * self.months:
            return None
        cost = (self.rewards + self.running) * self.visits * 100
        return Decimal(-(-10 * cost // (leaves * self.members * self.months))) / 10

    @property
    def can_pay(self) -> bool | None:
        """Whether a further visit leaves anything at all; None where that is not known."""
        return None if self._hundredfold_left is None else self._hundredfold_left > 0

    @property
    def _hundredfold_left(self) -> int | None:
        """100 times what all visits leave: so that nothing is divided before the end."""
        if self.margin_percent is None or not self.visits:
            return None
        return self.sales * self.margin_percent - 100 * self.rewards


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Members before and after they joined. Who joins is on the way to buying more anyway: never an effect."""

    claim: Claim = field(default=Claim.ASSOCIATION, init=False)
    members: int
    before: int
    after: int
    difference: Range


def change_on_joining(*, before: Money, after: Money) -> Change | Unanswered:
    """Each member's spend in equally long periods before and after joining, in minor units; paired t interval.

    Only of members whose purchases before are known, with both periods complete, whether or not they still came.
    """
    members = len(before)
    if members < FEWEST_BUYERS:
        return Unanswered(reason=Reason.FEW, more_customers=FEWEST_BUYERS - members)
    was, became = np.split(capped(np.concatenate((before, after))), 2)
    rise = became - was
    paired = Difference(float(rise.mean()), float(rise.std(ddof=1)) / math.sqrt(members), members - 1)
    return Change(
        members=members,
        before=round(float(was.mean())),
        after=round(float(became.mean())),
        difference=paired.interval(AtTheEnd().critical),
    )
