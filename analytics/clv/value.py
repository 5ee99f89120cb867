"""What customers will bring within a year or two, discounted to today, and within which limits."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtri

from analytics.churn.customers import Customers, Floats
from analytics.churn.expecting import expected_purchases, weighted_purchases
from analytics.churn.fitting import uncertainty
from analytics.churn.model import Model, phase_terms, probability_alive
from analytics.churn.scoring import Footing, footing_of
from analytics.clv.limits import Limits, limits_of_each
from analytics.clv.spending import Spending, SpendModel, expected_value, moved, spending_uncertainty

# Where in a horizon purchases are discounted (Gauss, Legendre): right to three in 10,000 at ten per cent a year.
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(4)
# Four times in five the truth lies between the limits.
LEVEL: Final = 0.8
# An even sample of so many customers tells how the sum varies.
SAMPLE: Final = 1_000
DRAWS: Final = 20
STEP: Final = 1e-3
# Of hardly anything expected the deviation has no limit; a limit of fifty times as much says so, too.
VAGUEST: Final = 3.0
# Nobody leaves so seldom that it could not be drawn.
SELDOM: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Terms:
    """What a euro later is worth, and what of it remains. `year` is the length of a year in the data's unit of time."""

    year: float = 365.25
    discount: float = 0.10  # a year
    margin: float | None = None  # share of revenue

    @property
    def rate(self) -> float:
        """The discount as a continuous rate per unit of time."""
        return float(np.log1p(self.discount)) / self.year


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits between which the truth lies with a probability of `level`, the model being right."""

    low: float
    high: float
    level: float = LEVEL


@dataclass(frozen=True, slots=True, eq=False)
class Prospects:
    """n customers, what they have spent, and the models of both; all in the same order."""

    model: Model
    spend: SpendModel
    customers: Customers
    spending: Spending

    def __post_init__(self) -> None:
        if len(self.customers) != len(self.spending):
            raise ValueError("the columns differ in length")

    def revenue(self, years: float, terms: Terms) -> Floats:
        """Discounted expected revenue of each, shape (n,)."""
        purchases = discounted_purchases(self.model, self.customers, years * terms.year, terms.rate)
        return purchases * expected_value(self.spend, self.spending)

    def limits(self, revenue: Floats, horizon: float) -> Limits:
        """Of what each is expected to bring."""
        return limits_of_each(self.model, self.customers, self.spend, self.spending, revenue, horizon=horizon)

    def of(self, rows: slice) -> "Prospects":
        """Some of them."""
        return replace(self, customers=self.customers.of(rows), spending=self.spending.of(rows))

    def moved(self, by: Floats) -> "Prospects":
        """The same with the logarithms of the seven parameters changed by so much, shape (7,)."""
        r, alpha, a, b = np.exp(by[:4])
        model = self.model
        model = replace(model, r=model.r * r, alpha=model.alpha * alpha, a=model.a * a, b=model.b * b)
        return replace(self, model=model, spend=moved(self.spend, by[4:]))


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """Discounted expected revenue within `years`, in the unit of money of the mean values.

    Margins are None where no margin is entered. `revenue` has shape (n,), as have its limits; both are None for fewer
    than 200 customers.
    """

    footing: Footing
    years: float
    total: float
    interval: Interval
    margin_total: float | None
    margin_interval: Interval | None
    revenue: Floats | None
    limits: Limits | None


def customer_value(prospects: Prospects, *, terms: Terms, years: float = 1.0) -> Value:
    """Of each and in all: E[value of a purchase] · discounted E[purchases] (Fader, Hardie, Lee 2005).

    The interval of the sum is ours: its variance is that of the parameters (delta method on their logarithms,
    covariance from the curvature of the likelihoods) plus that of what customers do (simulated), both taken on an even
    sample; the sum is treated as log-normal, so it has no negative limit.
    """
    revenue = prospects.revenue(years, terms)
    total, count, margin = float(revenue.sum()), len(prospects.customers), terms.margin
    relative = _relative_deviation(prospects, years, terms) if total > 0 else 0.0
    spread = float(np.exp(relative * ndtri((1 + LEVEL) / 2)))
    interval = Interval(total / spread, total * spread)
    footing = footing_of(prospects.model, count) if count else Footing.NOBODY
    tells_of_each = footing in {Footing.SOUND, Footing.DEGENERATE}
    return Value(
        footing=footing,
        years=years,
        total=total,
        interval=interval,
        margin_total=None if margin is None else total * margin,
        margin_interval=None if margin is None else Interval(interval.low * margin, interval.high * margin),
        revenue=revenue if tells_of_each else None,
        limits=prospects.limits(revenue, years * terms.year) if tells_of_each else None,
    )


def discounted_purchases(model: Model, customers: Customers, horizon: float, rate: float) -> Floats:
    """Expected purchases within `horizon`, each worth e^(−rate·t), shape (n,).

    ∫ e^(−δt) dE[X(t)] = e^(−δh) E[X(h)] + δ ∫ e^(−δt) E[X(t)] dt, the integral over four points.
    """
    if rate == 0:
        return expected_purchases(model, customers, horizon)
    times = (POINTS + 1) / 2 * horizon
    weights = rate * np.exp(-rate * times) * WEIGHTS / 2 * horizon
    last = float(np.exp(-rate * horizon))
    return weighted_purchases(model, customers, np.append(times, horizon), np.append(weights, last))


def _relative_deviation(prospects: Prospects, years: float, terms: Terms) -> float:
    """Standard deviation of the sum, as a share of it."""
    count = len(prospects.customers)
    some, undiscounted = prospects.of(slice(None, None, count // SAMPLE + 1)), replace(terms, discount=0.0)

    def total(by: Floats) -> float:
        return float(some.moved(by).revenue(years, undiscounted).sum())

    steps = np.eye(7) * STEP
    slopes = np.array([(total(step) - total(-step)) / (2 * STEP) for step in steps]) / total(np.zeros(7))
    by_model = slopes[:4] @ uncertainty(prospects.model, prospects.customers) @ slopes[:4]
    by_spend = slopes[4:] @ spending_uncertainty(prospects.spend, prospects.spending) @ slopes[4:]
    futures = _futures(some, years, terms, draws=DRAWS, seed=0)
    if not (brought := futures.mean(axis=0).sum()):
        return VAGUEST
    by_chance = futures.var(axis=0).sum() / brought**2 * len(some.customers) / count
    return min(float(np.sqrt(by_model + by_spend + by_chance)), VAGUEST)


def _futures(prospects: Prospects, years: float, terms: Terms, *, draws: int, seed: int) -> Floats:
    """Revenue in simulated futures, shape (draws, n): every unknown is drawn from what is known of the customer."""
    model, customers, horizon = prospects.model, prospects.customers, years * terms.year
    spend, spending = prospects.spend, prospects.spending
    chance = np.random.default_rng(seed)
    counts = _simulated_purchases(model, customers, horizon, draws, chance)
    paid = np.where(spending.is_paid, spending.purchases, 0.0)
    rates = chance.gamma(spend.q + spend.p * paid, size=counts.shape) / (spend.v + paid * spending.mean_value)
    spent = chance.gamma(spend.p * counts) / rates
    expected = expected_purchases(model, customers, horizon)
    discounted = discounted_purchases(model, customers, horizon, terms.rate)
    return spent * np.divide(discounted, expected, out=np.ones(len(customers)), where=expected > 0)


def _simulated_purchases(
    model: Model, customers: Customers, horizon: float, draws: int, chance: np.random.Generator
) -> Floats:
    """Purchases within `horizon`, shape (draws, n), from alive or not, phases so far, rate, phases to come, leaving."""
    size, shape, now = (draws, len(customers)), model.shape(customers.repeats), model.alpha + customers.age
    terms = np.cumsum(phase_terms(model.phases, shape, customers.pause / now), axis=0)
    phase = (chance.random(size) * terms[-1] > terms[:-1, None]).sum(axis=0)
    to_come = chance.poisson(chance.gamma(shape + phase) / now * horizon)
    leaving = chance.beta(model.a, model.b + customers.repeats + 1, size).clip(SELDOM)
    counts = np.minimum((to_come + phase) // model.phases, chance.geometric(leaving))
    return np.where(chance.random(size) < probability_alive(model, customers), counts, 0).astype(np.float64)
