"""Where the lines and dots of small charts lie. Texts for SVG attributes: a point is a point in every language."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WIDTH: Final = 84
HEIGHT: Final = 34
MARGIN: Final = 4
# Fewer points are no course.
FEWEST: Final = 3
DOTS: Final = 100
PER_ROW: Final = 20


@dataclass(frozen=True, slots=True)
class Spark:
    """A line without axes: from the lowest to the highest of its own values."""

    line: str
    area: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Dots:
    """A hundred of them, as two paths: the full ones and the empty ones."""

    full: str
    empty: str


def spark(values: Sequence[Decimal | int | None]) -> Spark | None:
    """Of the values since the last one that was missing."""
    known: list[Decimal | int] = []
    for value in values:
        known = [] if value is None else [*known, value]
    if len(known) < FEWEST:
        return None
    lowest, highest = min(known), max(known)
    step = (WIDTH - 2 * MARGIN) / (len(known) - 1)
    room = HEIGHT - 2 * MARGIN
    points = [
        (
            f"{MARGIN + number * step:.1f}",
            f"{HEIGHT - MARGIN - room * float((value - lowest) / (highest - lowest)):.1f}"
            if highest > lowest
            else f"{HEIGHT / 2:.1f}",
        )
        for number, value in enumerate(known)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    (first_x, _), (last_x, last_y) = points[0], points[-1]
    return Spark(line, f"{first_x},{HEIGHT} {line} {last_x},{HEIGHT}", last_x, last_y)


def dots(full: int) -> Dots:
    circles = [_circle(number) for number in range(DOTS)]
    return Dots("".join(circles[:full]), "".join(circles[full:]))


def _circle(number: int) -> str:
    x, y = 8 + 11.6 * (number % PER_ROW), 8 + 16 * (number // PER_ROW)
    return f"M{x - 4:.1f} {y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0"
