"""The customer credits a receipt from when the card was forgotten."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from ledger.queries import account_of
from tests.clients import phone
from tests.factories import Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        return make_customer(name="Jana Krüger", email="jana@example.org")


def sell(shop: Shop, number: str, *, days_ago: int = 0) -> dict[str, str]:
    """And what stands on the receipt."""
    moment = timezone.now() - timedelta(days=days_ago)
    with shop.scope():
        make_purchase(customer=None, receipt_number=number, purchased_at=moment, now=timezone.now())
    day = moment.astimezone(shop.tenant.zone).date()
    return {"receipt_number": number, "total": "24,90", "purchased_on": day.isoformat()}


def send(client: Client, receipt: dict[str, str]) -> str:
    answer: Any = client.post("/receipt/", receipt, follow=True)
    return html.unescape(answer.content.decode())


def test_number_amount_and_day_bring_the_points_once(shop: Shop, jana: Customer) -> None:
    client, receipt = phone(jana, shop.tenant), sell(shop, "R1", days_ago=3)
    for wrong in ({"total": "24,91"}, {"receipt_number": "R2"}, {"purchased_on": timezone.now().date().isoformat()}):
        assert "Kein Einkauf mit diesem Bon" in send(client, receipt | wrong)
    assert "249 Punkte gutgeschrieben" in send(client, receipt)
    assert "bereits gutgeschrieben" in send(client, receipt)
    with shop.scope():
        assert account_of(jana).balance == 249


def test_old_receipts_are_for_the_team(shop: Shop, jana: Customer) -> None:
    assert "zu alt" in send(phone(jana, shop.tenant), sell(shop, "R1", days_ago=31))


def test_nobody_finds_receipts_by_trying(shop: Shop, other_shop: Shop, jana: Customer) -> None:
    client, receipt = phone(jana, shop.tenant), sell(shop, "R1")
    foreign = sell(other_shop, "R9")
    assert "Kein Einkauf mit diesem Bon" in send(client, foreign)
    for _ in range(9):
        send(client, receipt | {"total": "1,00"})
    assert "Zu viele Versuche" in send(client, receipt)
    with shop.scope():
        assert account_of(jana).balance == 0
