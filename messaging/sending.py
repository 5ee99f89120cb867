"""One message goes to the mail server, once: whatever fails is tried again, whatever is refused for good is kept."""

import re
from datetime import datetime
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Final

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from customers.mails import Letter, mail_of
from customers.models import Customer
from events.services import publish
from messaging import handover
from messaging.errors import NotTaken
from messaging.handover import Handover
from messaging.kinds import kind_called
from messaging.models import Message
from messaging.queries import consent_for, hindrance, is_muted
from messaging.wording import letter_to
from tenants.roles import SYSTEM

State, Reason = Message.State, Message.Reason
# Mailbox unknown, moved or switched off; a full one or a doubtful text says nothing about the address.
_ADDRESS_GONE: Final = re.compile(r"5\.(1\.([01236]|10)|2\.1)")
_ENHANCED: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def send_message(message_id: int, *, now: datetime) -> None:
    """Decide by what is so now: address, consent and the shop's words may have changed since it was posted.

    Raises NotTaken where the server is away, so that the outbox tries again.
    """
    message = Message.objects.select_for_update(no_key=True).filter(pk=message_id, state=State.QUEUED).first()
    if message is None:
        return
    customer = Customer.objects.get(pk=message.customer_id)
    if customer.status == Customer.Status.ERASED:
        message.delete()
        return
    kind = kind_called(message.kind)
    if kind is None:
        raise LookupError(f"no kind of message is called {message.kind}")
    if reason := Reason.MUTED if is_muted(kind) else hindrance(kind, customer):
        _settle(message, State.DROPPED, reason)
        return
    consent = consent_for(customer) if kind.is_marketing else None
    letter = letter_to(customer, kind=kind, facts=message.facts, consent=consent)
    message.language, message.address = letter.language, customer.email
    message.subject, message.text = letter.subject, letter.text
    _hand_over(message, letter, now=now)


def refuse(message: Message, *, status: str, now: datetime) -> None:
    """The other server will not take it: this mail, or any to the address."""
    message.status = status
    if not is_address_gone(status):
        _settle(message, State.FAILED, Reason.REFUSED)
        return
    message.bounced_at = now
    _settle(message, State.BOUNCED, Reason.REFUSED)
    publish("message.bounced", actor=SYSTEM, occurred_at=now, customer=message.customer_id, message=message.pk)


def is_address_gone(status: str) -> bool:
    """By the enhanced status of RFC 3463; a bare 550, 551 or 553 is about the mailbox too."""
    return bool(_ADDRESS_GONE.fullmatch(status)) or status in {"550", "551", "553"}


def _hand_over(message: Message, letter: Letter, *, now: datetime) -> None:
    """Connected first, so that little time passes in which nobody could say whether the mail was taken."""
    mail = mail_of(letter, to=message.address, message_id=message.message_id)
    try:
        with get_connection() as server:
            _hand_to(server, message, mail, now=now)
    except (SMTPException, OSError) as error:
        raise NotTaken(type(error).__name__) from None


def _hand_to(server: BaseEmailBackend, message: Message, mail: EmailMessage, *, now: datetime) -> None:
    match handover.begin(message.pk):
        case Handover.TAKEN:
            _sent(message, now=now)
            return
        case Handover.BEGUN:
            _settle(message, State.FAILED, Reason.INTERRUPTED)
            return
    try:
        server.send_messages([mail])
    except SMTPRecipientsRefused as error:
        handover.refused(message.pk)
        _refused(message, *next(iter(error.recipients.values())), now=now)
    except SMTPDataError as error:
        handover.refused(message.pk)
        _refused(message, error.smtp_code, error.smtp_error, now=now)
    except Exception:
        handover.refused(message.pk)
        raise
    else:
        handover.taken(message.pk)
        _sent(message, now=now)


def _refused(message: Message, code: int, words: bytes | str, *, now: datetime) -> None:
    if code < 500:
        raise NotTaken(str(code)) from None
    spoken = words.decode(errors="replace") if isinstance(words, bytes) else words
    found = _ENHANCED.search(spoken)
    refuse(message, status=found[0] if found else str(code), now=now)


def _sent(message: Message, *, now: datetime) -> None:
    message.sent_at = now
    _settle(message, State.SENT, "")


def _settle(message: Message, state: str, reason: str) -> None:
    message.state, message.reason = state, reason
    message.save()
