"""Fitting the models and saying what they say, by the product and by `lifetimes`, of the same customers."""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from analytics.churn import Customers, fit, probability_alive
from analytics.churn.expecting import expected_purchases
from devtools.bench.analytics.past import TODAY
from devtools.bench.rows import superuser

HORIZON: Final = 90.0
ROUNDS: Final = 9
# As little as keeps the fit of `lifetimes` from running away.
PENALTY: Final = 1e-5
# Of more, once is enough to see what `lifetimes` takes.
FEW: Final = 100_000


def all_customers() -> Customers:
    """Of all shops together."""
    with superuser() as database:
        rows = database.execute(
            "SELECT days - 1, last_on - first_on, %s - first_on, log_gaps FROM programs_customerstat ORDER BY id",
            [TODAY],
        ).fetchall()
    repeats, span, age, log_gaps = np.array(rows, dtype=np.float64).T
    return Customers(repeats, span, age, log_gaps)


def compare(customers: Customers) -> tuple[float, float]:
    """Processor seconds of the product and of `lifetimes`, in turns."""
    rounds = ROUNDS if len(customers) <= FEW else 1
    pairs = [(seconds(lambda: ours(customers)), seconds(lambda: theirs(customers))) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def ours(customers: Customers) -> Any:
    """Also chooses between kinds of rhythm, which `lifetimes` does not have."""
    model = fit(customers)
    return probability_alive(model, customers), expected_purchases(model, customers, HORIZON)


def theirs(customers: Customers) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ModifiedBetaGeoFitter

        history = customers.repeats, customers.last, customers.age
        fitter = ModifiedBetaGeoFitter(penalizer_coef=PENALTY)
        fitter.fit(*history)
        return (
            fitter.conditional_probability_alive(*history),
            fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON, *history),
        )


def seconds(act: Callable[[], object]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before
