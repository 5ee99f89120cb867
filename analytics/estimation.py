"""Where a loss over parameters is smallest, and how exactly the data say so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
# At a place, the loss (per customer) and its gradient.
Loss = Callable[[Floats], tuple[float, Floats]]

# Parameters are logarithms, in natural units: nothing that means anything is further away, and nothing overflows.
FURTHEST: Final = 14.0
# By which part of itself the loss may still fall.
EXACT: Final = 1e-13
ROUGH: Final = 1e-6
GRADIENT: Final = 1e-6
STEPS: Final = 500
STEP: Final = 1e-4
# A direction in which the loss hardly rises counts as known no better than this variance.
LEAST_CURVATURE: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Lowest:
    """Parameters of shape (p,), and the loss there."""

    at: Floats
    loss: float


def lowest(loss: Loss, start: Floats, *, precision: float = EXACT) -> Lowest:
    """Where the loss is smallest, from a start of the same shape (p,)."""
    return _lowest(loss, start.clip(-FURTHEST, FURTHEST), precision)


def lowest_near(loss: Loss, start: Floats, *, spread: Floats) -> Lowest:
    """The same from a start near by, with a `spread` of shape (p, p): the covariance of a single customer, or about.

    Measured in it the loss rises alike in all directions, so that a handful of steps leads down; where they lead beyond
    the limits, small ones are taken.
    """
    variances, directions = np.linalg.eigh(spread)
    steps = directions * np.sqrt(variances.clip(0, FURTHEST**2))

    def measured(at: Floats) -> tuple[float, Floats]:
        value, gradient = loss(start + steps @ at)
        return value, gradient @ steps

    found = _lowest(measured, np.zeros_like(start), EXACT)
    at = start + steps @ found.at
    return Lowest(at, found.loss) if (np.abs(at) <= FURTHEST).all() else lowest(loss, start)


def _lowest(loss: Loss, start: Floats, precision: float) -> Lowest:
    limits = [(-FURTHEST, FURTHEST)] * len(start)
    options = {"ftol": precision, "gtol": GRADIENT, "maxiter": STEPS}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options=options)
    return Lowest(found.x, float(found.fun))


def covariance(loss: Loss, at: Floats, customers: int) -> Floats:
    """Of the parameters at the minimum, shape (p, p): the inverse of customers · Hessian, this from differences."""
    steps = np.eye(len(at)) * STEP
    hessian = np.array([(loss(at + step)[1] - loss(at - step)[1]) / (2 * STEP) for step in steps]) * customers
    curvatures, directions = np.linalg.eigh((hessian + hessian.T) / 2)
    return (directions / np.maximum(curvatures, LEAST_CURVATURE)) @ directions.T
