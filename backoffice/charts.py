"""Where the lines and dots of small charts lie. Texts for SVG attributes: a point is a point in every language."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from math import ceil
from typing import Final

WIDTH: Final = 84
HEIGHT: Final = 34
MARGIN: Final = 4
# Of a chart with an axis; it is stretched to whatever space there is.
PLOT_WIDTH: Final = 600
PLOT_HEIGHT: Final = 160
# Fewer points are no course.
FEWEST: Final = 3
DOTS: Final = 100
PER_ROW: Final = 20
# The square in which two shares are held against each other, and its points.
FRAME: Final = 180
FRAME_X: Final = 44
FRAME_Y: Final = 12
SMALLEST: Final = 3
LARGEST: Final = 7


@dataclass(frozen=True, slots=True)
class Spark:
    """A line without axes: from the lowest to the highest of its own values."""

    line: str
    area: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line over an axis that begins at zero, and a stroke without length where it ends: drawn round, it is a dot."""

    path: str
    end: str


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


def axis(highest: Decimal | int) -> list[int]:
    """From zero to the highest value or just above it, in two to four round steps; the greatest first."""
    step = next(size for power in count() for size in (10**power, 2 * 10**power, 5 * 10**power) if 4 * size >= highest)
    return [step * number for number in reversed(range(ceil(highest / step) + 1))]


def lines(*series: Sequence[Decimal | int | None], top: int) -> list[Line]:
    """Of values over columns of equal width; a missing value is a gap in the line."""
    return [_line(values, top) for values in series]


def grid(ticks: Sequence[int]) -> list[str]:
    """How high the ticks of an axis lie."""
    return [_height(tick, ticks[0]) for tick in ticks]


def dots(full: int) -> Dots:
    circles = [_circle(number) for number in range(DOTS)]
    return Dots("".join(circles[:full]), "".join(circles[full:]))


def _line(values: Sequence[Decimal | int | None], top: int) -> Line:
    width = PLOT_WIDTH / len(values)
    path, end, is_drawing = "", "", False
    for number, value in enumerate(values):
        if value is not None:
            point = f"{(number + 0.5) * width:.1f} {_height(value, top)}"
            path += f"{'L' if is_drawing else 'M'}{point}"
            end = f"M{point}h0"
        is_drawing = value is not None
    return Line(path, end)


def _height(value: Decimal | int, top: int) -> str:
    return f"{PLOT_HEIGHT * (1 - float(value) / top):.1f}"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a point lies between 0 and 1 on both axes, and how large it is."""

    x: str
    y: str
    r: str


def spots(points: Sequence[tuple[float, float, int]]) -> list[Spot]:
    """Of how far right, how high, and how many; an area stands for a number."""
    most = max((count for _, _, count in points), default=1)
    return [
        Spot(
            f"{FRAME_X + FRAME * right:.1f}",
            f"{FRAME_Y + FRAME * (1 - high):.1f}",
            f"{max(LARGEST * (count / most) ** 0.5, SMALLEST):.1f}",
        )
        for right, high, count in points
    ]


def _circle(number: int) -> str:
    x, y = 8 + 11.6 * (number % PER_ROW), 8 + 16 * (number // PER_ROW)
    return f"M{x - 4:.1f} {y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0"
