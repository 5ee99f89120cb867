"""What a country decides for a shop that opens there: currency, time zone and the language of its customers."""

from dataclasses import dataclass
from typing import Final

from babel.core import Locale
from babel.numbers import get_currency_name
from django.utils import translation


@dataclass(frozen=True, slots=True)
class Country:
    currency: str
    time_zone: str
    language: str = "en"


# Where sign-up is open: the European Union, its neighbours in the single market, Switzerland and the United Kingdom.
COUNTRIES: Final = {
    "DE": Country("EUR", "Europe/Berlin", "de"),
    "AT": Country("EUR", "Europe/Vienna", "de"),
    "CH": Country("CHF", "Europe/Zurich", "de"),
    "LI": Country("CHF", "Europe/Vaduz", "de"),
    "LU": Country("EUR", "Europe/Luxembourg", "de"),
    "BE": Country("EUR", "Europe/Brussels"),
    "BG": Country("EUR", "Europe/Sofia"),
    "CY": Country("EUR", "Asia/Nicosia"),
    "CZ": Country("CZK", "Europe/Prague"),
    "DK": Country("DKK", "Europe/Copenhagen"),
    "EE": Country("EUR", "Europe/Tallinn"),
    "ES": Country("EUR", "Europe/Madrid"),
    "FI": Country("EUR", "Europe/Helsinki"),
    "FR": Country("EUR", "Europe/Paris"),
    "GB": Country("GBP", "Europe/London"),
    "GR": Country("EUR", "Europe/Athens"),
    "HR": Country("EUR", "Europe/Zagreb"),
    "HU": Country("HUF", "Europe/Budapest"),
    "IE": Country("EUR", "Europe/Dublin"),
    "IS": Country("ISK", "Atlantic/Reykjavik"),
    "IT": Country("EUR", "Europe/Rome"),
    "LT": Country("EUR", "Europe/Vilnius"),
    "LV": Country("EUR", "Europe/Riga"),
    "MT": Country("EUR", "Europe/Malta"),
    "NL": Country("EUR", "Europe/Amsterdam"),
    "NO": Country("NOK", "Europe/Oslo"),
    "PL": Country("PLN", "Europe/Warsaw"),
    "PT": Country("EUR", "Europe/Lisbon"),
    "RO": Country("RON", "Europe/Bucharest"),
    "SE": Country("SEK", "Europe/Stockholm"),
    "SI": Country("EUR", "Europe/Ljubljana"),
    "SK": Country("EUR", "Europe/Bratislava"),
}
_FIRST = ("DE", "AT", "CH")


def country_choices() -> list[tuple[str, str]]:
    """Codes with the names of country and currency, the nearest first, the others by name."""
    locale = Locale.parse((translation.get_language() or "de").partition("-")[0])
    named = {
        code: f"{locale.territories[code]} ({get_currency_name(country.currency, locale=locale)})"
        for code, country in COUNTRIES.items()
    }
    others = sorted((code for code in named if code not in _FIRST), key=lambda code: named[code])
    return [(code, named[code]) for code in (*_FIRST, *others)]
