"""Why a score is what it is: what it would be without one thing, as figures; the words are for others."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from analytics.churn.customers import Customers, Floats
from analytics.churn.model import Model, log_odds_by_pause, log_quiet, probability_alive, probability_silent
from analytics.churn.rhythm import Rhythm

# In log odds: below this nobody would call it a reason.
WORTH_SAYING: Final = 0.1
SURE: Final = 1e-9


class Reason(StrEnum):
    """What may speak for keeping away (effect above 0) or for coming again (below 0)."""

    PAUSE = "pause"  # away for longer, or not yet as long, as usual
    RETURNS = "returns"  # came back less often, or more often, than customers do on average
    SELDOM = "seldom"  # comes so seldom that a silent horizon says little; never below 0
    EXPERIENCE = "experience"  # what became of similar customers of this shop, by its back-test


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Effects on the log odds of P(silent), shape (n, 4), in the order of `Reason`: the score, less without it."""

    effects: Floats

    def of(self, row: int) -> tuple[tuple[Reason, float], ...]:
        """A customer's reasons that are worth saying, the strongest first."""
        pairs = zip(Reason, map(float, self.effects[row]), strict=True)
        return tuple(sorted((pair for pair in pairs if abs(pair[1]) >= WORTH_SAYING), key=lambda pair: -abs(pair[1])))

    def strongest(self, reason: Reason) -> NDArray[np.bool_]:
        """Whose strongest reason for keeping away this is, as mask of shape (n,)."""
        column = list(Reason).index(reason)
        return (self.effects.argmax(axis=1) == column) & (self.effects[:, column] >= WORTH_SAYING)


def reasons(
    model: Model, customers: Customers, horizon: float, usual: Rhythm, *, recalibrated: Floats | None = None
) -> Reasons:
    """Why P(silent within `horizon`) is what it is, or the `recalibrated` (n,) one, where it is shown instead.

    Each effect compares with the same customer at the end of the usual gap; with as many returns as the average; still
    certain to come within the horizon unless gone; and before the recalibration.
    """
    silent = _log_odds(probability_silent(model, customers, horizon))
    on_time = replace(customers, age=customers.last + usual.usual_gap)
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
