"""The months and spells of some customers, drawn anew from what stands of their purchases."""

from collections.abc import Collection
from datetime import date
from typing import Final

import numpy as np

from analytics.models import FiguresState
from programs.recounting import OF_THESE, Days, Integers, days_of, recount
from tenants.postgresql.columns import Columns, Rows, beginnings, those

MONTHS: Final = Rows(
    "analytics_customermonth",
    {"customer_id": "i8", "month": "day", "days": "i2", "purchases": "i4", "total": "i8"},
    key=2,
)
SPELLS: Final = Rows(
    "analytics_spell",
    {
        "customer_id": "i8",
        "store_id": "i8?",
        "least": "i2",
        "begins_on": "day",
        "ends_on": "day",
        "first_on": "day",
        "second_on": "day?",
    },
    key=4,
)
# From which numpy counts days.
_EPOCH: Final = date(1970, 1, 1).toordinal()


def draw(customer_ids: Collection[int], state: FiguresState, *, since: date = date.min) -> None:
    """All that is known of these customers, as the shop's figures are drawn; nothing has changed before `since`."""
    together, by_store = bought(recount(customer_ids), state)
    these = {"ids": sorted(customer_ids)}
    months, month = months_of(together), since.replace(day=1)
    lately = those(months, months["month"] >= month.toordinal())
    MONTHS.replace(f"{OF_THESE} AND month >= %(month)s", these | {"month": month}, lately)
    SPELLS.replace(OF_THESE, these, spells_of(together, by_store, window_days=state.window_days))


def bought(purchases: Columns, state: FiguresState) -> tuple[Days, Days | None]:
    """On which days, over all stores together; and store by store where figures are drawn so."""
    return days_of(purchases), days_of(purchases, by_store=True) if state.by_store else None


def months_of(days: Days) -> Columns:
    """Of customers in all stores together, as `MONTHS` has them."""
    month = (days.day - _EPOCH).astype("M8[D]").astype("M8[M]")
    starts = beginnings(days.customer, month)
    return {
        "customer_id": days.customer[starts],
        "month": month[starts].astype("M8[D]").astype(np.int64) + _EPOCH,
        "days": np.diff(starts, append=len(month)),
        "purchases": np.add.reduceat(days.purchases, starts),
        "total": np.add.reduceat(days.total, starts),
    }


def spells_of(*kinds: Days | None, window_days: int) -> Columns:
    """As `SPELLS` has them."""
    spells = [of(days, window_days) for days in kinds if days is not None for of in (_once, _twice)]
    return {name: np.concatenate([each[name] for each in spells]) for name in SPELLS.kinds}


def _once(days: Days, window_days: int) -> Columns:
    """A purchase reaches over the days of the window."""
    return _joined(days, np.arange(len(days.day)), days.day + window_days, least=1)


def _twice(days: Days, window_days: int) -> Columns:
    """Two in a window reach from the later one to the end of the first one's reach."""
    ends = np.where(days.purchases > 1, days.day, days.before) + window_days
    rows = np.flatnonzero(ends > days.day)
    return _joined(days, rows, ends[rows], least=2)


def _joined(days: Days, rows: Integers, ends: Integers, *, least: int) -> Columns:
    """Reaches that overlap or touch are one spell; none ends before one that began earlier."""
    whose, begins = days.whose[rows], days.day[rows]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (whose[1:] != whose[:-1]) | (begins[1:] > ends[:-1])
    starts = np.flatnonzero(is_new)
    lasts = np.append(starts[1:], len(rows))[: len(starts)] - 1
    whose, first_rows = whose[starts], rows[starts]
    return {
        "customer_id": days.customer[first_rows],
        "store_id": days.store[first_rows],
        "least": np.full(len(starts), least),
        "begins_on": begins[starts],
        "ends_on": ends[lasts],
        "first_on": days.first_on[whose],
        "second_on": days.second_on[whose],
    }
