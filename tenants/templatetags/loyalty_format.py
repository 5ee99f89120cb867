"""Points and money as people read them."""

from django import template
from django.utils.formats import number_format

from tenants.money import money_text

register = template.Library()
MINUS = "\u2212"


@register.filter
def points(value: int | None) -> str:
    """3480 -> `3.480`, with a real minus sign."""
    if value is None:
        return ""
    text = number_format(abs(value), use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if value < 0 else text


@register.filter
def signed_points(value: int) -> str:
    """311 -> `+311`, -1240 -> `−1.240`."""
    return f"+{points(value)}" if value > 0 else points(value)


@register.filter
def money(minor: int, currency: str) -> str:
    """2490 -> `24,90 €`."""
    return money_text(minor, currency=currency)
