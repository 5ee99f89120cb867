"""Dates, amounts and points as files write them. What can be read in two ways is refused instead of guessed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils.translation import gettext as _

from customers.contact import month_and_day
from tenants.errors import Invalid
from tenants.money import minor_units

EARLIEST_YEAR: Final = 1970
# Purchases without a time; in the middle of the day the date stays right in every reader's zone.
NOON: Final = time(12)
GROUP: Final = 3
MOST_POINTS: Final = 1_000_000_000
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
EITHER_FIRST = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](\d{4}|\d{2})")
_AMOUNT = re.compile(r"([+-]?)([0-9][0-9.,']*|[.,][0-9]+)(-?)")
_POINTS = re.compile(r"\+?([0-9]{1,3}(?:[.,'][0-9]{3})+|[0-9]{1,18})(?:[.,]00?)?")
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.?")
_MONTH_AND_DAY = re.compile(r"(?:--)?[0-9]{2}-[0-9]{2}")
_MARKS = re.compile(r"[.,']")
_TIME_DIRECTIVES = ("%H", "%I", "%c", "%X", "%s")


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was bought. `text` is the same however the log writes it."""

    at: datetime
    text: str


class Days:
    """Reads dates by one stated format or by those that leave no doubt."""

    def __init__(self, *, date_format: str = "") -> None:
        self._format = date_format
        self._has_time = any(directive in date_format for directive in _TIME_DIRECTIVES)
        self._day = lru_cache(maxsize=4096)(_day)

    def day(self, text: str) -> date:
        """Raises Invalid."""
        moment = self.day_or_moment(text)
        return moment.date() if isinstance(moment, datetime) else moment

    def day_or_moment(self, text: str) -> date:
        """A datetime where the text has a time. Raises Invalid."""
        if not text:
            raise Invalid(_("The date is missing."))
        if not self._format:
            return self._with_clock(text, self._day)
        try:
            return self._stated(text)
        except Invalid:
            if self._has_time:
                raise
            return self._with_clock(text, self._stated)

    def _stated(self, text: str) -> date:
        try:
            moment = datetime.strptime(text, self._format)  # noqa: DTZ007 - the zone is the shop's
        except ValueError as error:
            raise _no_date(text) from error
        return moment if self._has_time else moment.date()

    def _with_clock(self, text: str, read: Callable[[str], date]) -> date:
        day_text, clock_text = _at_gap(text)
        day = read(day_text)
        return datetime.combine(day, _clock(clock_text)) if clock_text else day


class Moments:
    """Reads dates and times of one zone."""

    def __init__(self, *, zone: ZoneInfo, now: datetime, date_format: str = "") -> None:
        self._zone = zone
        self._now = now
        self._today = now.astimezone(zone).date()
        self._days = Days(date_format=date_format)
        self.read = lru_cache(maxsize=4096)(self._read)

    def _read(self, day_text: str, time_text: str) -> Moment:
        """Raises Invalid."""
        moment = self._days.day_or_moment(day_text)
        if time_text:
            moment = datetime.combine(moment, _clock(time_text))
        if moment.year < EARLIEST_YEAR:
            raise Invalid(_("The date %(date)s is too long ago.") % {"date": day_text})
        if not isinstance(moment, datetime):
            return self._at_noon(moment)
        if moment.tzinfo is None:
            return Moment(at=_utc(moment.replace(tzinfo=self._zone)), text=moment.isoformat())
        at = _utc(moment)
        return Moment(at=at, text=at.isoformat())

    def _at_noon(self, day: date) -> Moment:
        noon = datetime.combine(day, NOON, tzinfo=self._zone)
        return Moment(at=_utc(min(noon, self._now) if day == self._today else noon), text=day.isoformat())


class TwoWays(Invalid):
    """A value that means one thing or another."""


class Amounts:
    """Reads amounts of one currency into minor units, with a stated decimal mark or by what the amount shows."""

    def __init__(self, *, currency: str, decimal_mark: str = "") -> None:
        self._currency = currency
        self._precision = get_currency_precision(currency)
        self._mark = decimal_mark
        self._signs = (currency, get_currency_symbol(currency, locale="en"), get_currency_symbol(currency, locale="de"))
        self.read = lru_cache(maxsize=16_384)(self._read)

    def _read(self, text: str) -> int:
        """Raises Invalid."""
        if not text:
            raise Invalid(_("The amount is missing."))
        compact = "".join(text.split())
        for sign in self._signs:
            compact = compact.removeprefix(sign).removesuffix(sign)
        match = _AMOUNT.fullmatch(compact)
        if not match:
            raise _no_amount(text)
        before, digits, after = match.groups()
        mark = self._mark or self._mark_of(digits, text)
        whole, _mark, fraction = digits.rpartition(mark) if mark and mark in digits else (digits, "", "0")
        if not fraction.isdecimal() or not _is_grouped(whole, mark):
            raise _no_amount(text)
        amount = Decimal(_MARKS.sub("", whole) + "." + fraction)
        return minor_units(-amount if "-" in (before, after) else amount, currency=self._currency)

    def _mark_of(self, digits: str, text: str) -> str:
        """The last mark, unless it groups thousands."""
        last = max(digits.rfind(","), digits.rfind("."))
        if last < 0:
            return ""
        mark = digits[last]
        if digits.count(mark) > 1:
            return "." if mark == "," else ","
        alone = not {",", "."} <= set(digits)
        if alone and len(digits) - last - 1 == GROUP != self._precision:
            raise TwoWays(
                _("“%(amount)s” can be read in two ways, or has too many decimal places.") % {"amount": text[:40]}
            )
        return mark


def whole_points(text: str) -> int:
    """`1.240` and `1240,00` are 1240. Raises Invalid."""
    if not text:
        raise Invalid(_("The points are missing."))
    match = _POINTS.fullmatch("".join(text.split()))
    if not match:
        raise Invalid(_("“%(points)s” is not a whole number of points.") % {"points": text[:40]})
    points = int(_MARKS.sub("", match[1]))
    if points > MOST_POINTS:
        raise Invalid(_("“%(points)s” are too many points.") % {"points": text[:40]})
    return points


def birthday(text: str, days: Days) -> str:
    """`MM-DD`; the year is not kept. Raises Invalid."""
    if not text:
        return ""
    if match := _DAY_AND_MONTH.fullmatch(text):
        text = f"{int(match[2]):02d}-{int(match[1]):02d}"
    elif not _MONTH_AND_DAY.fullmatch(text):
        text = days.day(text).isoformat()
    month, day = month_and_day(text)
    assert month is not None
    return f"{month:02d}-{day:02d}"


def _day(text: str) -> date:
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            year, month, day = (int(part) for part in match.groups() if part)
            return date(year, month, day)
        if match := _DAY_FIRST.fullmatch(text):
            day, month, year = (int(part) for part in match.groups())
            return date(_full_year(year), month, day)
    except ValueError as error:
        raise _no_date(text) from error
    if EITHER_FIRST.fullmatch(text):
        raise Invalid(_("“%(date)s” can be read in two ways: state the date format.") % {"date": text})
    raise _no_date(text)


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(_("“%(time)s” is not a time.") % {"time": text[:40]}) from error


def _at_gap(text: str) -> tuple[str, str]:
    """`2026-03-01T10:30` -> day and time."""
    day, _gap, clock = text.replace("T", " ", 1).partition(" ")
    return day.rstrip(","), clock.strip()


def _is_grouped(whole: str, mark: str) -> bool:
    """`1240`, `1.240`, or nothing as in `,50`."""
    if mark and mark in whole:
        return False
    first, *others = _MARKS.split(whole)
    return not others or (1 <= len(first) <= GROUP and all(len(group) == GROUP for group in others))


def _full_year(year: int) -> int:
    """Two digits mean a year between 1970 and 2069."""
    return year if year > 99 else year + (1900 if year >= EARLIEST_YEAR % 100 else 2000)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise _no_date(moment.isoformat()) from error


def _no_amount(text: str) -> Invalid:
    return Invalid(_("“%(amount)s” is not an amount.") % {"amount": text[:40]})


def _no_date(text: str) -> Invalid:
    return Invalid(_("“%(date)s” is not a date.") % {"date": text[:40]})
