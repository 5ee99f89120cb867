"""After how many days a customer usually comes again, also where there is no rhythm of their own yet."""

import numpy as np
from scipy.special import betaincinv

from analytics.churn.customers import Customers, Floats, coded
from analytics.churn.model import Model
from analytics.rfm import usual_gaps


def expected_gaps(model: Model, customers: Customers) -> Floats:
    """The usual gap of each customer who has one, and otherwise what the model takes it for; shape (n,)."""
    gaps = model_gap(model, customers)
    if customers.log_gaps is None:
        return gaps
    own = usual_gaps(customers.repeats + 1, customers.log_gaps)
    return np.where(np.isnan(own), gaps, own)


def model_gap(model: Model, customers: Customers) -> Floats:
    """The median of the next gap as it was foreseen at the last purchase, shape (n,).

    By then the rate is gamma (r+kx, α+t_x), so that gap / (gap + α + t_x) is beta (k, r+kx).
    """
    codes, repeats = coded(customers.repeats)
    middle = betaincinv(model.phases, model.shape(repeats), 0.5)[codes]
    return (model.alpha + customers.last) * middle / (1 - middle)
