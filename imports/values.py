"""Dates and amounts as logs write them. What can be read in two ways is refused instead of guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, get_currency_symbol
from django.utils.translation import gettext as _

from tenants.errors import Invalid
from tenants.money import minor_units

EARLIEST_YEAR: Final = 1970
# Purchases without a time; in the middle of the day the date stays right in every reader's zone.
NOON: Final = time(12)
GROUP: Final = 3
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
_EITHER_FIRST = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](\d{4}|\d{2})")
_AMOUNT = re.compile(r"([+-]?)([0-9][0-9.,']*|[.,][0-9]+)(-?)")
_MARKS = re.compile(r"[.,']")
_TIME_DIRECTIVES = ("%H", "%I", "%c", "%X", "%s")


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was bought. `text` is the same however the log writes it."""

    at: datetime
    text: str


class Moments:
    """Reads dates and times of one zone, by one stated format or by those that leave no doubt."""

    def __init__(self, *, zone: ZoneInfo, now: datetime, date_format: str = "") -> None:
        self._zone = zone
        self._now = now
        self._today = now.astimezone(zone).date()
        self._format = date_format
        self._has_time = any(directive in date_format for directive in _TIME_DIRECTIVES)
        self.read = lru_cache(maxsize=4096)(self._read)
        self._day = lru_cache(maxsize=4096)(_day)

    def _read(self, day_text: str, time_text: str) -> Moment:
        """Raises Invalid."""
        if not day_text:
            raise Invalid(_("The date is missing."))
        moment = self._stated(day_text) if self._format else self._plain(day_text)
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

    def _stated(self, text: str) -> date:
        try:
            moment = datetime.strptime(text, self._format)  # noqa: DTZ007 - the zone is the shop's
        except ValueError as error:
            raise _no_date(text) from error
        return moment if self._has_time else moment.date()

    def _plain(self, text: str) -> date:
        day_text, clock_text = _at_gap(text)
        day = self._day(day_text)
        return datetime.combine(day, _clock(clock_text)) if clock_text else day


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
            raise Invalid(
                _("“%(amount)s” can be read in two ways, or has too many decimal places.") % {"amount": text[:40]}
            )
        return mark


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
    if _EITHER_FIRST.fullmatch(text):
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
