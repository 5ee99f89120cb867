"""What a customer spends at a time: the Gamma-Gamma model (Fader, Hardie, Lee 2005; Fader, Hardie 2013, note 025)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import digamma, gammaln

from analytics.churn.customers import Floats, coded
from analytics.estimation import covariance, lowest

PENALTY: Final = 1e-3
# The penalty weighs as much as in a shop of so many paying customers: with more of them it fades.
PENALISED: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """Of each of n customers: how many purchases, and their mean value, shape (n,); in any unit of money.

    A mean value of 0 is allowed (gifts, exchanges) and says nothing about what somebody spends.
    """

    purchases: Floats
    mean_value: Floats

    def __post_init__(self) -> None:
        for name in ("purchases", "mean_value"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        if self.purchases.shape != self.mean_value.shape:
            raise ValueError("the columns differ in length")
        if not (np.isfinite(self.purchases).all() and np.isfinite(self.mean_value).all()):
            raise ValueError("a figure is missing or infinite")
        if (self.purchases < 0).any():
            raise ValueError("purchases are counted from 0")

    def __len__(self) -> int:
        return len(self.purchases)

    @property
    def is_paid(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Who has paid something, shape (n,)."""
        return (self.purchases > 0) & (self.mean_value > 0)

    def of(self, rows: slice) -> "Spending":
        """Some of them."""
        return Spending(self.purchases[rows], self.mean_value[rows])


@dataclass(frozen=True, slots=True)
class SpendModel:
    """A fitted model: values of a customer are gamma (p, ν), ν over all customers is gamma (q, v); v is in money."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int

    @property
    def mean_value(self) -> float:
        """Mean value of a purchase over all customers: p·v / (q−1)."""
        return self.p * self.v / (self.q - 1)


def fit_spending(spending: Spending, *, penalty: float = PENALTY) -> SpendModel | None:
    """The model under which the mean values are most likely, by those who have paid; None where nobody has.

    Minimised is −(log-likelihood)/n + `penalty` · min(1, 100/n) · Σ (ln parameter)², the parameters being p, q−1 and
    the mean value in observed means: so the mean is finite, and few customers do not move it from what was observed.
    """
    if not spending.is_paid.any():
        return None
    loss = _Loss(spending, penalty)
    p, q, v = map(float, loss.parameters(lowest(loss, np.zeros(3)).at))
    return SpendModel(p, q, v, loss.likelihood(p, q, v)[0], loss.customers)


def spending_uncertainty(model: SpendModel, spending: Spending, *, penalty: float = PENALTY) -> Floats:
    """Covariance of ln p, ln (q−1), ln mean, shape (3, 3): how exactly these customers tell them."""
    loss = _Loss(spending, penalty)
    return covariance(loss, loss.logs(model), loss.customers)


def expected_value(model: SpendModel, spending: Spending) -> Floats:
    """Expected value of each customer's next purchase, shape (n,): (v + x·z) · p / (p·x + q − 1), note 025 (5).

    Between the customer's own mean z and that of all, the nearer to one's own the more purchases x it rests on. Who has
    paid nothing yet is expected to spend what all do.
    """
    counted = np.where(spending.is_paid, spending.purchases, 0.0)
    own = counted * spending.mean_value
    return (model.v + own) * model.p / (model.p * counted + model.q - 1)


def moved(model: SpendModel, by: Floats) -> SpendModel:
    """The model with ln p, ln (q−1), ln mean changed by so much, shape (3,)."""
    factors = np.exp(by)
    p, q = model.p * factors[0], 1 + (model.q - 1) * factors[1]
    return SpendModel(float(p), float(q), float(model.mean_value * factors[2] * (q - 1) / p), 0.0, model.customers)


class _Loss:
    """What is minimised, at ln p, ln (q−1) and the ln of the mean in observed means."""

    def __init__(self, spending: Spending, penalty: float) -> None:
        paid = spending.is_paid
        self.purchases, self.mean_value = spending.purchases[paid], spending.mean_value[paid]
        self.customers = len(self.purchases)
        self.weight = penalty * min(1.0, PENALISED / self.customers)
        self.unit = float(self.mean_value.mean())
        self.codes, self.counts = coded(self.purchases)
        self.by_count = np.bincount(self.codes)
        # Nobody who has paid has paid no times; and no gamma function is taken of 0.
        self.counts = np.maximum(self.counts, 1.0)
        self.totals = self.purchases * self.mean_value
        self.log_totals = np.log(self.totals)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        p, q, v = self.parameters(logs)
        value, (by_p, by_q, by_v) = self.likelihood(p, q, v)
        gradient = np.array([by_p * p - by_v * v, (by_q + by_v * v / (q - 1)) * (q - 1), by_v * v])
        penalised = self.weight * float(logs @ logs)
        return penalised - value / self.customers, 2 * self.weight * logs - gradient / self.customers

    def parameters(self, logs: Floats) -> Floats:
        p, rest, mean = np.exp(logs)
        return np.array([p, 1 + rest, mean * self.unit * rest / p])

    def logs(self, model: SpendModel) -> Floats:
        return np.log([model.p, model.q - 1, model.mean_value / self.unit])

    def likelihood(self, p: float, q: float, v: float) -> tuple[float, Floats]:
        """Σ ln Γ(px+q) − ln Γ(px) − ln Γ(q) + q ln v + (px−1) ln z + px ln x − (px+q) ln(xz+v); its gradient (3,)."""
        count, shapes, ends = self.customers, p * self.counts, np.log(self.totals + v)
        value = self.by_count @ (gammaln(shapes + q) - gammaln(shapes)) + count * (q * np.log(v) - gammaln(q))
        own = p * self.purchases
        value += own @ (self.log_totals - ends) - q * ends.sum() - np.log(self.mean_value).sum()
        more = digamma(shapes + q)
        by_p = self.by_count @ (self.counts * (more - digamma(shapes))) + self.purchases @ (self.log_totals - ends)
        by_q = self.by_count @ more + count * (np.log(v) - digamma(q)) - ends.sum()
        by_v = count * q / v - ((own + q) / (self.totals + v)).sum()
        return float(value), np.array([by_p, by_q, by_v])
