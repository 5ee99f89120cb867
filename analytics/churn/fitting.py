"""The fit: penalised maximum likelihood with its gradient, in blocks, on customers who look alike counted once."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import digamma, gammaln

from analytics.churn.customers import Customers, Floats, blocks, coded, patterns
from analytics.churn.model import Model
from analytics.estimation import EXACT, ROUGH, Lowest, covariance, lowest, lowest_near

PENALTY: Final = 1e-3
# The penalty weighs as much as in a shop of so many customers: with more of them it fades.
PENALISED: Final = 100
PHASES: Final = (1, 2, 3)
# So many customers tell which k it is; where they are in doubt, it hardly matters.
SAMPLE: Final = 5_000


def fit(customers: Customers, *, phases: Sequence[int] = PHASES, penalty: float = PENALTY) -> Model:
    """The model under which these customers are most likely; k is the most likely one of `phases`.

    Minimised is −(log-likelihood)/n + `penalty` · min(1, 100/n) · Σ (ln parameter)², α measured in typical gaps so that
    the unit of time does not matter. The penalty keeps few customers from a degenerate fit; 0 gives the plain maximum.
    A larger k is tried as long as the last one was an improvement, and only where `log_gaps` is known; which k it is,
    and where to begin, an even sample of the customers tells.
    """
    if not len(customers):
        raise ValueError("there is no customer to fit")
    sample = _sample(customers)
    if len(sample) == len(customers):
        return _most_likely(customers, phases, penalty, precision=EXACT)
    begin = _most_likely(sample, phases, penalty, precision=ROUGH)
    loss = _Loss(Likelihood(customers, begin.phases), penalty, len(customers))
    spread = uncertainty(begin, customers, penalty=penalty) * len(customers)
    return loss.model(lowest_near(loss, loss.logs(begin), spread=spread))


def _most_likely(customers: Customers, phases: Sequence[int], penalty: float, *, precision: float) -> Model:
    best: Model | None = None
    for number in sorted(phases):
        if number > 1 and customers.log_gaps is None:
            break
        loss = _Loss(Likelihood(customers, number), penalty, len(customers))
        start = np.zeros(4) if best is None else loss.logs(best)
        model = loss.model(lowest(loss, start, precision=precision))
        if best is not None and model.log_likelihood <= best.log_likelihood:
            break
        best = model
    if best is None:
        raise ValueError("more phases than one need the logarithms of the gaps")
    return best


def uncertainty(model: Model, customers: Customers, *, penalty: float = PENALTY) -> Floats:
    """Covariance of ln (r, α, a, b), shape (4, 4): how exactly these customers tell them; from an even sample."""
    likelihood = Likelihood(_sample(customers), model.phases)
    loss = _Loss(likelihood, penalty, len(customers))
    return covariance(loss, loss.logs(model), len(customers))


def _sample(customers: Customers) -> Customers:
    return customers.of(slice(None, None, len(customers) // SAMPLE + 1))


class _Loss:
    """What is minimised, at the logarithms of the parameters, α in typical gaps."""

    def __init__(self, likelihood: "Likelihood", penalty: float, customers: int) -> None:
        self.likelihood, self.weight = likelihood, penalty * min(1.0, PENALISED / customers)
        self.unit = np.array([1.0, likelihood.typical_gap, 1.0, 1.0])

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        parameters, count = self.parameters(logs), self.likelihood.customers
        value, gradient = self.likelihood(parameters)
        return self._penalty(logs) - value / count, 2 * self.weight * logs - gradient * parameters / count

    def parameters(self, logs: Floats) -> Floats:
        return np.exp(logs) * self.unit

    def model(self, found: Lowest) -> Model:
        count = self.likelihood.customers
        r, alpha, a, b = map(float, self.parameters(found.at))
        value = (self._penalty(found.at) - found.loss) * count
        return Model(self.likelihood.phases, r, alpha, a, b, value, count)

    def logs(self, model: Model) -> Floats:
        """Those of a model; one of fewer phases has a rate as much slower."""
        alpha = model.alpha * self.likelihood.phases / model.phases
        return np.log(np.array([model.r, alpha, model.a, model.b]) / self.unit)

    def _penalty(self, logs: Floats) -> float:
        return self.weight * float(logs @ logs)


class Likelihood:
    """Log-likelihood of (r, α, a, b) and its gradient, for one set of customers and one k.

    Summed over customers (Platzer, Reutterer 2016, with a chance to leave after the first purchase):
    ln Γ(r+kx) − ln Γ(r) + r ln α + ln B(a, b+x+1) − ln B(a, b) − (r+kx) ln(α+T) + ln(S₁ + S₂)
    + (k−1) Σ ln gap − x ln Γ(k), where
    S₁ = a / (b+x) · ((α+T) / (α+t_x))^(r+kx),  S₂ = Σ_{j<k} (r+kx)_j / j! · ((T−t_x) / (α+T))^j.
    Only ln(S₁ + S₂) is taken row by row; what depends on x or T alone is taken once for each x or T.
    """

    def __init__(self, customers: Customers, phases: int = 1) -> None:
        rows = patterns(customers)
        self.rows, self.phases, self.customers = rows, phases, len(customers)
        self.typical_gap = float(customers.age.sum() / (customers.repeats.sum() + len(customers))) or 1.0
        self.codes, self.repeats = coded(rows.repeats)
        self.by_repeats = np.bincount(self.codes, rows.counts)
        age_codes, self.ages = coded(rows.age)
        self.by_age = np.bincount(age_codes, rows.counts)
        self.repeats_by_age = np.bincount(age_codes, rows.counts * rows.repeats)
        log_gaps = 0.0 if customers.log_gaps is None else float(customers.log_gaps.sum())
        self.constant = (phases - 1) * log_gaps - float(customers.repeats.sum() * gammaln(phases))

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        value, gradient = self._by_repeats(*parameters)
        for add in (self._by_age, self._by_row):
            more, slope = add(*parameters)
            value, gradient = value + more, gradient + slope
        return value + self.constant, gradient

    def _by_repeats(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats]:
        count, counts, x, n = self.customers, self.by_repeats, self.repeats, self.phases
        shape, stayed, both = r + n * x, b + x + 1, a + b + x + 1
        value = counts @ (gammaln(shape) + gammaln(stayed) - gammaln(both))
        value += count * (r * np.log(alpha) - gammaln(r) - gammaln(b) + gammaln(a + b))
        ended = counts @ digamma(both)
        slopes = (
            counts @ digamma(shape) + count * (np.log(alpha) - digamma(r)),
            count * r / alpha,
            count * digamma(a + b) - ended,
            counts @ digamma(stayed) - ended + count * (digamma(a + b) - digamma(b)),
        )
        return float(value), np.array(slopes)

    def _by_age(self, r: float, alpha: float, _a: float, _b: float) -> tuple[float, Floats]:
        shapes, log_ages = r * self.by_age + self.phases * self.repeats_by_age, np.log(alpha + self.ages)
        slopes = (-(self.by_age @ log_ages), -(shapes @ (1 / (alpha + self.ages))), 0.0, 0.0)
        return -float(shapes @ log_ages), np.array(slopes)

    def _by_row(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats]:
        """ln(S₁ + S₂) as ln S₂ + ln(1 + e^z), z the log odds of having left; e^z may be far too large for a float."""
        value, slopes = 0.0, np.zeros(4)
        left, per_stayed = np.log(a / (b + self.repeats)), 1 / (b + self.repeats)
        for block in blocks(len(self.rows.repeats)):
            counts, last, age = self.rows.counts[block], self.rows.last[block], self.rows.age[block]
            codes, shape = self.codes[block], r + self.phases * self.rows.repeats[block]
            now, then = alpha + age, alpha + last
            share, log_ratio = (age - last) / now, np.log(now / then)
            total, by_shape, by_share = _phases(self.phases, shape, share)
            log_total = np.log(total)
            z = left[codes] + shape * log_ratio - log_total
            small = np.exp(-np.abs(z))
            value += float(counts @ (log_total + np.maximum(z, 0) + np.log1p(small)))
            gone = counts * np.where(z > 0, 1, small) / (1 + small)
            slopes += (gone @ log_ratio, -(gone @ (shape * share / then)), gone.sum() / a, -(gone @ per_stayed[codes]))
            if self.phases > 1:
                alive = (counts - gone) / total
                slopes[0] += alive @ by_shape
                slopes[1] -= alive @ (by_share * share / now)
        return float(value), slopes


def _phases(phases: int, shape: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    """S₂ and its derivatives by shape and by share, each (m,)."""
    term, by_shape = np.ones_like(share), np.zeros_like(share)
    total, total_by_shape, total_by_share = term.copy(), by_shape.copy(), np.zeros_like(share)
    for number in range(1, phases):
        grown = shape + number - 1
        by_shape = share / number * (term + grown * by_shape)
        total_by_share += grown * term
        term = term * grown * share / number
        total += term
        total_by_shape += by_shape
    return total, total_by_shape, total_by_share
