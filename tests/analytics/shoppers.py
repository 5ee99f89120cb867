"""Invented customers who behave exactly as the model says, and what they do afterwards."""

import numpy as np

from analytics.churn import Customers, Model
from analytics.churn.customers import Floats


def model(phases: int = 1, *, r: float = 0.8, alpha: float = 20.0, a: float = 0.7, b: float = 2.5) -> Model:
    return Model(phases, r, alpha, a, b, log_likelihood=0.0, customers=0)


def shoppers(behaviour: Model, count: int, *, horizon: float = 0.0, seed: int = 1) -> tuple[Customers, Floats]:
    """Customers known for up to a year, and how often each of them comes within `horizon` afterwards."""
    chance = np.random.default_rng(seed)
    rows = [_shopper(behaviour, age, horizon, chance) for age in chance.integers(30, 365, count)]
    repeats, last, age, log_gaps, later = np.array(rows).T
    return Customers(repeats, last, age, log_gaps), later


def _shopper(behaviour: Model, age: float, horizon: float, chance: np.random.Generator) -> tuple[float, ...]:
    rate, leaving = chance.gamma(behaviour.r) / behaviour.alpha, chance.beta(behaviour.a, behaviour.b)
    now, repeats, last, log_gaps, later = 0.0, 0, 0.0, 0.0, 0
    while chance.random() >= leaving:
        gap = chance.gamma(behaviour.phases) / max(rate, 1e-9)
        now += gap
        if now > age + horizon:
            break
        if now > age:
            later += 1
        else:
            repeats, last, log_gaps = repeats + 1, now, log_gaps + float(np.log(gap))
    return repeats, last, age, log_gaps, later


def one(repeats: float, last: float, age: float) -> Customers:
    return Customers(np.array([repeats]), np.array([last]), np.array([age]))
