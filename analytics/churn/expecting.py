"""How often somebody will come: expected purchases within a horizon, given what is known of the customer."""

from typing import Final

import numpy as np
from numpy.polynomial import Chebyshev
from scipy.special import gammainccinv, gammaln, hyp2f1

from analytics.churn.customers import Customers, Floats, distinct_pairs
from analytics.churn.model import Model, phase_terms, probability_alive

# At a = 1 the closed form divides zero by zero.
TOO_NEAR_ONE: Final = 1e-3
# What is left out of the distribution of phases.
TAIL: Final = 1e-13
# Over the ages of customers with equally many purchases the sum is a smooth curve; where it is not, each is summed up.
DEGREES: Final = (32, 64)
SMOOTH: Final = 1e-9
# So many terms of sums are in memory at once.
TERMS: Final = 1 << 20


def expected_purchases(model: Model, customers: Customers, horizon: float) -> Floats:
    """E[X(h)]: expected purchases within `horizon` from now (the data's unit of time), shape (n,)."""
    return weighted_purchases(model, customers, np.array([horizon]), np.ones(1))


def weighted_purchases(model: Model, customers: Customers, horizons: Floats, weights: Floats) -> Floats:
    """Σ weight · E[X(h)] over several horizons (h,), shape (n,); worked out once for every distinct (x, T)."""
    repeats, age, which = distinct_pairs(customers.repeats, customers.age)
    alive = probability_alive(model, customers)
    if model.phases == 1:
        return alive * _of_one_phase(model, repeats, age, horizons, weights)[which]
    by_phase = _by_phase(model, repeats, age, horizons, weights)
    shape, share = model.shape(customers.repeats), customers.pause / (model.alpha + customers.age)
    terms = phase_terms(model.phases, shape, share)
    expected = np.sum([term * of_phase[which] for term, of_phase in zip(terms, by_phase, strict=True)], axis=0)
    return alive * expected / np.sum(terms, axis=0)


def _of_one_phase(model: Model, repeats: Floats, age: Floats, horizons: Floats, weights: Floats) -> Floats:
    """By the closed form, and by the sum where its factors are too large or too small for a float."""
    expected = np.full(len(repeats), np.nan)
    if abs(model.a - 1) > TOO_NEAR_ONE:
        closed = [_closed_form(model, repeats, age, float(horizon)) for horizon in horizons]
        expected = weights @ np.array(closed)
    if (is_left := ~np.isfinite(expected)).any():
        expected[is_left] = _by_phase(model, repeats[is_left], age[is_left], horizons, weights)[0]
    return expected


def _closed_form(model: Model, repeats: Floats, age: Floats, horizon: float) -> Floats:
    """For k = 1, shape (m,): (a+b+x) / (a−1) · (1 − ((α+T)/(α+T+h))^(a−1) · ₂F₁(a+b−r, a−1; a+b+x; h/(α+T+h))).

    Wagner and Hoppe (2008), after Euler's transformation: so the arguments stay small however often somebody came.
    """
    rest, end, both = model.a - 1, model.alpha + age + horizon, model.a + model.b + repeats
    with np.errstate(all="ignore"):
        series = hyp2f1(model.a + model.b - model.r, rest, both, horizon / end)
        return both / rest * (1 - series * ((model.alpha + age) / end) ** rest)


def _by_phase(model: Model, repeats: Floats, age: Floats, horizons: Floats, weights: Floats) -> Floats:
    """Σ weight · E[X(h) | alive, j phases of the current pause over], shape (k, m)."""
    stretch = np.log1p(horizons[:, None] / (model.alpha + age))
    expected = np.empty((model.phases, len(repeats)))
    for x in np.unique(repeats):
        rows = np.flatnonzero(repeats == x)
        of_these = stretch[:, rows]
        for phase in range(model.phases):
            purchases = _Purchases(model, float(x), phase, float(of_these.max()))
            expected[phase, rows] = weights @ _on_a_curve(purchases, of_these.ravel()).reshape(of_these.shape)
    return expected


def _on_a_curve(purchases: "_Purchases", stretch: Floats) -> Floats:
    for degree in DEGREES:
        if len(stretch) <= degree:
            break
        curve = Chebyshev.interpolate(purchases, degree, domain=(stretch.min(), stretch.max()))
        if np.abs(curve.coef[-3:]).max() <= SMOOTH * np.abs(curve.coef).max():
            return curve(stretch)
    return purchases(stretch)


class _Purchases:
    """E[X | alive, x, j] as a function of ln((α+T+h) / (α+T)); our own derivation, exact.

    The phases to come are negative binomial; n of them make ⌊(n+j)/k⌋ purchases unless the customer leaves before, and
    the i-th of these is still made with E[(1−p)^(i−1)] = (b+x+1)_{i−1} / (a+b+x+1)_{i−1}.
    """

    def __init__(self, model: Model, repeats: float, phase: int, longest: float) -> None:
        self.shape = model.r + model.phases * repeats + phase
        most = np.expm1(longest) * gammainccinv(self.shape, TAIL)
        self.counts = np.arange(int(most + 8 * np.sqrt(most)) + 20 * model.phases)
        self.log_ways = gammaln(self.shape + self.counts) - gammaln(self.shape) - gammaln(self.counts + 1)
        number = (self.counts + phase) // model.phases
        before = model.b + 1 + repeats + np.arange(number[-1])
        is_made = np.cumprod(np.append(1.0, before / (before + model.a)))[:-1]
        self.purchases = np.append(0.0, np.cumsum(is_made))[number]

    def __call__(self, stretch: Floats) -> Floats:
        """Expected purchases, shape (m,), for `stretch` of shape (m,)."""
        parts = np.array_split(stretch, len(stretch) * len(self.counts) // TERMS + 1)
        return np.concatenate([self._sums(part) for part in parts])

    def _sums(self, stretch: Floats) -> Floats:
        log_more = np.log(-np.expm1(-stretch))
        log_chance = self.log_ways - self.shape * stretch[:, None] + self.counts * log_more[:, None]
        return np.exp(log_chance) @ self.purchases
