"""One spelling for every name and e-mail address, of customers and of the team."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from tenants.errors import Invalid

EMAIL_LENGTH = 254


def normal_name(name: str) -> str:
    """Without control characters and repeated spaces."""
    printable = "".join(" " if unicodedata.category(character)[0] == "C" else character for character in name)
    return " ".join(unicodedata.normalize("NFC", printable).split())


def normal_email(email: str) -> str:
    """Lower case and trimmed; raises Invalid."""
    address = unicodedata.normalize("NFC", email.strip()).lower()
    if not address:
        return ""
    if len(address) > EMAIL_LENGTH:
        raise Invalid(_("Enter a valid e-mail address."), field="email")
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(_("Enter a valid e-mail address."), field="email") from error
    return address
