"""What the tests of messages share: an outbox that is worked off, customers who can be reached, and a mail server."""

from collections.abc import Callable
from datetime import date, datetime
from smtplib import SMTPException
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from customers.consents import give
from customers.models import Customer, Via
from events import delivery
from events.delivery import relay_events
from messaging import kinds
from messaging.kinds import Kind, Placeholder, Purpose, day_in_words, declare
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, publish_legal_texts

JANA = "jana@example.org"


def work_off(shop: Shop, *, now: datetime | None = None) -> None:
    """Everything that waits in the outbox, and what follows from it."""
    now = now or timezone.now()
    more = True
    while more:
        with shop.scope():
            announced, _ = relay_events(now=now)
        for delivery_id, attempt in announced:
            delivery.deliver(tenant=shop.tenant, delivery_id=delivery_id, attempt=attempt, now=now)
        more = bool(announced)


def reachable(*, email: str = JANA, name: str = "Jana Krüger", language: str = "", **more: Any) -> Customer:
    """Somebody who has proven the address."""
    customer = make_customer(name=name, email=email, **more)
    Customer.objects.filter(pk=customer.pk).update(email_confirmed_at=NOW, language=language)
    customer.refresh_from_db()
    return customer


def agrees(customer: Customer) -> None:
    """To advertising by e-mail."""
    give(customer=customer, channel="email", language="de", via=Via.PORTAL, actor=SYSTEM, now=NOW)


@pytest.fixture(autouse=True)
def kinds_of_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))


@pytest.fixture
def voucher() -> Kind:
    """Something that the customer is owed."""
    return declare(
        Kind(
            code="test_voucher",
            label="Voucher",
            occasion="At once.",
            subject="{reward} until {day}",
            body="{greeting},\n\nhere is {reward} for you:\n\n    {code}\n\nValid until {day}.",
            placeholders=(
                Placeholder("reward", "what it is", "a coffee"),
                Placeholder("code", "the code", "4K7P", is_needed=True),
                Placeholder("day", "last day", date(2026, 12, 31), day_in_words),
            ),
            button="Show the voucher",
            path="/vouchers/{code}/",
        )
    )


@pytest.fixture
def advert() -> Kind:
    return declare(
        Kind(
            code="test_advert",
            label="News",
            occasion="Now and then.",
            subject="News of {shop}",
            body="{greeting},\n\nwe have something new.",
            purpose=Purpose.MARKETING,
        )
    )


@pytest.fixture
def shop_in_law(shop: Shop) -> Shop:
    with shop.scope():
        publish_legal_texts()
    return shop


class MailServer:
    """Raises what it was told to, once for each mail, then takes everything."""

    def __init__(self) -> None:
        self.says: list[BaseException] = []
        self.asked = 0

    def taking(self) -> Callable[[EmailBackend, Any], int]:
        take = EmailBackend.send_messages

        def send(backend: EmailBackend, messages: Any) -> int:
            self.asked += 1
            if self.says:
                raise self.says.pop(0)
            return take(backend, messages)

        return send


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> MailServer:
    found = MailServer()
    monkeypatch.setattr(EmailBackend, "send_messages", found.taking())
    return found


AWAY = SMTPException("cannot reach the server of jana@example.org")
