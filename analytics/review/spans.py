"""The months and quarters of the calendar that can be looked back on."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Min
from django.utils.translation import gettext as _

from analytics.errors import NotDrawn
from analytics.kpis import Period
from analytics.models import BaseFigures
from analytics.overview import window
from tenants.locales import month_text

MONTH: Final = 1
QUARTER: Final = 3
_CODE: Final = re.compile(r"(\d{4})-(?:(\d\d)|q([1-4]))")


@dataclass(frozen=True, slots=True)
class Span:
    """A month or a quarter, by its first day."""

    first: date
    months: int

    @classmethod
    def around(cls, day: date, *, months: int) -> "Span":
        return cls(date(day.year, (day.month - 1) // months * months + 1, 1), months)

    @classmethod
    def called(cls, code: str) -> "Span | None":
        """`2026-10` or `2026-q4`; None of what is no name of one."""
        match = _CODE.fullmatch(code)
        if match is None:
            return None
        year, month, quarter = match.groups()
        try:
            return cls(date(int(year), int(month) if month else 3 * int(quarter) - 2, 1), MONTH if month else QUARTER)
        except ValueError:
            return None

    @classmethod
    def of(cls, period: Period) -> "Span":
        """The one that these days are."""
        return cls(period.first, MONTH if period.first.month == period.last.month else QUARTER)

    @property
    def code(self) -> str:
        return f"{self.first:%Y}-q{self._quarter}" if self.is_quarter else f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        if self.is_quarter:
            return _("Q%(number)s %(year)s") % {"number": self._quarter, "year": self.first.year}
        return month_text(self.first)

    @property
    def is_quarter(self) -> bool:
        return self.months == QUARTER

    @property
    def period(self) -> Period:
        return Period(self.first, _moved(self.first, self.months) - timedelta(days=1))

    @property
    def before(self) -> "Span":
        return Span(_moved(self.first, -self.months), self.months)

    @property
    def year_before(self) -> "Span":
        """The same months, whatever weekdays they had."""
        return Span(_moved(self.first, -12), self.months)

    @property
    def _quarter(self) -> int:
        return (self.first.month + 2) // QUARTER


def finished_spans(*, months: int) -> list[Span]:
    """Those of which every day has been drawn, newest first; the shop may have begun within the oldest."""
    first = _first_drawn()
    last = window().last
    if first is None or last is None:
        return []
    oldest, span = Span.around(first, months=months), Span.around(last + timedelta(days=1), months=months).before
    found = []
    while span.first >= oldest.first:
        found.append(span)
        span = span.before
    return found


def finished_span(code: str) -> Span:
    """Raises NotDrawn."""
    span = Span.called(code)
    if span is None or not is_finished(span):
        raise NotDrawn
    return span


def is_finished(span: Span) -> bool:
    first, last = _first_drawn(), window().last
    return first is not None and last is not None and first <= span.period.last <= last


def is_whole(span: Span) -> bool:
    """Whether the shop was there from its first day on, so that other times can stand against it."""
    first = _first_drawn()
    return first is not None and first <= span.first


def _first_drawn() -> date | None:
    return BaseFigures.objects.filter(store=None).aggregate(first=Min("day"))["first"]


def _moved(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
