"""What customers have bought, counted from the purchases themselves: at night, in columns, for many at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from programs.customer_stats import STANDS
from tenants.postgresql.columns import MISSING, Columns, Rows, beginnings, read_columns

Integers = NDArray[np.int64]

_READ: Final = f"""
    SELECT customer_id, store_id, purchased_on AS day, total - returned_total AS total
      FROM programs_purchase WHERE {{whose}} AND {STANDS}
"""  # noqa: S608 - a condition of our own
_KINDS: Final = {"customer_id": "i8", "store_id": "i8?", "day": "day", "total": "i8"}
OF_THESE: Final = "customer_id = ANY(%(ids)s)"
_LOCK: Final = f"SELECT FROM ledger_account WHERE {OF_THESE} ORDER BY id FOR NO KEY UPDATE"
STATS: Final = Rows(
    "programs_customerstat",
    {
        "customer_id": "i8",
        "purchases": "i4",
        "days": "i4",
        "first_on": "day",
        "last_on": "day",
        "second_on": "day?",
        "total": "i8",
        "first_total": "i8",
        "log_gaps": "f8",
    },
    key=1,
)


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """On which days customers have bought, in a store or in all of them, each column of shape (n,).

    Ordered by customer, store and day. `store` is MISSING where all are meant, `before` where there is no earlier day.
    `starts` says where each customer begins, or each customer of a store, shape (m,); `whose` to which of these a row
    belongs, `ends` where each of them is over.
    """

    customer: Integers
    store: Integers
    day: Integers
    purchases: Integers
    total: Integers
    before: Integers
    starts: Integers
    whose: Integers

    @property
    def ends(self) -> Integers:
        return np.append(self.starts[1:], len(self.day))[: len(self.starts)]

    @property
    def first_on(self) -> Integers:
        return self.day[self.starts]

    @property
    def second_on(self) -> Integers:
        """The day of the second purchase, which may be the first day again, shape (m,); MISSING where there is none."""
        next_day = np.where(self.ends - self.starts > 1, np.append(self.day, MISSING)[self.starts + 1], MISSING)
        return np.where(self.purchases[self.starts] > 1, self.first_on, next_day)


def read_purchases(whose: str, params: Mapping[str, Any]) -> Columns:
    """What stands of some customers' purchases, in any order."""
    return read_columns(_READ.format(whose=whose), _KINDS, params)


def days_of(purchases: Columns, *, by_store: bool = False) -> Days:
    """`by_store` leaves out what was bought in none."""
    customer, store, day, total = (purchases[name] for name in _KINDS)
    if by_store:
        customer, store, day, total = (column[store != MISSING] for column in (customer, store, day, total))
    else:
        store = np.full(len(customer), MISSING)
    order = np.lexsort((day, store, customer))
    customer, store, day, total = (column[order] for column in (customer, store, day, total))
    firsts = beginnings(customer, store, day)
    customer, store, day = customer[firsts], store[firsts], day[firsts]
    starts = beginnings(customer, store)
    is_first = np.zeros(len(day), dtype=np.int64)
    is_first[starts] = 1
    return Days(
        customer=customer,
        store=store,
        day=day,
        purchases=np.diff(firsts, append=len(total)),
        total=np.add.reduceat(total, firsts),
        before=np.where(is_first, MISSING, np.roll(day, 1)),
        starts=starts,
        whose=np.cumsum(is_first) - 1,
    )


def stats_of(days: Days) -> Columns:
    """Of each customer, as `STATS` has them."""
    gaps = np.where(days.before == MISSING, 1, days.day - days.before)
    return {
        "customer_id": days.customer[days.starts],
        "purchases": np.add.reduceat(days.purchases, days.starts),
        "days": days.ends - days.starts,
        "first_on": days.first_on,
        "last_on": days.day[days.ends - 1],
        "second_on": days.second_on,
        "total": np.add.reduceat(days.total, days.starts),
        "first_total": days.total[days.starts],
        "log_gaps": np.add.reduceat(np.log(gaps), days.starts),
    }


def recount(customer_ids: Collection[int]) -> Columns:
    """Count these customers anew from what they have bought, which is answered.

    Their accounts are locked, so that no award is lost.
    """
    these = {"ids": sorted(customer_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, these)
    purchases = read_purchases(OF_THESE, these)
    STATS.replace(OF_THESE, these, stats_of(days_of(purchases)))
    return purchases
