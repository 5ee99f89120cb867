"""How many customers were active on each of many days, in one sweep over their spells.

Whoever is counted for a stretch of days adds one where it begins and takes one off where it ends; the running sum is
the figure of a day. Of the active, those have been kept over a span who were active before it too: where a spell and
one that is moved on by the span overlap.

From one day to the next only of those something changes who buy for the second time, or of whom a spell begins or ends
or did so a span before: the figures of a day are drawn from those of the day before and from these customers.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from analytics.models.figures import SPANS
from analytics.rollups.customers import SPELLS
from analytics.rollups.days import ONE_DAY, days_from
from programs.recounting import Integers
from tenants.postgresql.columns import MISSING, Columns, Rows, those

NAMES: Final = (
    *("bought", "bought_again", "active", "active_again"),
    *(f"{what}_{span}" for span in SPANS for what in ("kept", "new")),
)
BASE: Final = Rows("analytics_basefigures", {"day": "day", "store_id": "i8?", **dict.fromkeys(NAMES, "i4")}, key=2)
OF_DAYS: Final = "day BETWEEN %(first)s AND %(last)s"
# Of whom a spell begins or ends on one of these days. A second purchase may do neither, but make the first one last.
_MOVING: Final = """
    customer_id IN (
        SELECT customer_id FROM analytics_spell
         WHERE begins_on = ANY(%(days)s) OR ends_on = ANY(%(days)s) OR second_on = ANY(%(days)s)
    )
"""
# So many hold a day.
_DAY_BITS: Final = 22


def draw_base(*, first: date, last: date) -> None:
    """All days from the first to the last, in place of what was known of them; the day before is drawn already."""
    eve = first - ONE_DAY
    days = days_from(first, until=last + ONE_DAY)
    moving = {"days": sorted({day - span * ONE_DAY for day in days for span in (0, *SPANS)})}
    known = BASE.read(OF_DAYS, {"first": eve, "last": eve})
    sweep = _Sweep.over(SPELLS.read(_MOVING, moving), known["store_id"], first=eve, last=last)
    at = np.searchsorted(sweep.stores, known["store_id"])
    sums = {}
    for name, since in sweep.sums().items():
        sums[name] = since[:, 1:] - since[:, :1]
        sums[name][at] += known[name][:, None]
    BASE.replace(OF_DAYS, {"first": first, "last": last}, _rows(sweep.stores, sums, first=first))


def base_of(*, first: date, last: date) -> Columns:
    """From all spells as they are drawn, as `BASE` has it."""
    sweep = _Sweep.over(SPELLS.read("true", {}), [], first=first, last=last)
    return _rows(sweep.stores, sweep.sums(), first=first)


def _rows(stores: Integers, sums: dict[str, Integers], *, first: date) -> Columns:
    """Of a store from its first customer on."""
    is_told = (stores == MISSING)[:, None] | (sums["bought"] > 0)
    place, day = np.nonzero(is_told)
    return {"day": first.toordinal() + day, "store_id": stores[place]} | {name: sums[name][is_told] for name in NAMES}


@dataclass(frozen=True, slots=True, eq=False)
class _Sweep:
    """Spells of one purchase and of two, over stores of which the first is all of them together."""

    first: int
    last: int
    stores: Integers
    once: Columns
    again: Columns

    @classmethod
    def over(cls, spells: Columns, stores: ArrayLike, *, first: date, last: date) -> "_Sweep":
        """Of these stores and those of the spells."""
        stores, places = np.unique(np.concatenate([[MISSING], stores, spells["store_id"]]), return_inverse=True)
        at = places[len(places) - len(spells["store_id"]) :]
        _customers, codes = np.unique(spells["customer_id"], return_inverse=True)
        placed = spells | {"place": at, "whose": codes * len(stores) + at}
        once, again = (those(placed, spells["least"] == least) for least in (1, 2))
        return cls(first.toordinal(), last.toordinal(), stores, once, again)

    def sums(self) -> dict[str, Integers]:
        """By name of the figure, each of shape (stores, days)."""
        once, again = self.once, self.again
        begun = those(once, once["begins_on"] == once["first_on"])
        ever_again = those(begun, begun["second_on"] != MISSING)
        found = {
            "bought": self._sums(begun["place"], begun["first_on"]),
            "bought_again": self._sums(ever_again["place"], ever_again["second_on"]),
            "active": self._sums(once["place"], once["begins_on"], once["ends_on"]),
            "active_again": self._sums(again["place"], again["begins_on"], again["ends_on"]),
        }
        for span in SPANS:
            new_until = np.minimum(once["ends_on"], once["first_on"] + span)
            found[f"kept_{span}"] = self._sums(*self._kept(span))
            found[f"new_{span}"] = self._sums(
                once["place"], once["begins_on"], np.maximum(new_until, once["begins_on"])
            )
        return found

    def _kept(self, span: int) -> tuple[Integers, Integers, Integers]:
        """Where somebody is active and was so a span before: places, and where these stretches begin and end.

        Beginnings and ends of both in the order of customers and days: two are open where they overlap. What ends on a
        day does so before anything begins.
        """
        sides = []
        for moved in (0, span):
            begins, ends = self.once["begins_on"] + moved, self.once["ends_on"] + moved
            near = (begins <= self.last) & (ends > self.first)
            whose = self.once["whose"][near] << _DAY_BITS
            sides += [(whose + begins[near]) << 1 | 1, (whose + ends[near]) << 1]
        events = np.sort(np.concatenate(sides))
        is_begin = events & 1
        opened = np.cumsum(2 * is_begin - 1)
        day, place = events >> 1 & (1 << _DAY_BITS) - 1, (events >> 1 + _DAY_BITS) % len(self.stores)
        both, no_more = (is_begin == 1) & (opened == 2), (is_begin == 0) & (opened == 1)
        return place[both], day[both], day[no_more]

    def _sums(self, place: Integers, begins: Integers, ends: Integers | None = None) -> Integers:
        """How many stretches lie over each day, shape (stores, days); those without an end go on."""
        changes = self._counts(place, begins)
        if ends is not None:
            changes = changes - self._counts(place, ends)
        return changes.cumsum(axis=1)[:, :-1]

    def _counts(self, place: Integers, days: Integers) -> Integers:
        width = self.last - self.first + 2
        cells = place * width + (days - self.first).clip(0, width - 1)
        return np.bincount(cells, minlength=len(self.stores) * width).reshape(-1, width)
