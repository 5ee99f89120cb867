"""Celery entry points of messaging."""

from celery import shared_task

from customers.mails import send_letter
from events.mails import MailTask
from messaging.kinds import kind_called
from messaging.wording import Words, sample_letter


@shared_task(base=MailTask)
def mail_sample(tenant_id: int, kind_code: str, language: str, subject: str, body: str, to: str) -> None:
    """A message about nobody, for a member of the team."""
    kind = kind_called(kind_code)
    if kind is not None:
        send_letter(sample_letter(kind, Words(subject, body), language=language), to=to)
