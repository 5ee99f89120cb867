"""How figures, days and times are written for whoever reads: the active language decides, and the shop's country."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.languages import get_official_languages
from babel.numbers import format_decimal, format_percent, get_group_symbol
from django.conf import settings
from django.utils import timezone, translation

from tenants.scope import scoped_tenant

MINUS: Final = "\N{MINUS SIGN}"
# Between a figure and its sign; never torn apart at the end of a line.
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
# Where a language is read outside its own countries, it is written as here.
HOMES: Final = {"de": "DE", "en": "GB"}


@dataclass(frozen=True, slots=True)
class Noun:
    """A word that is counted. Alone it means many."""

    one: str
    many: str

    def __str__(self) -> str:
        return self.many

    def unit(self, count: int) -> str:
        return self.one if abs(count) == 1 else self.many

    def counted(self, count: int) -> str:
        """`1 Punkt`, `3.480 Punkte`."""
        return f"{number_text(count)} {self.unit(count)}"


def reader_locale() -> Locale:
    """Language and country of whoever reads, e.g. de_AT. Du is a variant of the language, not a country."""
    tenant = scoped_tenant()
    language = (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    return _locale(language, tenant.country if tenant else "")


def language_tag() -> str:
    """For the page and its scripts, e.g. `de-AT`."""
    return str(reader_locale()).replace("_", "-")


def number_text(value: int | Decimal, *, places: int | None = None) -> str:
    """3480 -> `3.480`; with exactly so many decimal places, or as many as the value has."""
    pattern = f"#,##0.{'0' * places}".rstrip(".") if places is not None else None
    text = format_decimal(value, format=pattern, locale=reader_locale(), decimal_quantization=places is not None)
    return _typeset(text)


def typed_number(text: str, *, places: int = 0) -> Decimal:
    """What a person typed, e.g. `1,25`, `1.25` or `1.240,00`. Raises ValueError for what can be read in two ways.

    Three digits after a mark are thousands only where there are no decimal places and the reader groups so.
    """
    compact = "".join(text.split())
    mark = max(compact.rfind(","), compact.rfind("."))
    whole, fraction = (compact[:mark], compact[mark + 1 :]) if mark >= 0 else (compact, "")
    if places == 0 and compact[mark : mark + 1] == get_group_symbol(reader_locale()):
        whole, fraction = compact, ""
    groups = re.split("[.,'’]", whole)
    is_grouped = len(groups) > 1
    if len(fraction) == 3 != places or (is_grouped and not _are_thousands(groups)):
        raise ValueError(text)
    if not all(part.isdecimal() for part in (*groups, fraction or "0")):
        raise ValueError(text)
    return Decimal(f"{''.join(groups)}.{fraction or 0}")


def signed_text(value: int) -> str:
    """311 -> `+311`, -1240 -> `−1.240`."""
    return f"+{number_text(value)}" if value > 0 else number_text(value)


def percent_text(percent: int | Decimal, *, places: int | None = None) -> str:
    """5 -> `5 %`; with exactly so many decimal places, or as many as the value has."""
    share, locale = Decimal(percent).scaleb(-2), reader_locale()
    pattern = locale.percent_formats[None].pattern
    if places:
        pattern = pattern.replace("##0", f"##0.{'0' * places}")
    return _typeset(format_percent(share, format=pattern, locale=locale, decimal_quantization=places is not None))


def date_text(day: date) -> str:
    """`22. November 2026`."""
    return format_date(_local(day), "long", locale=reader_locale())


def short_date_text(day: date) -> str:
    """`22.11.2026`, for tables."""
    return format_date(_local(day), "medium", locale=reader_locale())


def weekday_text(day: date) -> str:
    """`Samstag, 12. Dezember 2026`, for what is to be kept free."""
    return format_date(_local(day), "full", locale=reader_locale())


def day_month_text(day: date) -> str:
    """`22. November`, where the year is plain."""
    return format_skeleton("MMMMd", _local(day), locale=reader_locale())


def month_text(day: date) -> str:
    """`November 2026`."""
    return format_skeleton("yMMMM", _local(day), locale=reader_locale())


def short_month_text(day: date) -> str:
    """`Nov. 2026`, where many stand below each other."""
    return format_skeleton("yMMM", _local(day), locale=reader_locale())


def month_name_text(day: date) -> str:
    """`Nov`, where twelve stand side by side."""
    return format_date(_local(day), "LLL", locale=reader_locale())


def time_text(moment: datetime) -> str:
    """`08:20`."""
    return format_time(_on_clock(moment), "short", locale=reader_locale())


def minute_text(minute: int) -> str:
    """Minutes since midnight as a time of day: 510 -> `08:30`."""
    return format_time(time(minute // 60 % 24, minute % 60), "short", locale=reader_locale())


def moment_text(moment: datetime) -> str:
    """`22.11.2026, 08:20`, for tables."""
    return f"{short_date_text(moment)}, {time_text(moment)}"


def _are_thousands(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _local(day: date) -> date:
    """A moment belongs to the day that the shop's calendar shows."""
    return _on_clock(day) if isinstance(day, datetime) else day


def _on_clock(moment: datetime) -> datetime:
    """As the shop's clock shows it."""
    tenant = scoped_tenant()
    return timezone.localtime(moment, tenant.zone if tenant else None)


@lru_cache(maxsize=256)
def _locale(language: str, country: str) -> Locale:
    """A country's own way where its people speak the language: English in an Austrian shop is written as in Britain."""
    at_home = language in get_official_languages(country, de_facto=True)
    try:
        return Locale(language, country if at_home else HOMES.get(language))
    except UnknownLocaleError:
        return Locale("en", HOMES["en"])


def _typeset(text: str) -> str:
    return text.replace("-", MINUS).replace("\N{NO-BREAK SPACE}%", f"{NARROW}%")
