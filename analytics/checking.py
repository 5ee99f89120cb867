"""Holding the model against what happened: fitted to what was known a window ago, judged by who has come since."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from analytics.churn import BackTest, Purchases, Recalibration, back_test, bought, known
from analytics.groups import ESTIMATED_FROM
from analytics.models import ModelCheck
from customers.scoring import UNSCORED
from programs.customer_stats import STANDS
from tenants.postgresql.columns import read_columns

# Where days are counted from.
ZERO: Final = date(2000, 1, 1)
_READ: Final = f"""
    SELECT p.customer_id, p.purchased_on - %(zero)s AS day, sum(p.total - p.returned_total) AS total
      FROM programs_purchase AS p
     WHERE {STANDS} AND p.purchased_on < %(today)s
       AND p.customer_id IS NOT NULL AND p.customer_id NOT IN ({UNSCORED})
     GROUP BY p.customer_id, p.purchased_on
"""  # noqa: S608 - a condition of our own
_COLUMNS: Final = {"customer_id": "i8", "day": "i4", "total": "i8"}


def check_model(*, window_days: int, today: date, now: datetime) -> ModelCheck | None:
    """Of the days up to yesterday; None in a shop that knew too few customers a window ago. Safe to repeat."""
    rows = read_columns(_READ, _COLUMNS, {"today": today, "zero": ZERO})
    purchases = Purchases(rows["customer_id"], rows["day"].astype(np.float64), rows["total"].astype(np.float64))
    until = (today - ZERO - timedelta(days=1)).days
    then = known(purchases, at=until - window_days)
    if len(then.ids) < ESTIMATED_FROM:
        return None
    later = bought(purchases, then.ids, after=until - window_days, until=until)
    test = back_test(then.customers, then.mean_value, later, float(window_days))
    check, _created = ModelCheck.objects.update_or_create(
        day=today, defaults={"window_days": window_days, "ran_at": now, **_stored(test)}
    )
    return check


def recalibration_of(check: ModelCheck | None) -> Recalibration | None:
    if check is None or check.recalibration is None:
        return None
    slopes, means, spreads = (np.array(check.recalibration[name]) for name in ("slopes", "means", "spreads"))
    return Recalibration(check.recalibration["intercept"], slopes, means, spreads)


def _stored(test: BackTest) -> dict[str, Any]:
    """By the corrected scores where there are such, because those are shown; in a large shop they are of a sample."""
    judged = test.recalibrated or test.score
    learned = test.recalibration
    return {
        "customers": judged.marks.marked + judged.marks.unmarked,
        **asdict(judged.marks),
        "judgement": {
            "auc": judged.auc,
            "calibration_error": judged.calibration_error,
            "bins": [asdict(each) for each in judged.bins],
            "purchases": asdict(test.purchases),
            "naive": asdict(test.naive),
        },
        "recalibration": learned
        and {
            "intercept": learned.intercept,
            "slopes": learned.slopes.tolist(),
            "means": learned.means.tolist(),
            "spreads": learned.spreads.tolist(),
        },
    }
