"""Stamp cards at the till: one tap, a full card, undoing, and a button that is pressed twice."""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from ledger.models import Account
from ledger.queries import unsound_accounts
from programs.rules import Goods, Per
from tests.checkout.conftest import Till, open_till
from tests.checkout.test_booking import text_of
from tests.factories import COFFEE_CARD, Shop, offer_cards

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def coffee_card(shop: Shop) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, needed=4), now=timezone.now())


def tap(till: Till, customer: Customer, count: int = 1, *, key: str = "") -> Any:
    return till.post(f"customers/{customer.public_id}/stamps/card-1/", count=str(count), key=key or str(uuid.uuid4()))


def redeem(till: Till, customer: Customer, *, key: str = "") -> Any:
    return till.post(f"customers/{customer.public_id}/stamps/card-1/redeem/", key=key or str(uuid.uuid4()))


def undo(till: Till, page: Any) -> Any:
    found = re.search(r'action="/checkout/([^"]+/void/)"', page.content.decode())
    assert found
    return till.post(found[1])


def stamps(shop: Shop) -> int:
    with shop.scope():
        assert unsound_accounts() == {}
        return sum(Account.objects.filter(unit="stamps:card-1").values_list("balance", flat=True))


def test_the_page_shows_what_is_missing_and_one_tap_stamps(till: Till, shop: Shop, jana: Customer) -> None:
    page = till.get(f"customers/{jana.public_id}/")
    assert "Noch 4 Stempel bis: 1 Kaffee gratis" in text_of(page)
    assert "0 von 4 Stempeln" in page.content.decode()
    done = text_of(tap(till, jana, 3))
    assert "+3 Stempel" in done
    assert "Noch 1 Stempel bis: 1 Kaffee gratis" in done
    assert stamps(shop) == 3


def test_a_press_counts_once(till: Till, shop: Shop, jana: Customer) -> None:
    key = str(uuid.uuid4())
    first, second = tap(till, jana, 2, key=key), tap(till, jana, 2, key=key)
    assert first.redirect_chain == second.redirect_chain
    assert stamps(shop) == 2
    tap(till, jana, 1, key=key)
    assert stamps(shop) == 2


def test_a_full_card_is_redeemed_and_the_redemption_undone(till: Till, shop: Shop, jana: Customer) -> None:
    assert "Karte einlösen" in text_of(tap(till, jana, 4))
    given = redeem(till, jana)
    assert "1 Kaffee gratis Jetzt an der Kasse buchen" in text_of(given)
    assert f"Beleg {jana.number}-2" in text_of(given)
    assert stamps(shop) == 0
    assert "Die Stempel sind zurück" in text_of(undo(till, given))
    assert stamps(shop) == 4


def test_a_tap_can_be_undone_also_from_the_next_customers_page(till: Till, shop: Shop, jana: Customer) -> None:
    tap(till, jana, 2)
    page = till.get()
    assert "+2 (Kaffeekarte) für" in text_of(page)
    assert "Storniert" in text_of(undo(till, page))
    assert stamps(shop) == 0
    assert "(Kaffeekarte)" not in text_of(till.get())


def test_the_day_list_voids_a_tap_for_a_reason(till: Till, shop: Shop, jana: Customer) -> None:
    tap(till, jana, 2)
    assert "Stempelkarten" in text_of(till.get("purchases/"))
    path = f"customers/{jana.public_id}/stamps/card-1/1/void/"
    assert till.post(path, reason="no-reason").status_code == 400
    assert "Storniert" in text_of(till.post(path, reason="wrong_customer"))
    assert "Storniert" in text_of(till.post(path, reason="wrong_customer"))
    assert stamps(shop) == 0


def test_what_cannot_be_booked_is_said_on_the_customers_page(till: Till, shop: Shop, jana: Customer) -> None:
    assert "Diese Karte ist noch nicht voll" in text_of(redeem(till, jana))
    assert "auf einmal" in text_of(tap(till, jana, 6))
    assert till.post(f"customers/{jana.public_id}/stamps/card-9/", count="1", key=str(uuid.uuid4())).status_code == 404
    assert till.post(f"customers/{jana.public_id}/stamps/card-1/", count="x", key="y").status_code == 400
    assert stamps(shop) == 0


def test_another_till_and_another_shop_cannot_undo(till: Till, shop: Shop, other_shop: Shop, jana: Customer) -> None:
    tap(till, jana)
    path = f"customers/{jana.public_id}/stamps/card-1/1/void/"
    for elsewhere in (open_till(shop, name="Tom"), open_till(other_shop, name="Ben")):
        assert elsewhere.post(path).status_code == 404
    assert stamps(shop) == 1


def test_a_purchase_brings_stamps_that_the_preview_and_the_result_tell(till: Till, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        offer_cards(replace(COFFEE_CARD, name="Treuepass", per=Per.VISIT, goods=Goods()), now=timezone.now())
    seen = text_of(till.get(f"customers/{jana.public_id}/preview/?amount=4,90"))
    assert "+1 Stempel, Treuepass" in seen
    done = text_of(
        till.post(f"customers/{jana.public_id}/", amount="4,90", key=str(uuid.uuid4()), discount="0", asked="")
    )
    assert "Treuepass +1 Stempel · 1 / 10" in done
