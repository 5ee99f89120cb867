"""Points, money, days and times as people read them; the only way a template writes them."""

from collections.abc import Callable
from typing import Any

from django import template

from tenants.locales import (
    date_text,
    day_month_text,
    moment_text,
    number_text,
    percent_text,
    short_date_text,
    time_text,
)
from tenants.money import money_text

register = template.Library()


def _or_nothing(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """For what has not happened: `{{ run.finished_at|moment|default:"–" }}`."""
    return lambda value: "" if value in {None, ""} else write(value)


def _signed(points: int) -> str:
    """311 -> `+311`, -1240 -> `−1.240`."""
    return f"+{number_text(points)}" if points > 0 else number_text(points)


_FILTERS: dict[str, Callable[[Any], str]] = {
    "points": number_text,
    "signed_points": _signed,
    "number": number_text,
    "percent": percent_text,
    "day": date_text,
    "short_day": short_date_text,
    "day_month": day_month_text,
    "clock": time_text,
    "moment": moment_text,
}
for _name, _write in _FILTERS.items():
    register.filter(_name, _or_nothing(_write))


@register.filter
def money(minor: int, currency: str) -> str:
    """2490 -> `24,90 €`."""
    return money_text(minor, currency=currency)
