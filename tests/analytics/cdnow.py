"""CDNOW as the literature uses it: 39 weeks to fit, 39 weeks to judge, purchases of one day as one."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from analytics.churn import Customers, Purchases
from analytics.churn.customers import Floats

FILE = Path(__file__).parent.parent / "data" / "cdnow_sample.csv"
MIDDLE, END = date(1997, 9, 30), date(1998, 6, 30)
WEEKS_TO_JUDGE = 39.0


@dataclass(frozen=True, eq=False)
class Cdnow:
    customers: Customers
    mean_value: Floats  # of the repeat purchases
    later: Floats  # purchases in the second half
    paid_later: Floats  # and what was paid for them


@cache
def cdnow() -> Cdnow:
    """Weeks, rounded to two decimals as in the published table: its likelihoods are those of rounded weeks."""
    rows = [_customer(days) for days in _days().values()]
    repeats, last, age, log_gaps, mean_value, later, paid_later = np.array(rows).T
    return Cdnow(Customers(repeats, last.round(2), age.round(2), log_gaps), mean_value, later, paid_later)


@cache
def purchases() -> Purchases:
    """Every single purchase, times as ordinals of the day."""
    with FILE.open() as file:
        rows = [
            (int(row["customer"]), date.fromisoformat(row["purchased_on"]).toordinal(), float(row["total"]))
            for row in csv.DictReader(file)
        ]
    customer, at, value = np.array(rows).T
    return Purchases(customer.astype(np.int64), at, value)


def _days() -> dict[str, dict[date, float]]:
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    with FILE.open() as file:
        for row in csv.DictReader(file):
            days[row["customer"]][date.fromisoformat(row["purchased_on"])] += float(row["total"])
    return days


def _customer(totals: dict[date, float]) -> tuple[float, ...]:
    days = [day for day in sorted(totals) if day <= MIDDLE]
    gaps = [(later - earlier).days / 7 for earlier, later in pairwise(days)]
    mean_value = float(np.mean([totals[day] for day in days[1:]])) if gaps else 0.0
    age, log_gaps = (MIDDLE - days[0]).days / 7, float(np.log(gaps).sum())
    paid_later = sum(total for day, total in totals.items() if day > MIDDLE)
    return len(gaps), sum(gaps), age, log_gaps, mean_value, len(totals) - len(days), paid_later
