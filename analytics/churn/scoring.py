"""The nightly answer: who is still a customer, who will keep away, who comes how often; and how far to believe it."""

from dataclasses import dataclass
from enum import StrEnum

from analytics.churn.customers import Customers, Floats
from analytics.churn.expecting import expected_purchases
from analytics.churn.fitting import fit
from analytics.churn.model import Model, probability_alive, probability_silent
from analytics.churn.recalibration import Recalibration
from analytics.groups import ESTIMATED_FROM


class Footing(StrEnum):
    """What the scores stand on."""

    NOBODY = "nobody"
    FEW = "few"
    DEGENERATE = "degenerate"
    SOUND = "sound"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Customers as they stand now. `silent` and `expected` are about the next `horizon`, in the data's unit of time.

    The columns have shape (n,), and are None below `ESTIMATED_FROM` customers: then there are sums only.
    `is_recalibrated` says whether the shop's own past has moved `silent`.
    """

    footing: Footing
    horizon: float
    customers: int
    model: Model | None
    alive_in_all: float
    silent_in_all: float
    expected_in_all: float
    alive: Floats | None
    silent: Floats | None
    expected: Floats | None
    is_recalibrated: bool = False


def score(
    customers: Customers,
    horizon: float,
    *,
    model: Model | None = None,
    recalibration: Recalibration | None = None,
    mean_value: Floats | None = None,
) -> Scores:
    """Scores of these customers by a model, or by the one that fits them.

    With the recalibration of a back-test over the same horizon, and the mean value of each customer's purchases (n,),
    `silent` follows it.
    """
    if not len(customers):
        return Scores(Footing.NOBODY, horizon, 0, model, 0.0, 0.0, 0.0, None, None, None)
    model = model or fit(customers)
    alive, silent = probability_alive(model, customers), probability_silent(model, customers, horizon)
    expected = expected_purchases(model, customers, horizon)
    if recalibration is not None:
        if mean_value is None:
            raise ValueError("a recalibration needs the mean values")
        silent = recalibration(silent, customers, mean_value)
    footing = footing_of(model, len(customers))
    is_few = footing is Footing.FEW
    return Scores(
        footing=footing,
        horizon=horizon,
        customers=len(customers),
        model=model,
        alive_in_all=float(alive.sum()),
        silent_in_all=float(silent.sum()),
        expected_in_all=float(expected.sum()),
        alive=None if is_few else alive,
        silent=None if is_few else silent,
        expected=None if is_few else expected,
        is_recalibrated=recalibration is not None,
    )


def footing_of(model: Model, customers: int) -> Footing:
    """How far scores of so many customers by this model are to be believed."""
    if customers < ESTIMATED_FROM:
        return Footing.FEW
    return Footing.DEGENERATE if model.is_degenerate else Footing.SOUND
