"""Money as integer minor units in the database and exact decimals outside; never a float."""

from decimal import Decimal, InvalidOperation
from typing import Final

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, is_currency
from django.utils import translation
from django.utils.translation import gettext as _

from tenants.errors import Invalid

# 100 million: far above any purchase, far below what points and sums can hold.
MAX_MINOR: Final = 10_000_000_000


def minor_units(amount: Decimal, *, currency: str, field: str = "total") -> int:
    """Exact conversion, e.g. 24.90 EUR -> 2490. Raises Invalid for too many decimals, NaN, negative or huge values."""
    if not amount.is_finite():
        raise Invalid(_("Enter an amount."), field=field)
    if amount < 0:
        raise Invalid(_("The amount must not be negative."), field=field)
    if amount > decimal_amount(MAX_MINOR, currency=currency):
        raise Invalid(_("The amount is too large."), field=field)
    minor = int(amount.scaleb(get_currency_precision(currency)))
    # Scaling rounds to the context's precision, comparing is exact.
    if decimal_amount(minor, currency=currency) != amount:
        raise Invalid(_("The amount has too many decimal places."), field=field)
    return minor


def decimal_amount(minor: int, *, currency: str) -> Decimal:
    """2490 EUR -> Decimal('24.90'), with the currency's own number of places."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def typed_amount(text: str, *, currency: str, field: str = "amount") -> int:
    """Minor units of what a person typed, e.g. `24,90`, `24.90` or `1.240,00`. Raises Invalid."""
    compact = "".join(text.split()).removesuffix("€")
    mark = max(compact.rfind(","), compact.rfind("."))
    whole, fraction = (compact[:mark], compact[mark + 1 :]) if mark >= 0 else (compact, "")
    grouped = len(fraction) == 3 and get_currency_precision(currency) != 3
    if grouped or any(not group.isdecimal() for group in _groups(whole)) or not (fraction or "0").isdecimal():
        raise Invalid(_("Enter an amount such as 24,90."), field=field)
    try:
        amount = Decimal("".join(_groups(whole)) + "." + (fraction or "0"))
    except InvalidOperation as error:
        raise Invalid(_("Enter an amount such as 24,90."), field=field) from error
    return minor_units(amount, currency=currency, field=field)


def money_text(minor: int, *, currency: str) -> str:
    """As people read it in the active language, e.g. `24,90 €`."""
    return format_currency(decimal_amount(minor, currency=currency), currency, locale=_locale())


def rate_text(minor: int, *, currency: str) -> str:
    """The same without empty decimals, e.g. `1 €`, for rates that are read aloud."""
    amount = decimal_amount(minor, currency=currency)
    if amount != amount.to_integral_value():
        return money_text(minor, currency=currency)
    whole = _locale().currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, format=whole, locale=_locale(), currency_digits=False)


def known_currency(code: str) -> bool:
    return len(code) == 3 and code.isupper() and is_currency(code)


def _locale() -> Locale:
    language = (translation.get_language() or "de").replace("-informal", "")
    try:
        return Locale.parse(translation.to_locale(language))
    except UnknownLocaleError:
        return Locale("en")


def _groups(whole: str) -> list[str]:
    """Digit groups of `1.240`: the first up to three digits long, the others three, or one group of any length."""
    groups = whole.replace(",", ".").replace("'", ".").split(".")
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return [""]
    return groups
