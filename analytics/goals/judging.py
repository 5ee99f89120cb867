"""Whether a goal is on track: a straight line from where the figure stood to where it is to be, and some patience.

Pure; exact, no floats. The rule in words: docs/decisions/reports.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from analytics.kpis import TENTH, rounded

# So many days in a row say the same before anything is said: one bad day is no alarm, one good day no success.
PATIENCE: Final = 7
# Of the whole way: whoever lags behind the line by no more is on track.
SLACK: Final = Fraction(1, 10)


class Standing(StrEnum):
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    REACHED = "reached"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """From where the figure stood on a day to where it is to be on another; upwards or downwards, never nowhere."""

    start: Decimal
    start_on: date
    target: Decimal
    due_on: date
    # In which steps the figure is given.
    step: Decimal = TENTH

    @property
    def rises(self) -> bool:
        return self.target > self.start

    def is_met_by(self, figure: Decimal) -> bool:
        return figure >= self.target if self.rises else figure <= self.target

    def expected(self, day: date) -> Decimal:
        """Where the line is on a day, as the figure is given."""
        return self._at(self._elapsed(day))

    def is_behind(self, figure: Decimal, *, day: date) -> bool:
        """By more than the slack."""
        least = self._at(self._elapsed(day) - SLACK)
        return figure < least if self.rises else figure > least

    def _elapsed(self, day: date) -> Fraction:
        """The part of the time that is over."""
        part = Fraction((day - self.start_on).days, (self.due_on - self.start_on).days)
        return min(max(part, Fraction(0)), Fraction(1))

    def _at(self, part: Fraction) -> Decimal:
        start = Fraction(self.start)
        return rounded(start + (Fraction(self.target) - start) * part, to=self.step)


def days_to_judge(aim: Aim, *, drawn_until: date) -> list[date]:
    """The last ones that are drawn, not before the goal was set and not behind its date."""
    last = min(drawn_until, aim.due_on)
    days = (last - timedelta(days=number) for number in reversed(range(PATIENCE)))
    return [day for day in days if day > aim.start_on]


def judge(aim: Aim, figures: Mapping[date, Decimal], *, drawn_until: date, was: Standing) -> Standing:
    """By the figures of `days_to_judge`; where those do not agree, or some are missing, nothing changes.

    On its date a goal is reached or missed by the figure of that day alone.
    """
    if drawn_until >= aim.due_on:
        last = figures.get(aim.due_on)
        return Standing.REACHED if last is not None and aim.is_met_by(last) else Standing.MISSED
    days = days_to_judge(aim, drawn_until=drawn_until)
    if len(days) < PATIENCE or not all(day in figures for day in days):
        return was
    if all(aim.is_met_by(figures[day]) for day in days):
        return Standing.REACHED
    behind = {aim.is_behind(figures[day], day=day) for day in days}
    if len(behind) == 2:
        return was
    return Standing.OFF_TRACK if behind == {True} else Standing.ON_TRACK
