"""Points, money, days and times as people read them; the only way a template writes them."""

from collections.abc import Callable
from typing import Any

from django import template

from tenants.locales import (
    Noun,
    date_text,
    day_month_text,
    moment_text,
    month_text,
    number_text,
    percent_text,
    short_date_text,
    short_month_text,
    signed_text,
    time_text,
    weekday_text,
)
from tenants.money import currency_sign, money_text, rate_text

register = template.Library()


def _or_nothing(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """For what has not happened: `{{ run.finished_at|moment|default:"–" }}`."""
    return lambda value: "" if value in {None, ""} else write(value)


_FILTERS: dict[str, Callable[[Any], str]] = {
    "points": number_text,
    "signed_points": signed_text,
    "number": number_text,
    "percent": percent_text,
    "day": date_text,
    "short_day": short_date_text,
    "day_month": day_month_text,
    "month": month_text,
    "short_month": short_month_text,
    "clock": time_text,
    "moment": moment_text,
    "weekday": weekday_text,
}
for _name, _write in _FILTERS.items():
    register.filter(_name, _or_nothing(_write))


@register.filter
def money(minor: int, currency: str) -> str:
    """2490 -> `24,90 €`."""
    return money_text(minor, currency=currency)


@register.filter
def sign(currency: str) -> str:
    """EUR -> `€`, beside a field for an amount."""
    return currency_sign(currency).text


@register.filter
def rate(minor: int, currency: str) -> str:
    """100 -> `1 €`, for amounts that are read aloud."""
    return rate_text(minor, currency=currency)


@register.filter
def counted(count: int, noun: Noun) -> str:
    """1 -> `1 Punkt`, 3480 -> `3.480 Punkte`."""
    return noun.counted(count)


@register.filter
def gained(count: int, noun: Noun) -> str:
    """1 -> `+1 Punkt`."""
    return f"+{noun.counted(count)}" if count > 0 else noun.counted(count)


@register.filter
def unit(count: int, noun: Noun) -> str:
    """The word alone, where the figure stands by itself: 1 -> `Punkt`."""
    return noun.unit(count)
