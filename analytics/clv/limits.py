"""Between which limits the revenue of a single customer lies: for all of a shop at once, without simulating each."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaincinv, ndtri

from analytics.churn.customers import Customers, Floats, blocks, coded, distinct_pairs
from analytics.churn.model import Model, in_blocks, log_quiet, probability_alive
from analytics.clv.spending import Spending, SpendModel

# So much of what may come lies below the lower limit, and as much above the upper one.
OUTSIDE: Final = 0.1
# Chances to leave that stand for all of them, each as likely as the others.
LEAVING: Final = (np.arange(8) + 0.5) / 8
# Smaller ones make no difference, and would cost the digits that make it.
SELDOM: Final = 1e-6
# Of very unequal customers the variance of what one spends is not finite; counted is no more than this.
LEAST_KNOWN: Final = 0.5
NEARLY_SURE: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Two columns of shape (n,); the expected value lies between them."""

    low: Floats
    high: Floats


def limits_of_each(
    model: Model, customers: Customers, spend: SpendModel, spending: Spending, revenue: Floats, *, horizon: float
) -> Limits:
    """Four times in five each customer's revenue within `horizon` is between them; `revenue` (n,) is what is expected.

    Nobody buys half a time: with P(silent) the revenue is 0, and otherwise it is taken for log-normal, with the mean
    and the variance that both models give it. Where nothing is the likeliest by far, the upper limit is what is
    expected.
    """
    comes_if_alive = in_blocks(customers, lambda block: -np.expm1(log_quiet(model, block, horizon)))
    comes = np.maximum(probability_alive(model, customers) * comes_if_alive, NEARLY_SURE)
    first, second = _purchases(model, customers, horizon)
    paid = np.where(spending.is_paid, spending.purchases, 0.0)
    known = np.maximum(spend.q + spend.p * paid - 2, LEAST_KNOWN)
    squares = (second + first / spend.p) / first**2 * (known + 1) / known
    variance = np.log(np.maximum(squares * comes_if_alive, 1 + NEARLY_SURE))
    middle, deviation = revenue / comes * np.exp(-variance / 2), np.sqrt(variance)

    def limit(above: float) -> Floats:
        """What is exceeded with this chance."""
        share = np.minimum(above / comes, 1 - NEARLY_SURE)
        return np.where(comes > above, middle * np.exp(-deviation * ndtri(share)), 0.0)

    return Limits(np.minimum(limit(1 - OUTSIDE), revenue), np.maximum(limit(OUTSIDE), revenue))


def _purchases(model: Model, customers: Customers, horizon: float) -> tuple[Floats, Floats]:
    """E[N] and E[N²] of somebody who is still a customer, two columns of shape (n,); for k > 1 an approximation.

    With a rate λ and a chance p to leave at each purchase E[N] is (1 − e^(−λph)) / p and E[N(N−1)] is
    2 (1−p) / p² · (1 − e^(−λph) (1 + λph)), both integrated over λ exactly and over p at `LEAVING`. Erlang-k waiting
    times come k times as slowly, and what chance adds to the variance is a kth.
    """
    repeats, age, which = distinct_pairs(customers.repeats, customers.age)
    codes, counts = coded(repeats)
    chances = betaincinv(model.a, model.b + counts[:, None] + 1, LEAVING).clip(SELDOM)
    first, second = np.empty(len(repeats)), np.empty(len(repeats))
    for block in blocks(len(repeats)):
        chance, shape = chances[codes[block]], model.shape(repeats[block])[:, None]
        way = chance * horizon / model.phases
        end = (model.alpha + age[block])[:, None] + way
        stays = np.exp(shape * np.log1p(-way / end))
        first[block] = ((1 - stays) / chance).mean(axis=1)
        pairs = 2 * (1 - chance) / chance**2 * (1 - stays * (1 + shape * way / end))
        second[block] = pairs.mean(axis=1) + first[block] / model.phases
    return first[which], second[which]
