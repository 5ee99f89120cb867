"""One spelling for every name, address, phone number and birthday, so that equal people compare equal."""

import re
import unicodedata
from datetime import date

import phonenumbers
from django.utils.translation import gettext as _

from tenants.contact import normal_name
from tenants.errors import Invalid

KEY_LENGTH = 240
# E.164: a plus sign and at most fifteen digits.
PHONE_LENGTH = 16
# Two names of one service.
GMAIL = ("gmail.com", "googlemail.com")
_UMLAUT = re.compile("([aou])e+")
_BIRTHDAY = re.compile(r"(?:(\d{4})-|--)?(\d{2})-(\d{2})")
# Present in every month table: a birthday on 29 February is one.
LEAP_YEAR = 2024


def search_key(text: str) -> str:
    """Folded for comparison: case, accents, spaces and the spelling of umlauts do not matter (Müller, Mueller).

    The key of a beginning is the beginning of the key, so that a search may compare prefixes.
    """
    # Twice, because decomposing brings forth capitals, and folding them accents.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", normal_name(text)).casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _UMLAUT.sub(r"\1", " ".join(plain.split()))[:KEY_LENGTH]


def normal_phone(phone: str, *, country: str) -> str:
    """E.164, read as dialled in `country`; raises Invalid."""
    if not phone.strip():
        return ""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid(_("Enter a valid phone number."), field="phone") from error
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(number) or len(dialled) > PHONE_LENGTH:
        raise Invalid(_("Enter a valid phone number."), field="phone")
    return dialled


def mailbox_key(email: str) -> str:
    """Who reads the mail, whatever the spelling: a tag after `+` does not matter, nor do the dots of Gmail."""
    local, at, host = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if host in GMAIL:
        local, host = local.replace(".", "") or local, GMAIL[0]
    return f"{local}{at}{host}"


def month_and_day(birthday: str) -> tuple[int, int] | tuple[None, None]:
    """From `MM-DD`, `--MM-DD` or `YYYY-MM-DD`; the year is not kept. Raises Invalid."""
    if not birthday.strip():
        return None, None
    match = _BIRTHDAY.fullmatch(birthday.strip())
    try:
        if not match:
            raise ValueError
        day = date(int(match[1] or LEAP_YEAR), int(match[2]), int(match[3]))
    except ValueError as error:
        raise Invalid(_("Enter a birthday as MM-DD."), field="birthday") from error
    return day.month, day.day
