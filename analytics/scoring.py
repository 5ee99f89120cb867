"""Scoring all customers of a shop: their columns out of the database, through the models, and back what has moved."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from analytics.checking import recalibration_of
from analytics.churn import Customers, Model, Recalibration, Scores, fit, reasons, score
from analytics.clv import Prospects, Spending, SpendModel, Terms, Value, customer_value, fit_spending
from analytics.groups import Group
from analytics.models import ScoringRun
from analytics.queries import newest_check
from analytics.rfm import Floats, Groups, Habits, groups, usual_gaps
from customers.scoring import UNSCORED
from tenants.postgresql.columns import MISSING, Columns, Rows, read_columns

# Of whoever may be scored. A purchase that is dated ahead of the day counts as made on it.
_READ: Final = f"""
    SELECT s.customer_id, s.days, s.total, s.first_total, s.log_gaps,
           least(s.last_on, %(today)s) - least(s.first_on, %(today)s) AS span,
           %(today)s - least(s.first_on, %(today)s) AS age
      FROM programs_customerstat AS s
     WHERE s.customer_id NOT IN ({UNSCORED})
"""  # noqa: S608 - a condition of our own
_KNOWN: Final = {
    "customer_id": "i8",
    "days": "i4",
    "total": "i8",
    "first_total": "i8",
    "log_gaps": "f8",
    "span": "i4",
    "age": "i4",
}
SCORES: Final = Rows(
    "analytics_customerscore",
    {
        "customer_id": "i8",
        "group_code": "i2",
        "recency": "i2",
        "frequency": "i2",
        "money": "i2",
        "gap_days": "i2?",
        "silent_percent": "i2?",
        "expected": "i8?",
        "expected_low": "i8?",
        "expected_high": "i8?",
        "reason": "i2?",
        "second_reason": "i2?",
    },
    key=1,
)
_ESTIMATES: Final = ("silent_percent", "expected", "expected_low", "expected_high", "reason", "second_reason")


@dataclass(frozen=True, slots=True)
class Scored:
    """`columns` are rows of `CustomerScore`, as they travel; `together` is what a `ScoringRun` says of all of them."""

    columns: Columns
    together: dict[str, Any]


def score_customers(*, window_days: int, today: date, now: datetime) -> ScoringRun:
    """Score everybody who has bought; safe to repeat. In the shop whose scope is open."""
    check = newest_check(window_days=window_days)
    known = read_columns(_READ, _KNOWN, {"today": today})
    scored = score_columns(known, window_days=window_days, recalibration=recalibration_of(check))
    SCORES.replace("true", {}, scored.columns)
    run, _created = ScoringRun.objects.update_or_create(
        day=today,
        defaults={"window_days": window_days, "model_check": check, "ran_at": now, **scored.together},
    )
    return run


def score_columns(known: Columns, *, window_days: int, recalibration: Recalibration | None = None) -> Scored:
    """Of these customers, wherever they were read from."""
    habits = _habits(known)
    grouped = groups(habits, window_days=window_days)
    customers = _customers(known)
    model = fit(customers) if len(customers) else None
    scores = score(
        customers,
        float(window_days),
        model=model,
        recalibration=recalibration if len(customers) else None,
        mean_value=known["total"] / np.maximum(known["days"], 1),
    )
    value, spend = _value(known, customers, model)
    together = {
        "customers": len(customers),
        "footing": scores.footing,
        "parameters": _parameters(known, model, spend),
        "groups": _sums(known, grouped),
        **_limits(value),
    }
    return Scored(_columns(known, habits, grouped, _estimates(customers, scores, value)), together)


def _habits(known: Columns) -> Habits:
    return Habits(
        days=known["days"],
        age=known["age"],
        pause=known["age"] - known["span"],
        total=known["total"],
        gap=usual_gaps(known["days"], known["log_gaps"]),
    )


def _customers(known: Columns) -> Customers:
    return Customers(known["days"] - 1, known["span"], known["age"], known["log_gaps"])


def _value(known: Columns, customers: Customers, model: Model | None) -> tuple[Value | None, SpendModel | None]:
    """By what was paid after the first day, as the model is published; None where nobody has come again and paid."""
    repeats = known["days"] - 1
    paid = known["total"] - known["first_total"]
    spending = Spending(repeats, np.divide(paid, repeats, out=np.zeros(len(repeats)), where=repeats > 0))
    spend = fit_spending(spending) if len(customers) else None
    if model is None or spend is None:
        return None, spend
    return customer_value(Prospects(model, spend, customers, spending), terms=Terms()), spend


def _estimates(customers: Customers, scores: Scores, value: Value | None) -> dict[str, Any]:
    """What is said of single customers, and why; nothing in a shop with too few of them."""
    if scores.model is None or scores.silent is None or value is None or value.revenue is None or value.limits is None:
        return dict.fromkeys(_ESTIMATES, MISSING)
    recalibrated = scores.silent if scores.is_recalibrated else None
    expected = _rough(value.revenue, np.rint)
    said = reasons(scores.model, customers, scores.horizon, recalibrated=recalibrated).strongest(2)
    return {
        "silent_percent": np.clip(5 * np.rint(20 * scores.silent), 1, 99),
        "expected": expected,
        "expected_low": _rough(value.limits.low, np.floor),
        "expected_high": np.where(value.limits.high > value.revenue, _rough(value.limits.high, np.ceil), expected),
        "reason": np.where(said[:, 0], said[:, 0], MISSING),
        "second_reason": np.where(said[:, 1], said[:, 1], MISSING),
    }


def _rough(amounts: Floats, rounded: Callable[[Floats], Floats]) -> Floats:
    """To half a digit (300, 350, 400): no estimate is surer than that, and a night writes only whose has moved."""
    steps = np.maximum(10.0 ** np.floor(np.log10(np.maximum(amounts, 1))) / 2, 1)
    return rounded(amounts / steps) * steps


def _columns(known: Columns, habits: Habits, grouped: Groups, estimates: dict[str, Any]) -> Columns:
    columns = {
        "customer_id": known["customer_id"],
        "group_code": grouped.group,
        "recency": grouped.recency,
        "frequency": grouped.frequency,
        "money": grouped.money,
        "gap_days": np.nan_to_num(np.rint(habits.gap), nan=MISSING),
        **estimates,
    }
    return {name: np.broadcast_to(values, len(habits)).astype(np.int64) for name, values in columns.items()}


def _parameters(known: Columns, model: Model | None, spend: SpendModel | None) -> dict[str, Any]:
    """Of both models; `days` is on how many a customer has come on average, which reasons compare with."""
    return {
        "coming": asdict(model) if model else None,
        "spending": asdict(spend) if spend else None,
        "days": round(float(known["days"].mean()), 1) if model else None,
    }


def _sums(known: Columns, grouped: Groups) -> dict[str, dict[str, int]]:
    found = {}
    for group in Group:
        theirs = grouped.group == group
        found[str(int(group))] = {"customers": int(theirs.sum()), "total": int(known["total"][theirs].sum())}
    return found


def _limits(value: Value | None) -> dict[str, int]:
    if value is None:
        return {"expected": 0, "expected_low": 0, "expected_high": 0}
    low, total, high = (round(each) for each in (value.interval.low, value.total, value.interval.high))
    return {"expected": total, "expected_low": low, "expected_high": high}
