"""What a shop's own past says about the score: a logistic regression on what came true of the scores of back then."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, xlogy

from analytics.churn.customers import Customers, Floats, Integers

# With no more customers than this, five slopes would fit to chance.
ENOUGH: Final = 500
# Each outcome has to have happened so often.
EITHER: Final = 50
FOLDS: Final = 5
# Ridge on the slopes of standardised features: as much as one more customer at random.
RIDGE: Final = 1.0
STEPS: Final = 30
SURE: Final = 1e-6
FEATURES: Final = ("score", "recency", "frequency", "age", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Recalibration:
    """Log odds of silence as a sum: `intercept` plus `slopes` (5,) times the features, less `means`, by `spreads`.

    The features are the model's log odds of silence, and the logarithms of 1 + pause, repeats, age and mean value.
    """

    intercept: float
    slopes: Floats
    means: Floats
    spreads: Floats

    def __call__(self, silent: Floats, customers: Customers, mean_value: Floats) -> Floats:
        """The recalibrated P(silent), shape (n,), of the model's and the customers'."""
        return self.of(features(silent, customers, mean_value))

    def of(self, columns: Floats) -> Floats:
        """P(silent) of shape (n,) for features of shape (n, 5)."""
        return expit(self.intercept + ((columns - self.means) / self.spreads) @ self.slopes)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A recalibration, and P(silent) of shape (n,) as each customer gets it from the others: to judge it by."""

    recalibration: Recalibration
    unseen: Floats


def recalibrate(
    silent: Floats, customers: Customers, mean_value: Floats, was_silent: Floats, *, seed: int = 0
) -> Learned | None:
    """Learn from a back-test: `silent` foretold, `was_silent` (0 or 1) happened, all of shape (n,).

    None where there are too few customers, or where the scores as they were foretold those not learned from better.
    """
    happened = float(was_silent.sum())
    if len(customers) <= ENOUGH or min(happened, len(customers) - happened) < EITHER:
        return None
    columns = features(silent, customers, mean_value)
    folds = np.random.default_rng(seed).permutation(len(customers)) % FOLDS
    unseen = np.empty(len(customers))
    for fold in range(FOLDS):
        unseen[folds == fold] = _fit(columns[folds != fold], was_silent[folds != fold]).of(columns[folds == fold])
    if log_loss(unseen, was_silent) >= log_loss(silent, was_silent):
        return None
    return Learned(_fit(columns, was_silent), unseen)


def features(silent: Floats, customers: Customers, mean_value: Floats) -> Floats:
    """The five columns of `FEATURES`, shape (n, 5)."""
    sure = silent.clip(SURE, 1 - SURE)
    amounts = (customers.pause, customers.repeats, customers.age, mean_value.clip(0))
    return np.stack([np.log(sure / (1 - sure)), *map(np.log1p, amounts)], axis=1)


def log_loss(foretold: Floats, happened: Floats) -> float:
    """Mean −ln of the probability given to what happened."""
    sure = foretold.clip(SURE, 1 - SURE)
    return float(-(xlogy(happened, sure) + xlogy(1 - happened, 1 - sure)).mean())


def _fit(columns: Floats, happened: Integers | Floats) -> Recalibration:
    """Newton's method on the penalised likelihood, which has one maximum."""
    means, spreads = columns.mean(axis=0), columns.std(axis=0)
    spreads[spreads == 0] = 1.0
    design = np.column_stack([np.ones(len(columns)), (columns - means) / spreads])
    ridge = np.diag([0.0] + [RIDGE] * columns.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        foretold = expit(design @ weights)
        curvature = design.T @ (design * (foretold * (1 - foretold))[:, None]) + ridge
        step = np.linalg.solve(curvature, design.T @ (happened - foretold) - ridge @ weights)
        weights = weights + step
        if np.abs(step).max() < SURE:
            break
    return Recalibration(float(weights[0]), weights[1:], means, spreads)
