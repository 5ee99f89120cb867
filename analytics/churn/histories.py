"""From single purchases to what the models know of each customer at a moment, and to what happened afterwards."""

from dataclasses import dataclass

import numpy as np

from analytics.churn.customers import Customers, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Purchases in any order, each column of shape (p,).

    customer  whose, any whole numbers
    at        when, as a number of days (or weeks); those at one time are one purchase
    value     what was paid, in any unit of money
    """

    customer: Integers
    at: Floats
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Who had bought by a moment, in rising order of id; `mean_value` of a customer's purchases, shape (n,)."""

    ids: Integers
    customers: Customers
    mean_value: Floats


def known(purchases: Purchases, at: float) -> Known:
    """The customers as one knew them at a moment, the purchases of that very time included."""
    until = merged(purchases, -np.inf, at)
    ids, starts, counts = np.unique(until.customer, return_index=True, return_counts=True)
    first, latest = until.at[starts], until.at[starts + counts - 1]
    gaps = np.diff(until.at, prepend=0.0)
    gaps[starts] = 1.0
    log_gaps = np.add.reduceat(np.log(gaps), starts)
    customers = Customers((counts - 1).astype(np.float64), latest - first, at - first, log_gaps)
    return Known(ids, customers, np.add.reduceat(until.value, starts) / counts)


def bought(purchases: Purchases, ids: Integers, after: float, until: float) -> Integers:
    """How often each of these customers bought after a moment and up to another one, shape (n,)."""
    between = merged(purchases, after, until)
    theirs = between.customer[np.isin(between.customer, ids)]
    return np.bincount(np.searchsorted(ids, theirs), minlength=len(ids))


def merged(purchases: Purchases, after: float, until: float) -> Purchases:
    """The purchases of a span ordered by customer and time, those of a customer at one time as one with their sum."""
    rows = np.flatnonzero((purchases.at > after) & (purchases.at <= until))
    order = rows[np.lexsort((purchases.at[rows], purchases.customer[rows]))]
    customer, at, value = purchases.customer[order], purchases.at[order], purchases.value[order]
    is_next = np.ones(len(order), dtype=bool)
    is_next[1:] = (np.diff(customer) != 0) | (np.diff(at) != 0)
    starts = np.flatnonzero(is_next)
    sums = np.add.reduceat(value, starts) if len(starts) else value
    return Purchases(customer[starts], at[starts], sums)
