"""Goods come back at the till: first what that takes is shown, then it is booked, once; and forgotten receipts."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Customer
from ledger.book import Voucher, open_book_of
from ledger.models import Entry
from ledger.queries import account_of
from programs.models import Purchase
from programs.services import LineItem, record_purchase
from tenants.roles import SYSTEM
from tests.checkout.conftest import Till
from tests.checkout.test_booking import text_of
from tests.factories import Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db


def bought(shop: Shop, customer: Customer | None, total: int = 2_490, receipt_number: str | None = None) -> Purchase:
    now = timezone.now()
    with shop.scope():
        return make_purchase(
            customer=customer, total=total, store=shop.store, receipt_number=receipt_number, now=now
        ).purchase


def balance(shop: Shop, customer: Customer) -> int:
    with shop.scope():
        return account_of(customer).balance


def test_what_a_return_takes_is_shown_before_it_is_booked_once(till: Till, shop: Shop, jana: Customer) -> None:
    purchase = bought(shop, jana)
    path, key = f"purchases/{purchase.public_id}/return/", str(uuid.uuid4())
    assert "Höchstens 24,90" in text_of(till.get(path))
    asked = till.post(path, amount="5,00", key=key, reason="faulty")
    assert "Rückgabe buchen" in text_of(asked)
    assert "19,90" in text_of(asked)
    assert balance(shop, jana) == 249
    assert 'value="5,00"' in till.post(path, amount="5,00", key=key, back="yes").content.decode()
    for _ in range(2):
        done = till.post(path, amount="5,00", key=key, reason="faulty", confirmed="yes")
        assert "50 Punkte zurückgenommen" in text_of(done)
    assert balance(shop, jana) == 199
    with shop.scope():
        entry = Entry.objects.latest("seq")
        assert (entry.kind, entry.actor, entry.device_id) == ("return", till.actor.reference, till.device.pk)
    other = till.post(path, amount="6,00", key=key, confirmed="yes")
    assert "etwas anderes" in text_of(other)
    assert balance(shop, jana) == 199


def test_lines_come_back_by_quantity(till: Till, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        purchase = record_purchase(
            customer=jana,
            total=2_490,
            currency="EUR",
            actor=SYSTEM,
            now=timezone.now(),
            lines=[LineItem(total=900, quantity=Decimal(2), name="Cappuccino"), LineItem(total=1_590, name="Bohnen")],
        ).purchase
    path = f"purchases/{purchase.public_id}/return/"
    page = text_of(till.get(path))
    assert "Cappuccino" in page
    assert "von 2 für 9,00" in page
    wrong = till.post(path, **{"line-0": "3", "amount": "", "key": str(uuid.uuid4())})
    assert 'aria-invalid="true"' in wrong.content.decode()
    nothing = till.post(path, amount="", key=str(uuid.uuid4()))
    assert "eine Menge oder einen Betrag" in text_of(nothing)
    values = {"line-0": "2", "amount": "", "key": str(uuid.uuid4()), "confirmed": "yes"}
    for _ in range(2):
        assert "90 Punkte zurückgenommen" in text_of(till.post(path, **values))
    assert balance(shop, jana) == 159


def test_points_that_are_owed_are_told_in_words(till: Till, shop: Shop, jana: Customer) -> None:
    purchase = bought(shop, jana)
    with shop.scope(), open_book_of(jana.pk, now=timezone.now()) as book:
        book.spend(249, Voucher(actor=SYSTEM, occurred_at=timezone.now()))
    path = f"purchases/{purchase.public_id}/return/"
    told = "Es fehlen 50 Punkte. Die nächsten Einkäufe gleichen das aus."
    assert told in text_of(till.post(path, amount="5", key=str(uuid.uuid4())))
    assert told in text_of(till.post(path, amount="5", key=str(uuid.uuid4()), confirmed="yes"))
    assert told in text_of(till.get(f"customers/{jana.public_id}/"))
    assert balance(shop, jana) == -50


def test_what_is_voided_or_back_already_takes_no_return(till: Till, shop: Shop, jana: Customer) -> None:
    purchase = bought(shop, jana)
    path = f"purchases/{purchase.public_id}/return/"
    till.post(path, amount="24,90", key=str(uuid.uuid4()), confirmed="yes")
    assert "nichts mehr zurückzugeben" in text_of(till.get(path))
    assert "nichts mehr zurückzugeben" in text_of(till.post(path, amount="1", key=str(uuid.uuid4()), confirmed="yes"))
    anonymous = bought(shop, None)
    assert till.get(f"purchases/{anonymous.public_id}/return/").status_code == 404


def test_the_day_shows_what_came_back(till: Till, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        purchase = make_purchase(customer=jana, actor=till.actor, store=shop.store, now=timezone.now()).purchase
    assert "Nur einen Teil zurückgeben" in till.page()
    till.post(f"purchases/{purchase.public_id}/return/", amount="5", key=str(uuid.uuid4()), confirmed="yes")
    day = text_of(till.get("purchases/"))
    assert "5,00" in day
    assert "199 Punkte" in day


def test_a_forgotten_card_is_made_up_for_by_the_receipt(till: Till, shop: Shop, jana: Customer) -> None:
    bought(shop, None, receipt_number="R1")
    path = f"customers/{jana.public_id}/purchases/"
    assert "kein einkauf mit diesem bon" in text_of(till.post(path, receipt_number="R2", total="24,90")).lower()
    assert "249 Punkte gutgeschrieben" in text_of(till.post(path, receipt_number="R1", total="24,90"))
    assert "bereits gutgeschrieben" in text_of(till.post(path, receipt_number="R1", total="24,90"))
    assert balance(shop, jana) == 249


def test_staff_neither_claim_for_themselves_nor_see_another_shop(
    till: Till, shop: Shop, other_shop: Shop, jana: Customer
) -> None:
    bought(shop, None, receipt_number="R1")
    with shop.scope():
        mia = make_customer(name="Mia", email="mia@example.org")
    path = f"customers/{mia.public_id}/purchases/"
    assert "jemand anderes" in text_of(till.post(path, receipt_number="R1", total="24,90"))
    with other_shop.scope():
        theirs = make_purchase(customer=make_customer(), now=timezone.now() - timedelta(minutes=1)).purchase
    assert till.get(f"purchases/{theirs.public_id}/return/").status_code == 404
    assert till.post(f"purchases/{theirs.public_id}/return/", amount="1").status_code == 404
