"""Why a score is what it is: what it would be without one thing, as figures; the words are for others."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit

from analytics.churn.customers import Customers, Floats, Integers
from analytics.churn.model import Model, log_odds_by_pause, log_quiet, probability_alive, probability_silent
from analytics.churn.rhythm import expected_gaps
from analytics.why import Why

# In log odds: below this nobody would call it a reason.
WORTH_SAYING: Final = 0.1
SURE: Final = 1e-9
NOTHING: Final = 0
# What an effect says where it speaks for keeping away, and where it speaks for coming again.
_AGAINST: Final = np.array([Why.LONG_PAUSE, Why.FEW_RETURNS, Why.SELDOM, Why.PAST_AGAINST])
_FOR: Final = np.array([Why.SHORT_PAUSE, Why.MANY_RETURNS, NOTHING, Why.PAST_FOR])


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Effects on the log odds of P(silent), shape (n, 4): the score, less what it would be without one thing.

    The pause, the returns, how seldom somebody comes (never below 0), and the shop's own past, in this order.
    """

    effects: Floats

    def strongest(self, count: int) -> Integers:
        """Each customer's reasons as `Why`, the strongest first, shape (n, count); NOTHING where none is left."""
        order = np.argsort(-np.abs(self.effects), axis=1, kind="stable")[:, :count]
        effects = np.take_along_axis(self.effects, order, axis=1)
        said = np.where(effects > 0, _AGAINST[order], _FOR[order])
        return np.where(np.abs(effects) >= WORTH_SAYING, said, NOTHING)


def reasons(model: Model, customers: Customers, horizon: float, *, recalibrated: Floats | None = None) -> Reasons:
    """Why P(silent within `horizon`) is what it is, or the `recalibrated` (n,) one, where it is shown instead.

    Each effect compares with the same customer at the end of the usual gap; with as many returns as the average; still
    certain to come within the horizon unless gone; and before the recalibration.
    """
    silent = _log_odds(probability_silent(model, customers, horizon))
    on_time = replace(customers, age=customers.last + expected_gaps(model, customers))
    gone = 1 - probability_alive(model, customers)
    moved = np.zeros(len(customers)) if recalibrated is None else _log_odds(recalibrated) - silent
    others = (
        probability_silent(model, on_time, horizon),
        _silent_with_average_returns(model, customers, horizon),
        gone,
    )
    return Reasons(np.stack([*(silent - _log_odds(each) for each in others), moved], axis=1))


def _silent_with_average_returns(model: Model, customers: Customers, horizon: float) -> Floats:
    average = np.log(model.a / (model.b + customers.repeats.mean()))
    gone = average + log_odds_by_pause(model, customers)
    return 1 + expit(-gone) * np.expm1(log_quiet(model, customers, horizon))


def _log_odds(chance: Floats) -> Floats:
    sure = chance.clip(SURE, 1 - SURE)
    return np.log(sure / (1 - sure))
