"""How often somebody usually comes, and how unusual the present pause is: "usually every 9 days, now away for 31"."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, betaincinv

from analytics.churn.customers import Customers, Floats, coded
from analytics.churn.model import Model

# From so many gaps on their median is somebody's own; and from so many on one may speak of what is usual at all.
OWN_GAPS: Final = 4
USUAL_GAPS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Of n customers, each column of shape (n,).

    usual_gap  days (the data's unit of time) between two purchases, half of them are shorter
    pause      how long since the last one
    is_own     the gap is the median of the customer's own, not what the model takes it for
    is_usual   there are gaps enough to call it usual; otherwise it leans on what all customers do
    chance     that a pause of somebody who is still a customer gets as long as this one
    """

    usual_gap: Floats
    pause: Floats
    is_own: NDArray[np.bool_]
    is_usual: NDArray[np.bool_]
    chance: Floats


def rhythm(model: Model, customers: Customers, median_gaps: Floats | None = None) -> Rhythm:
    """Of each customer, by the median of the own gaps (n,) where it is given (nan otherwise) and rests on enough."""
    gap, is_own = model_gap(model, customers), np.zeros(len(customers), dtype=bool)
    if median_gaps is not None:
        is_own = np.isfinite(median_gaps) & (customers.repeats >= OWN_GAPS)
        gap = np.where(is_own, median_gaps, gap)
    until_last = model.alpha + customers.last
    share = customers.pause / (customers.pause + until_last)
    chance = betaincc(model.phases, model.shape(customers.repeats), share)
    return Rhythm(gap, customers.pause, is_own, customers.repeats >= USUAL_GAPS, chance)


def model_gap(model: Model, customers: Customers) -> Floats:
    """The median of the next gap as it was foreseen at the last purchase, shape (n,).

    By then the rate is gamma (r+kx, α+t_x), so that gap / (gap + α + t_x) is beta (k, r+kx).
    """
    codes, repeats = coded(customers.repeats)
    middle = betaincinv(model.phases, model.shape(repeats), 0.5)[codes]
    return (model.alpha + customers.last) * middle / (1 - middle)
