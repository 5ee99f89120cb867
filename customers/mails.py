"""Mail to customers in the shop's name: one text, sent as it is and as a page in the shop's colours.

The text decides what the page looks like: an indented paragraph is a code to be copied or, where it is long, a quote;
a web address under a short line is a button with that label.
"""

import re
from dataclasses import dataclass
from email.mime.image import MIMEImage
from email.utils import formataddr, make_msgid, parseaddr
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from legal.queries import business_details
from team.models import Logo
from tenants.brand import palettes
from tenants.locales import language_tag
from tenants.mail import BY_ITSELF
from tenants.scope import current_tenant

LONGEST_LABEL: Final = 40
LONGEST_CODE: Final = 24
LOGO: Final = "logo"
_INDENT: Final = "    "
_URL: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, without the frame. With `unsubscribe_url` it is advertising."""

    subject: str
    text: str
    language: str
    unsubscribe_url: str = ""


class ShopMail(EmailMultiAlternatives):
    """With pictures that its page shows, not files to be opened."""

    mixed_subtype = "related"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the page: lines of text, some of them links; a code; a quote; or a button."""

    lines: tuple[str, ...] = ()
    code: str = ""
    quote: str = ""
    label: str = ""
    url: str = ""

    @property
    def shown(self) -> list[tuple[str, bool]]:
        return [(line, bool(_URL.fullmatch(line))) for line in self.lines]


def letter_of(template: str, *, language: str, **context: Any) -> Letter:
    """From `<template>.txt` and `<template>_subject.txt`."""
    with translation.override(language):
        context = {"tenant": current_tenant(), **context}
        subject = render_to_string(f"{template}_subject.txt", context)
        text = render_to_string(f"{template}.txt", context)
    return Letter(subject=" ".join(subject.split()), text=text.strip(), language=language)


def send_mail(template: str, *, to: str, language: str, **context: Any) -> EmailMessage:
    """To be called in a scope, by a task."""
    return send_letter(letter_of(template, language=language, **context), to=to)


def send_letter(letter: Letter, *, to: str, message_id: str = "") -> EmailMessage:
    """Hand it to the mail server. Raises what the server says."""
    message = mail_of(letter, to=to, message_id=message_id)
    message.send()
    return message


def mail_of(letter: Letter, *, to: str, message_id: str = "") -> EmailMessage:
    """The identity is known before it is sent, because a consent names the mail that asked for it."""
    details = business_details()
    headers = {"Message-ID": message_id or new_message_id(), **BY_ITSELF}
    if letter.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = ShopMail(
        subject=letter.subject,
        body=text_of(letter),
        from_email=formataddr((current_tenant().name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[to],
        reply_to=[details.email] if details else None,
        headers=headers,
    )
    message.attach_alternative(page_of(letter, logo_url=f"cid:{LOGO}"), "text/html")
    logo = Logo.objects.only("small").first()
    if logo:
        message.attach(_picture(bytes(logo.small)))
    return message


def new_message_id() -> str:
    """Names the shop by the host that never changes, so that a report of a failed delivery finds its way back."""
    return make_msgid(domain=current_tenant().given_host.partition(":")[0])


def text_of(letter: Letter) -> str:
    with translation.override(letter.language):
        tenant = current_tenant()
        foot = [tenant.name, tenant.url, "", *imprint(), f"{_('Imprint')}: {_imprint_url()}"]
        if letter.unsubscribe_url:
            foot.append(f"{_('Unsubscribe')}: {letter.unsubscribe_url}")
    return "\n".join([letter.text, "", "-- ", *foot, ""])


def page_of(letter: Letter, *, logo_url: str) -> str:
    tenant = current_tenant()
    light, dark = palettes(tenant.brand_color)
    with translation.override(letter.language):
        context = {
            "subject": letter.subject,
            "blocks": blocks_of(letter.text),
            "tenant": tenant,
            "html_lang": language_tag(),
            "logo_url": logo_url if tenant.logo_hash else "",
            "light": light,
            "dark": dark,
            "imprint": imprint(),
            "imprint_url": _imprint_url(),
            "privacy_url": f"{tenant.url}{reverse('portal:legal', args=['privacy'])}",
            "unsubscribe_url": letter.unsubscribe_url,
        }
        return render_to_string("mail/letter.html", context)


def blocks_of(text: str) -> list[Block]:
    return [_block(paragraph) for paragraph in re.split(r"\n\s*\n", text.strip("\n")) if paragraph.strip()]


def imprint() -> list[str]:
    """Who writes, in law; the shop's name alone where the merchant has not said."""
    details = business_details()
    if details is None:
        return []
    behind = [details.company, details.represented_by]
    where = [details.street, f"{details.postcode} {details.city}"]
    return [" · ".join(filter(None, line)) for line in (behind, where, [details.register]) if any(line)]


def _block(paragraph: str) -> Block:
    lines = [line.rstrip() for line in paragraph.split("\n")]
    if all(line.startswith(_INDENT) for line in lines):
        said = " ".join(line.strip() for line in lines)
        return Block(code=said) if len(said) <= LONGEST_CODE else Block(quote=said)
    lines = [line.strip() for line in lines]
    label = lines[0].rstrip(":")
    if len(lines) == 2 and _URL.fullmatch(lines[1]) and len(label) <= LONGEST_LABEL:
        return Block(label=label, url=lines[1])
    return Block(lines=tuple(lines))


def _imprint_url() -> str:
    return f"{current_tenant().url}{reverse('portal:legal', args=['imprint'])}"


def _picture(content: bytes) -> MIMEImage:
    picture = MIMEImage(content, "png")
    picture.add_header("Content-ID", f"<{LOGO}>")
    picture.add_header("Content-Disposition", "inline", filename="logo.png")
    return picture
