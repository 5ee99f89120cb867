"""What customers agree to when they allow advertising: the exact words, in one place.

They are kept in code and not among the translations, because they are declarations: a change is a new version, and each
consent keeps the words that were shown. In the first person, so that shops that say du and Sie share them.
"""

from dataclasses import dataclass
from typing import Final

from customers.models import Consent
from legal.queries import business_details
from tenants.scope import current_tenant

VERSION: Final = "2026-11"
_FREE_DE = "Das ist freiwillig und keine Bedingung für Punkte oder Vorteile."
_FREE_EN = "This is voluntary and no condition for points or benefits."
_AGE_DE = "Ich bin mindestens 16 Jahre alt."
_AGE_EN = "I am at least 16 years old."
_TEXTS: Final = {
    "de": {
        Consent.Channel.EMAIL: (
            "{sender} darf mir per E-Mail Werbung schicken: Angebote, Aktionen, Neuigkeiten und Umfragen zur"
            f" Zufriedenheit. {_AGE_DE} {_FREE_DE} Ich kann die Einwilligung jederzeit widerrufen: über den Link in"
            " jeder E-Mail oder in meinem Konto."
        ),
        Consent.Channel.SMS: (
            "{sender} darf mir per SMS Werbung schicken: Angebote, Aktionen, Neuigkeiten und Umfragen zur"
            f" Zufriedenheit. {_AGE_DE} {_FREE_DE} Ich kann die Einwilligung jederzeit widerrufen: in meinem Konto"
            " oder an der Kasse."
        ),
        Consent.Channel.POST: (
            "{sender} darf mir per Post Werbung schicken: Angebote, Aktionen, Neuigkeiten und Umfragen zur"
            f" Zufriedenheit. {_AGE_DE} {_FREE_DE} Ich kann die Einwilligung jederzeit widerrufen: in meinem Konto"
            " oder an der Kasse."
        ),
    },
    "en": {
        Consent.Channel.EMAIL: (
            "{sender} may send me advertising by e-mail: offers, promotions, news and satisfaction surveys."
            f" {_AGE_EN} {_FREE_EN} I can withdraw this consent at any time: by the link in every e-mail or in my"
            " account."
        ),
        Consent.Channel.SMS: (
            "{sender} may send me advertising by text message: offers, promotions, news and satisfaction surveys."
            f" {_AGE_EN} {_FREE_EN} I can withdraw this consent at any time: in my account or at the till."
        ),
        Consent.Channel.POST: (
            "{sender} may send me advertising by post: offers, promotions, news and satisfaction surveys."
            f" {_AGE_EN} {_FREE_EN} I can withdraw this consent at any time: in my account or at the till."
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Wording:
    text: str
    version: str
    language: str


def wording_of(channel: str, *, language: str) -> Wording:
    """The declaration for a channel in the reader's language, with the shop's name in law."""
    spoken = language.partition("-")[0]
    spoken = spoken if spoken in _TEXTS else "de"
    text = _TEXTS[spoken][Consent.Channel(channel)].format(sender=_sender())
    return Wording(text=text, version=VERSION, language=spoken)


def _sender() -> str:
    """Who would send the advertising: the shop under its own name, and the company behind it."""
    shop = current_tenant().name
    details = business_details()
    if details is None:
        return shop
    return details.company if shop in details.company else f"{shop} ({details.company})"
