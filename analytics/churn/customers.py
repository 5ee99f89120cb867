"""What the models know of a customer: how often, when last, known for how long. Columns of floats, no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Rows worked on at once: what is computed between fits into the cache, and memory stays the same for any number.
BLOCK: Final = 8_192
# Whole numbers up to here are their own codes.
CODES: Final = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """The histories of n customers, each column of shape (n,), all times in one unit (days, or weeks).

    repeats   x, purchases after the first one; purchases of one day are one
    last      t_x, time from the first to the last purchase; 0 where there are no repeats
    age       T, time from the first purchase until now
    log_gaps  Σ ln gap over the x times between two purchases, in the same unit; without it only k = 1 is fitted
    """

    repeats: Floats
    last: Floats
    age: Floats
    log_gaps: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("repeats", "last", "age", "log_gaps"):
            if (column := getattr(self, name)) is not None:
                object.__setattr__(self, name, np.ascontiguousarray(column, dtype=np.float64))
        if problem := self._problem():
            raise ValueError(problem)

    def __len__(self) -> int:
        return len(self.repeats)

    @property
    def pause(self) -> Floats:
        """T − t_x: how long each has not been here, shape (n,)."""
        return self.age - self.last

    def of(self, rows: NDArray[np.bool_] | Integers | slice) -> "Customers":
        """Some of them, by mask, indices or slice."""
        log_gaps = None if self.log_gaps is None else self.log_gaps[rows]
        return Customers(self.repeats[rows], self.last[rows], self.age[rows], log_gaps)

    def _problem(self) -> str | None:
        columns = [self.repeats, self.last, self.age] + ([] if self.log_gaps is None else [self.log_gaps])
        if any(column.shape != (len(self.repeats),) for column in columns):
            return "the columns differ in length"
        if not all(np.isfinite(column).all() for column in columns):
            return "a figure is missing or infinite; two purchases at one time are one"
        if (self.repeats < 0).any() or (self.repeats != np.floor(self.repeats)).any():
            return "repeats are whole numbers from 0"
        if (self.last < 0).any() or (self.last > self.age).any():
            return "the last purchase lies between the first and now"
        if ((self.repeats == 0) & (self.last > 0)).any():
            return "who has not bought again has no last purchase after the first"
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Customers who look alike are one row, shape (m,) with m ≤ n, ordered by repeats; `counts` says how many."""

    repeats: Floats
    last: Floats
    age: Floats
    counts: Floats


def patterns(customers: Customers) -> Patterns:
    """The distinct (x, t_x, T) of these customers."""
    columns = (customers.repeats, customers.last, customers.age)
    coded_columns = [coded(column) for column in columns]
    sizes = [len(values) for _, values in coded_columns]
    if max(sizes, default=0) > CODES:
        order = np.argsort(customers.repeats, kind="stable")
        alone = customers.of(order)
        return Patterns(alone.repeats, alone.last, alone.age, counts=np.ones(len(alone)))
    keys = np.ravel_multi_index([codes for codes, _ in coded_columns], sizes)
    keys.sort()
    is_first = np.append(True, keys[1:] != keys[:-1]) if len(keys) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(is_first)
    codes = np.unravel_index(keys[starts], sizes)
    repeats, last, age = (values[each] for each, (_, values) in zip(codes, coded_columns, strict=True))
    return Patterns(repeats, last, age, counts=np.diff(np.append(starts, len(keys))).astype(np.float64))


def distinct_pairs(left: Floats, right: Floats) -> tuple[Floats, Floats, Integers]:
    """The distinct pairs of two columns (n,), each of shape (m,), and for every row which of them it is, shape (n,)."""
    (left_codes, lefts), (right_codes, rights) = coded(left), coded(right)
    keys = left_codes * len(rights) + right_codes
    room = len(lefts) * len(rights)
    if room <= max(8 * len(left), BLOCK):
        is_there = np.zeros(room, dtype=bool)
        is_there[keys] = True
        pairs = np.flatnonzero(is_there)
        which = (np.cumsum(is_there) - 1)[keys]
    else:
        pairs, which = np.unique(keys, return_inverse=True)
    return lefts[pairs // len(rights)], rights[pairs % len(rights)], which


def coded(values: Floats) -> tuple[Integers, Floats]:
    """Small whole numbers for these values, shape (n,), and the value behind each number in rising order."""
    if len(values) and values.min() >= 0 and values.max() < CODES and (values == np.floor(values)).all():
        return values.astype(np.int64), np.arange(values.max() + 1)
    distinct, codes = np.unique(values, return_inverse=True)
    return codes, distinct


def blocks(length: int) -> Iterator[slice]:
    """The slices of so many rows, one block after the other."""
    return (slice(start, start + BLOCK) for start in range(0, length, BLOCK))
