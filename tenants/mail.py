"""Mail in a shop's name: a subject and a text template, in the reader's language."""

from collections.abc import Sequence
from email.utils import make_msgid
from typing import Any, Final

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from tenants.scope import current_tenant

# So that no absence note comes back (RFC 3834).
BY_ITSELF: Final = {"Auto-Submitted": "auto-generated"}


def send_mail(template: str, *, to: str | Sequence[str], language: str, **context: Any) -> EmailMessage:
    """Send `<template>.txt` under the subject in `<template>_subject.txt`. To be called in a scope, by a task."""
    with translation.override(language):
        context = {"tenant": current_tenant(), **context}
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        body = render_to_string(f"{template}.txt", context)
    # Known before it is sent, because a consent names the mail that asked for it.
    headers = {"Message-ID": make_msgid(domain=current_tenant().host.partition(":")[0]), **BY_ITSELF}
    message = EmailMessage(subject=subject, body=body, to=[to] if isinstance(to, str) else to, headers=headers)
    message.send()
    return message
