"""The model of coming back and staying away: MBG/NBD, with waiting times that may be more regular than chance.

While somebody is a customer, the times between purchases are Erlang-k with a rate of one's own (gamma over all
customers: r, α); after every purchase, the first included, one leaves with a chance of one's own (beta: a, b). k = 1 is
MBG/NBD (Batislam, Denizel, Filiztekin 2007; Wagner, Hoppe 2008), k > 1 is MBG/CNBD-k (Platzer, Reutterer 2016).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from analytics.churn.customers import Customers, Floats, blocks

# Beyond these the data do not tell who leaves: nobody seems to leave, or everybody equally.
SMALLEST_A: Final = 1e-3
LARGEST_B: Final = 1e4


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model. α has the unit of time of the data, everything else has none."""

    phases: int
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int

    @property
    def is_degenerate(self) -> bool:
        """Whether the fit ran away to where the data say nothing about leaving."""
        return self.a < SMALLEST_A or self.b > LARGEST_B

    def shape(self, repeats: Floats) -> Floats:
        """r + k·x: shape of a customer's rate of phases, given the purchases so far; (n,)."""
        return self.r + self.phases * repeats


def probability_alive(model: Model, customers: Customers) -> Floats:
    """P(alive): still a customer now, shape (n,). For k = 1 Wagner and Hoppe (2008)."""
    return in_blocks(customers, lambda block: expit(-log_odds_gone(model, block)))


def probability_silent(model: Model, customers: Customers, horizon: float) -> Floats:
    """P(no purchase within `horizon`, in the data's unit of time), shape (n,): the churn score.

    1 − P(alive) · (1 − Q), where Q = ((α+T) / (α+T+h))^(r+kx) · S(T+h) / S(T) is the chance that a customer's pause
    goes on for h, integrated over what is known of the rate. S is the sum of `phase_terms`, 1 for k = 1.
    """

    def silent(block: Customers) -> Floats:
        return 1 + expit(-log_odds_gone(model, block)) * np.expm1(log_quiet(model, block, horizon))

    return in_blocks(customers, silent)


def log_odds_gone(model: Model, customers: Customers) -> Floats:
    """ln of P(gone) / P(alive), shape (n,): ln(a / (b+x)) + (r+kx) · ln((α+T) / (α+t_x)) − ln S."""
    return np.log(model.a / (model.b + customers.repeats)) + log_odds_by_pause(model, customers)


def log_odds_by_pause(model: Model, customers: Customers) -> Floats:
    """What the pause adds to the log odds of having left, shape (n,); 0 at the moment of a purchase."""
    shape = model.shape(customers.repeats)
    now, then = model.alpha + customers.age, model.alpha + customers.last
    return shape * np.log(now / then) - log_phases(model.phases, shape, customers.pause / now)


def log_quiet(model: Model, customers: Customers, horizon: float) -> Floats:
    """ln Q: that somebody who is still a customer does not come within `horizon`, shape (n,)."""
    shape, now = model.shape(customers.repeats), model.alpha + customers.age
    then = now + horizon
    longer = log_phases(model.phases, shape, (customers.pause + horizon) / then)
    return shape * np.log(now / then) + longer - log_phases(model.phases, shape, customers.pause / now)


def phase_terms(phases: int, shape: Floats, share: Floats) -> list[Floats]:
    """(shape)_j / j! · share^j for j < k: how likely j phases of the current pause are over, but for a common factor.

    `share` is pause / (α + T); each term has the shape of the arguments, (n,).
    """
    terms = [np.ones_like(share)]
    for number in range(1, phases):
        terms.append(terms[-1] * (shape + number - 1) * share / number)
    return terms


def log_phases(phases: int, shape: Floats, share: Floats) -> Floats | float:
    """ln of the sum of `phase_terms`, shape (n,), or just 0 where there is one phase."""
    return np.log(np.sum(phase_terms(phases, shape, share), axis=0)) if phases > 1 else 0.0


def in_blocks(customers: Customers, score: Callable[[Customers], Floats]) -> Floats:
    """A score of shape (n,), worked out block by block."""
    scores = np.empty(len(customers))
    for block in blocks(len(customers)):
        scores[block] = score(customers.of(block))
    return scores
