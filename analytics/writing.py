"""How figures are written for people: shares, purchases and money, each always alike."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from analytics.models import Goal
from tenants.locales import number_text, percent_text
from tenants.money import decimal_amount, minor_units, money_text, rate_text
from tenants.scope import current_tenant

Metric = Goal.Metric


def share_text(percent: Decimal) -> str:
    """Always with its decimal place, so that shares stand beside each other."""
    return percent_text(percent, places=1)


def one_place(value: Decimal) -> str:
    return number_text(value, places=1)


def money(minor: Decimal) -> str:
    return money_text(int(minor), currency=current_tenant().currency)


def rough_money(minor: Decimal) -> str:
    """In whole units: a rough figure has no cents."""
    currency = current_tenant().currency
    whole = decimal_amount(int(minor), currency=currency).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return rate_text(minor_units(whole, currency=currency), currency=currency)


def figure_text(metric: str, value: Decimal | None) -> str:
    """A figure that a goal can be set for, with its unit."""
    return "–" if value is None else _WRITERS[Metric(metric)](value)


def target_text(metric: str, value: Decimal) -> str:
    """A goal is a round figure, and is written as one: `70 %`."""
    if metric in (Metric.RETENTION, Metric.CHURN, Metric.REPEAT):
        return percent_text(value.normalize())
    if metric == Metric.FREQUENCY:
        return _("%(number)s a month") % {"number": number_text(value.normalize())}
    return rate_text(int(value), currency=current_tenant().currency)


def _per_month(value: Decimal) -> str:
    return _("%(number)s a month") % {"number": one_place(value)}


_WRITERS: Final[dict[Metric, Callable[[Decimal], str]]] = {
    Metric.RETENTION: share_text,
    Metric.CHURN: share_text,
    Metric.REPEAT: share_text,
    Metric.FREQUENCY: _per_month,
    Metric.AVERAGE: money,
    Metric.VALUE: rough_money,
}
