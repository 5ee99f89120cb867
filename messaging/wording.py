"""From a kind and its facts to the words of one message; what a shop writes itself is checked here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from customers.consents import withdrawal_token
from customers.mails import Letter
from customers.models import Consent, Customer
from customers.queries import language_for, language_of
from messaging.kinds import Kind, Placeholder
from messaging.models import OwnText
from tenants.errors import Invalid
from tenants.models import longest
from tenants.scope import current_tenant

# In every message, whatever it is about.
GREETING: Final = Placeholder("greeting", gettext_lazy("greeting with the customer's name"), "")
SHOP: Final = Placeholder("shop", gettext_lazy("name of the shop"), "")
LANGUAGES: Final = {"de": "Deutsch", "en": "English"}
# With everything filled in; more is shown by no mailbox.
LONGEST_SUBJECT: Final = 150
EXAMPLE_NAME: Final = "Jana Krüger"
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
# Where a placeholder has nothing to say.
_GAP: Final = re.compile(r"\n[ \n]*\n")


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and body with placeholders."""

    subject: str
    body: str
    is_own: bool = False


def placeholders_of(kind: Kind) -> list[Placeholder]:
    return [GREETING, SHOP, *kind.placeholders]


def words_of(kind: Kind, *, language: str) -> Words:
    """The shop's own words where it has some for the language, else ours, du or Sie."""
    own = OwnText.objects.filter(kind=kind.code, language=language.partition("-")[0]).first()
    return Words(own.subject, own.body, is_own=True) if own else default_words(kind, language=language)


def default_words(kind: Kind, *, language: str) -> Words:
    with translation.override(language):
        return Words(str(kind.subject), str(kind.body))


def letter_to(customer: Customer, *, kind: Kind, facts: Mapping[str, Any], consent: Consent | None = None) -> Letter:
    """In the customer's language, as it is now; advertising says how to stop it."""
    language = language_of(customer)
    path = reverse("portal:unsubscribe", args=[withdrawal_token(consent)]) if consent else ""
    return _letter(
        words_of(kind, language=language), kind, facts, name=customer.name, language=language, unsubscribe_path=path
    )


def sample_letter(kind: Kind, words: Words, *, language: str) -> Letter:
    """To an example customer, in the shop's German or English; it unsubscribes nobody."""
    path = reverse("portal:consents") if kind.is_marketing else ""
    language = language_for(language)
    return _letter(words, kind, kind.examples, name=EXAMPLE_NAME, language=language, unsubscribe_path=path)


def _letter(
    words: Words, kind: Kind, facts: Mapping[str, Any], *, name: str, language: str, unsubscribe_path: str
) -> Letter:
    tenant = current_tenant()
    with translation.override(language):
        values = {placeholder.code: _said(placeholder, facts) for placeholder in kind.placeholders}
        values |= {GREETING.code: greeting(name, language=language), SHOP.code: tenant.name}
        text = _GAP.sub("\n\n", _filled(words.body, values)).strip()
        if kind.button:
            text += f"\n\n{kind.button}:\n{tenant.url}{_filled(kind.path, values)}"
    subject = Truncator(" ".join(_filled(words.subject, values).split())).chars(LONGEST_SUBJECT)
    unsubscribe_url = f"{tenant.url}{unsubscribe_path}" if unsubscribe_path else ""
    return Letter(subject=subject, text=text, language=language, unsubscribe_url=unsubscribe_url)


def greeting(name: str, *, language: str) -> str:
    """With the whole name where the shop says Sie."""
    if not name:
        return pgettext("mail", "Hello")
    is_formal = language.startswith("de") and "informal" not in language
    return pgettext("mail", "Hello %(name)s") % {"name": name if is_formal else name.partition(" ")[0]}


def checked(kind: Kind, *, subject: str, body: str) -> Words:
    """What a shop has written, in normal spelling. Raises Invalid."""
    subject = " ".join(subject.split())
    body = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").strip().split("\n"))
    known = {placeholder.code for placeholder in placeholders_of(kind)}
    for field, text in (("subject", subject), ("body", body)):
        limit = longest(OwnText, field)
        if not text or len(text) > limit:
            raise Invalid(_("Write 1 to %(limit)d characters.") % {"limit": limit}, field=field)
        if unknown := _unknown_in(text, known):
            raise Invalid(_("There is no placeholder %(unknown)s here.") % {"unknown": unknown}, field=field)
    missing = [p.code for p in kind.placeholders if p.is_needed and f"{{{p.code}}}" not in body]
    if missing:
        raise Invalid(_("The text needs the placeholder %(missing)s.") % {"missing": f"{{{missing[0]}}}"}, field="body")
    return Words(subject, body, is_own=True)


def _said(placeholder: Placeholder, facts: Mapping[str, Any]) -> str:
    """Nothing where the message was posted before its kind knew the placeholder."""
    return placeholder.written(facts[placeholder.code]) if placeholder.code in facts else ""


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one pass, so that a value is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def _unknown_in(text: str, known: set[str]) -> str:
    """The first brace that belongs to no known placeholder, with what stands in it."""
    rest = _PLACEHOLDER.sub(lambda found: "" if found[1] in known else found[0], text)
    stray = re.search(r"\{[^{}\n]{0,40}\}?|\}", rest)
    return stray[0] if stray else ""
