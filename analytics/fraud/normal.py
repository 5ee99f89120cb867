"""What is normal in a shop, measured so that a few odd rows do not move it. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from analytics.fraud.facts import Moment

Happened = TypeVar("Happened", bound="Moment")


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0


def chance_of(hits: int, tries: int, *, each: float) -> float:
    """How likely at least so many hits are, if every try hits with the chance `each`."""
    return math.fsum(
        math.comb(tries, count) * each**count * (1 - each) ** (tries - count) for count in range(hits, tries + 1)
    )


def bursts(happened: Iterable[Happened], *, within: timedelta) -> Iterator[list[Happened]]:
    """For each of them, what happened in the time that ends with it; `happened` is in the order of time."""
    window: list[Happened] = []
    for each in happened:
        window = [other for other in window if each.at - other.at <= within]
        window.append(each)
        yield list(window)
