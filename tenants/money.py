"""Money as integer minor units in the database and exact decimals outside; never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.core import Locale
from babel.numbers import (
    format_currency,
    get_currency_precision,
    get_currency_symbol,
    is_currency,
)
from django.utils.translation import gettext as _

from tenants.errors import Invalid
from tenants.locales import MINUS, NARROW, number_text, reader_locale, typed_number

# 100 million: far above any purchase, far below what points and sums can hold.
MAX_MINOR: Final = 10_000_000_000
_CODE_MEETS_FIGURE = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")
_BESIDE_A_SIGN = re.compile("(?<![A-Za-z])\N{NO-BREAK SPACE}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class CurrencySign:
    """What stands beside an amount, and on which side."""

    text: str
    leads: bool


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
    try:
        amount = typed_number(_without_sign("".join(text.split()), currency), places=get_currency_precision(currency))
    except ValueError as error:
        raise Invalid(amount_hint(currency=currency), field=field) from error
    return minor_units(amount, currency=currency, field=field)


def amount_hint(*, currency: str) -> str:
    """How to type an amount, with an example as the reader would write it."""
    return _("Enter an amount such as %(example)s.") % {"example": amount_text(2490, currency=currency)}


def money_text(minor: int, *, currency: str) -> str:
    """As people read it, e.g. `24,90 €`."""
    return _money_text(minor, currency, reader_locale())


def amount_text(minor: int, *, currency: str) -> str:
    """The figure alone, for fields that show the sign beside them, e.g. `24,90`."""
    return number_text(decimal_amount(minor, currency=currency), places=get_currency_precision(currency))


def rate_text(minor: int, *, currency: str) -> str:
    """The same without empty decimals, e.g. `1 €`, for rates that are read aloud."""
    return _rate_text(minor, currency, reader_locale())


def currency_sign(currency: str) -> CurrencySign:
    locale = reader_locale()
    return CurrencySign(text=get_currency_symbol(currency, locale=locale), leads=_pattern(locale).startswith("¤"))


def known_currency(code: str) -> bool:
    return len(code) == 3 and code.isupper() and is_currency(code)


@lru_cache(maxsize=4096)
def _money_text(minor: int, currency: str, locale: Locale) -> str:
    return _typeset(format_currency(decimal_amount(minor, currency=currency), currency, locale=locale))


@lru_cache(maxsize=1024)
def _rate_text(minor: int, currency: str, locale: Locale) -> str:
    amount = decimal_amount(minor, currency=currency)
    if amount != amount.to_integral_value():
        return _money_text(minor, currency, locale)
    whole = _pattern(locale).replace(".00", "")
    return _typeset(format_currency(amount, currency, format=whole, locale=locale, currency_digits=False))


def _pattern(locale: Locale) -> str:
    return locale.currency_formats["standard"].pattern


def _typeset(text: str) -> str:
    """With a real minus, a narrow space beside a sign, and a full one beside a currency's letters."""
    apart = _CODE_MEETS_FIGURE.sub("\N{NO-BREAK SPACE}", text)
    return _BESIDE_A_SIGN.sub(NARROW, apart).replace("-", MINUS)


def _without_sign(compact: str, currency: str) -> str:
    for sign in (currency, currency_sign(currency).text, get_currency_symbol(currency, locale="en")):
        compact = compact.removeprefix(sign).removesuffix(sign)
    return compact
