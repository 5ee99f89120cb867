"""Was the model right? Fitted to what was known at a past moment, and judged by what happened since."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.churn.customers import Customers, Floats, Integers
from analytics.churn.expecting import expected_purchases
from analytics.churn.fitting import fit
from analytics.churn.model import Model, probability_silent
from analytics.churn.recalibration import Recalibration, recalibrate

BINS: Final = 10
# An even sample of so many customers teaches the recalibration all it can learn.
SAMPLE: Final = 20_000
# Marked as at risk is whose silence is more likely than not.
AT_RISK: Final = 0.5


@dataclass(frozen=True, slots=True)
class Bin:
    """A point of the calibration plot: so many customers, their mean P(silent), and the share that was silent."""

    customers: int
    foretold: float
    happened: float


@dataclass(frozen=True, slots=True)
class Marks:
    """How many were marked as at risk and did not come back; and the same of those who were not marked."""

    marked: int
    marked_silent: int
    unmarked: int
    unmarked_silent: int

    @property
    def per_hundred(self) -> float | None:
        """Of 100 marked so many did not come back."""
        return 100 * self.marked_silent / self.marked if self.marked else None


@dataclass(frozen=True, slots=True)
class ScoreJudgement:
    """How well P(silent) foretold silence.

    auc                chance that of two customers the one who kept away had the higher score; None if all did the same
    calibration_error  mean distance of foretold and happened over the bins, weighted by customers
    """

    auc: float | None
    calibration_error: float
    bins: tuple[Bin, ...]
    marks: Marks


@dataclass(frozen=True, slots=True)
class CountJudgement:
    """How well numbers of purchases were foretold: root of the mean squared error, and mean error, per customer."""

    rmse: float
    bias: float


@dataclass(frozen=True, slots=True, eq=False)
class BackTest:
    """Judgement over the customers known at the split, over the `horizon` since. `naive` expects x/T to go on.

    `recalibrated` judges each customer by what the others taught; where nothing was learned, it and `recalibration` are
    None.
    """

    model: Model
    horizon: float
    score: ScoreJudgement
    recalibrated: ScoreJudgement | None
    recalibration: Recalibration | None
    purchases: CountJudgement
    naive: CountJudgement


def back_test(
    before: Customers,
    mean_value: Floats,
    later: Integers | Floats,
    horizon: float,
    *,
    model: Model | None = None,
    at_risk: float = AT_RISK,
) -> BackTest:
    """Fit to customers as they were known, `horizon` ago; judge by their purchases `later`. Columns of shape (n,)."""
    if not len(before):
        raise ValueError("there is no customer to judge by")
    model, was_silent = model or fit(before), (np.asarray(later) == 0).astype(np.float64)
    silent = probability_silent(model, before, horizon)
    some = slice(None, None, len(before) // SAMPLE + 1)
    learned = recalibrate(silent[some], before.of(some), mean_value[some], was_silent[some])
    return BackTest(
        model=model,
        horizon=horizon,
        score=judge_score(silent, was_silent, at_risk),
        recalibrated=judge_score(learned.unseen, was_silent[some], at_risk) if learned else None,
        recalibration=learned.recalibration if learned else None,
        purchases=judge_counts(expected_purchases(model, before, horizon), later),
        naive=judge_counts(naive_purchases(before, horizon), later),
    )


def naive_purchases(customers: Customers, horizon: float) -> Floats:
    """x/T · horizon, shape (n,): everybody goes on as before, and who was new today does nothing."""
    return np.divide(customers.repeats, customers.age, out=np.zeros(len(customers)), where=customers.age > 0) * horizon


def judge_score(silent: Floats, was_silent: Floats, at_risk: float = AT_RISK) -> ScoreJudgement:
    """Compare P(silent) with what happened (0 or 1), both of shape (n,)."""
    bins = calibration(silent, was_silent)
    error = sum(each.customers * abs(each.foretold - each.happened) for each in bins) / len(silent)
    is_marked = silent >= at_risk
    marked, silent_marked = int(is_marked.sum()), int(was_silent[is_marked].sum())
    marks = Marks(marked, silent_marked, len(silent) - marked, int(was_silent.sum()) - silent_marked)
    return ScoreJudgement(auc(silent, was_silent), error, bins, marks)


def judge_counts(expected: Floats, happened: Integers | Floats) -> CountJudgement:
    """Compare expected with actual purchases, both of shape (n,)."""
    error = expected - happened
    return CountJudgement(float(np.sqrt((error**2).mean())), float(error.mean()))


def calibration(silent: Floats, was_silent: Floats) -> tuple[Bin, ...]:
    """Bins of equally many customers, by rising score."""
    groups = np.array_split(np.argsort(silent, kind="stable"), min(BINS, len(silent)))
    return tuple(Bin(len(group), float(silent[group].mean()), float(was_silent[group].mean())) for group in groups)


def auc(scores: Floats, happened: Floats) -> float | None:
    """Area under the ROC curve by ranks (Mann, Whitney); equal scores share their ranks."""
    yes = happened.sum()
    if not 0 < yes < len(happened):
        return None
    _, which, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return float((ranks @ happened - yes * (yes + 1) / 2) / (yes * (len(happened) - yes)))
