"""A mail server that is away for a while costs nobody their mail; what never leaves is seen by the team."""

import sys
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from customers.codes import VALID_FOR
from customers.tasks import send_email_changed, send_email_confirmation, send_erasure_code
from events.mails import CodeTask, MailTask
from events.models import Event
from events.queries import failed_mails
from loyalty.celery import app
from team.tasks import send_invitation
from tenants.tasks import PatientTask, send_account_mail
from tests.factories import Shop, make_customer

pytestmark = pytest.mark.django_db
JANA = "jana@example.org"


class Server:
    """Refuses so many mails, then takes them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, refuses: int) -> None:
        self.tries = 0
        self._refuses = refuses
        self._send = EmailMessage.send

        def send(message: EmailMessage, **how: Any) -> int:
            return self.take(message, **how)

        monkeypatch.setattr(EmailMessage, "send", send)

    def take(self, message: EmailMessage, **how: Any) -> int:
        self.tries += 1
        if self.tries <= self._refuses:
            raise SMTPServerDisconnected(f"cannot reach {JANA}")
        return self._send(message, **how)


def test_every_task_that_sends_a_mail_is_patient() -> None:
    app.loader.import_default_modules()
    senders = {
        task.name: task
        for task in app.tasks.values()
        if {"send_mail", "EmailMessage"} & set(vars(sys.modules[type(task).__module__]))
    }
    assert "team.tasks.send_invitation" in senders
    assert [name for name, task in senders.items() if not isinstance(task, PatientTask)] == []
    of_shops = {name for name, task in senders.items() if isinstance(task, MailTask)}
    assert senders.keys() - of_shops == {send_account_mail.name}


def seconds_of_trying(task: PatientTask) -> float:
    """As they are on average: each pause is cut short at random."""
    return sum(min(task.retry_backoff * 2**tries, task.retry_backoff_max) / 2 for tries in range(task.max_retries or 0))


def test_a_link_outlasts_an_hour_without_a_mail_server_and_a_code_no_longer_than_it_is_good() -> None:
    for task in (send_email_confirmation, send_invitation, send_account_mail):
        assert seconds_of_trying(task) > 2 * 3600
    assert isinstance(send_erasure_code, CodeTask)
    assert seconds_of_trying(send_erasure_code) < VALID_FOR.total_seconds()


@pytest.mark.parametrize("refuses", [0, 1, 30])
def test_a_mail_is_sent_as_soon_as_the_server_takes_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, refuses: int
) -> None:
    with shop.scope():
        customer = make_customer(email="neu@example.org")
    Server(monkeypatch, refuses=refuses)
    send_email_changed.apply(args=(shop.tenant.pk, customer.pk, JANA))
    assert [message.to for message in mail.outbox] == [[JANA]]
    with shop.scope():
        assert not Event.objects.filter(name="mail.failed").exists()


def test_a_mail_that_never_leaves_is_noted_without_its_address(
    shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.scope():
        customer = make_customer(email=JANA)
    server = Server(monkeypatch, refuses=99)
    send_erasure_code.apply(args=(shop.tenant.pk, customer.pk, "042042"))
    assert (server.tries, mail.outbox) == (7, [])
    now = timezone.now()
    with shop.scope():
        (event,) = failed_mails(now=now)
        assert event.payload == {"mail": "send_erasure_code"}
        assert not failed_mails(now=now + timedelta(days=30)).exists()
    with other_shop.scope():
        assert not failed_mails(now=now).exists()
