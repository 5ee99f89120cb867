"""Where a loss over parameters is smallest, and how exactly the data say so."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
# At a place, the loss (per customer) and its gradient.
Loss = Callable[[Floats], tuple[float, Floats]]

# Parameters are logarithms, in natural units: nothing that means anything is further away, and nothing overflows.
FURTHEST: Final = 14.0
OPTIONS: Final = {"ftol": 1e-13, "gtol": 1e-6, "maxiter": 500}
STEP: Final = 1e-4
# A direction in which the loss hardly rises counts as known no better than this variance.
LEAST_CURVATURE: Final = 0.1


def lowest(loss: Loss, start: Floats) -> Floats:
    """Where the loss is smallest, from a start of the same shape (p,)."""
    limits = [(-FURTHEST, FURTHEST)] * len(start)
    first = start.clip(-FURTHEST, FURTHEST)
    return minimize(loss, first, jac=True, method="L-BFGS-B", bounds=limits, options=OPTIONS).x


def covariance(loss: Loss, at: Floats, customers: int) -> Floats:
    """Of the parameters at the minimum, shape (p, p): the inverse of customers · Hessian, this from differences."""
    steps = np.eye(len(at)) * STEP
    hessian = np.array([(loss(at + step)[1] - loss(at - step)[1]) / (2 * STEP) for step in steps]) * customers
    curvatures, directions = np.linalg.eigh((hessian + hessian.T) / 2)
    return (directions / np.maximum(curvatures, LEAST_CURVATURE)) @ directions.T
