"""How members' spend has changed when they joined. Nobody is held out, so it is never an effect.

Pure. Money in integer minor units. The result says in `claim` that it is an association.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from analytics.claims import Claim
from analytics.effect import FEWEST_BUYERS, Difference, Money, Range, Reason, Unanswered, capped
from analytics.looks import AtTheEnd


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
