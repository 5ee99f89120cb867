"""Every mail that the product sends, in every tongue: complete, in one language, and with one way of address."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from customers.mails import Letter, letter_of, mail_of, page_of, text_of
from customers.queries import language_for
from customers.wordings import wording_of
from messaging.kinds import kinds
from messaging.wording import default_words, sample_letter
from tenants.mail import send_mail
from tenants.models import Tenant
from tests.factories import NOW, Shop

pytestmark = pytest.mark.django_db
TONGUES = [("de", "du"), ("de", "sie"), ("en", "du"), ("en", "sie")]
TEMPLATES = Path(settings.BASE_DIR) / "templates"
INFORMAL = re.compile(r"\b(du|dich|dir|dein\w*)\b", re.IGNORECASE)
# At the beginning of a sentence it may be a thing.
FORMAL = re.compile(r"\b(Ihr\w*|Ihnen)\b|(?<=[a-zäöüß,] )Sie\b")
ENGLISH = re.compile(r"\b(the|you|your|this|with|and|until|if)\b", re.IGNORECASE)
OF_MEMBERS: dict[str, dict[str, Any]] = {
    "team/mail/invitation": {
        "name": "Mia",
        "invited_by": "Tom",
        "role": "Leitung",
        "link": "https://shop.example/join/",
    },
    "backoffice/mail/customers_exported": {"who": "Tom", "moment": NOW, "rows": 2, "number": 7},
    "backoffice/mail/review": {
        "span": "10/2026",
        "sections": ["12.", "3."],
        "steps": ["4."],
        "url": "https://shop.example/backoffice/reports/months/2026-10/",
        "settings_url": "https://shop.example/backoffice/reports/months/",
    },
}
OF_ACCOUNTS = {
    "product_name": "Punktwerk",
    "email": "mia@example.org",
    "activate_url": "https://shop.example/confirm/",
    "password_reset_url": "https://shop.example/reset/",
    "timestamp": NOW,
    "ip": "192.0.2.1",
}


def named(folder: str) -> set[str]:
    """The mails of which a folder has the words."""
    subjects = (path.relative_to(TEMPLATES).as_posix() for path in (TEMPLATES / folder).glob("*_subject.txt"))
    return {subject.removesuffix("_subject.txt") for subject in subjects}


def letters(language: str) -> dict[str, Letter]:
    """Every mail to customers, as an example."""
    spoken = language_for(language)
    found = {
        kind.code: sample_letter(kind, default_words(kind, language=spoken), language=language) for kind in kinds()
    }
    wording = wording_of("email", language=spoken).text
    facts = {"code": "042042", "token": "x" * 43, "wording": wording}
    return found | {template: letter_of(template, language=spoken, **facts) for template in named("portal/mail")}


def complain(text: str, *, language: str, address: str) -> str:
    """What a reader would stumble over; empty where nothing."""
    checks = {
        "a placeholder": re.compile(r"[{}]|%\(|\bNone\b|\d{4}-\d\d-\d\d|&\w+;"),
        "a gap": re.compile(r"\n\n\n| {2,}[^ ]"),
    }
    if language == "de":
        checks |= {"English": ENGLISH, "the wrong address": FORMAL if address == "du" else INFORMAL}
    spoken = re.sub(r"^ {4}(?! )", "", re.sub(r"https?://\S+", "–", text), flags=re.MULTILINE)
    return "; ".join(f"{what}: {found[0]!r}" for what, wrong in checks.items() if (found := wrong.search(spoken)))


@pytest.mark.parametrize(("language", "address"), TONGUES)
def test_every_mail_to_customers_is_in_one_language_and_address(shop: Shop, language: str, address: str) -> None:
    Tenant.objects.filter(pk=shop.tenant.pk).update(address=address)
    shop.tenant.refresh_from_db()
    with shop.scope():
        found = letters(language)
        wording = wording_of("email", language=language_for(language)).text
        assert len(found) >= 18
        for name, letter in found.items():
            said = f"{letter.subject}\n{letter.text}".replace(wording, "–")
            assert complain(said, language=language, address=address) == "", (name, said)
            assert len(letter.subject) <= 78, letter.subject
            foot = "Impressum: " if language == "de" else "Imprint: "
            assert f"{foot}{shop.tenant.url}/legal/imprint/" in text_of(letter), name
            assert f'href="{shop.tenant.url}/legal/imprint/"' in page_of(letter, logo_url=""), name
            headers = mail_of(letter, to="jana@example.org").extra_headers
            assert headers["Auto-Submitted"] == "auto-generated"
            assert ("List-Unsubscribe" in headers) == bool(letter.unsubscribe_url), name


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_mail_to_the_team_is_in_one_language(shop: Shop, language: str) -> None:
    assert named("team/mail") | named("backoffice/mail") == OF_MEMBERS.keys()
    with shop.scope():
        for template, facts in OF_MEMBERS.items():
            message = send_mail(template, to="mia@example.org", language=language, **facts)
            assert complain(f"{message.subject}\n{message.body}", language=language, address="sie") == "", template


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_mail_about_an_account_is_in_one_language(language: str) -> None:
    found = named("account/email") | named("mfa/email")
    assert len(found) >= 15
    with translation.override(language):
        for template in found:
            subject = render_to_string(f"{template}_subject.txt", OF_ACCOUNTS).strip()
            text = render_to_string(f"{template}_message.txt", OF_ACCOUNTS)
            assert subject
            assert complain(f"{subject}\n{text}", language=language, address="sie") == "", template
