"""Booking at the till: the discount is told and subtracted, every press counts once, and the day list knows all."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from events.models import Event
from programs.models import Purchase, TierTerms
from programs.plausibility import is_unusual
from programs.terms import _terms
from team import services as team
from team.models import Device
from tenants.roles import SYSTEM
from tests.checkout.conftest import Till, open_till
from tests.factories import Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db


def give_discount(shop: Shop, percent: int, *, tier: str = "silver") -> None:
    """To everybody of this tier, as a new version of the programme would."""
    with shop.scope():
        TierTerms.objects.filter(tier__code=tier).update(discount_percent=percent)
    _terms.cache_clear()


def credit(till: Till, customer: Customer, amount: str, **more: str) -> Any:
    data = {"amount": amount, "key": str(uuid.uuid4()), "discount": "0"} | more
    return till.post(f"customers/{customer.public_id}/", **data)


def text_of(answer: Any) -> str:
    """As people read it: without tags, with plain spaces."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text)


def key_in(answer: Any) -> str:
    """Under which the page that was answered would book."""
    found = re.search(r'name="key" value="([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def preview(till: Till, customer: Customer, **query: str) -> str:
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    return text_of(till.get(f"customers/{customer.public_id}/preview/?{query_string}"))


# --- The discount ---------------------------------------------------------------------------------------------------


def test_the_discount_is_told_before_the_amount_and_what_to_collect_after_it(
    till: Till, shop: Shop, jana: Customer
) -> None:
    give_discount(shop, 5)
    page = text_of(till.get(f"customers/{jana.public_id}/"))
    assert "Silber: 5 % Rabatt geben" in page
    assert "24,90 € − 1,25 € = 23,65 € kassieren" in preview(till, jana, amount="24,90", basis="before")
    assert "236 Punkte gutschreiben" in preview(till, jana, amount="24,90", basis="before")
    after = preview(till, jana, amount="24,90", basis="after")
    assert "24,90 € kassieren" in after
    assert "249 Punkte gutschreiben" in after


@pytest.mark.parametrize(("basis", "total"), [("before", 2365), ("after", 2490), ("", 2365)])
def test_what_is_credited_is_what_the_page_said(till: Till, shop: Shop, jana: Customer, basis: str, total: int) -> None:
    give_discount(shop, 5)
    assert f"Einkauf {total / 100:.2f}".replace(".", ",") in text_of(
        credit(till, jana, "24,90", basis=basis, discount="5")
    )
    assert [purchase.total for purchase in till.purchases()] == [total]


def test_nobody_credits_with_a_discount_that_has_changed_meanwhile(till: Till, shop: Shop, jana: Customer) -> None:
    give_discount(shop, 10)
    page = credit(till, jana, "24,90", basis="before", discount="5")
    assert "Der Rabatt hat sich inzwischen geändert." in text_of(page)
    assert 'name="discount" value="10"' in page.content.decode()
    assert 'value="24,90"' in page.content.decode()
    assert till.purchases() == []


def test_without_a_discount_nobody_is_asked_about_one(till: Till, jana: Customer) -> None:
    page = till.page(f"customers/{jana.public_id}/")
    assert "Rabatt" not in page
    assert "kassieren" not in preview(till, jana, amount="24,90")


def test_the_side_of_the_discount_that_a_till_types_is_remembered(till: Till, shop: Shop, jana: Customer) -> None:
    give_discount(shop, 5)
    credit(till, jana, "10,00", basis="after", discount="5")
    checked = re.findall(r'value="(before|after)"[^>]*checked', till.page(f"customers/{jana.public_id}/"))
    assert checked == ["after"]


# --- Once ---------------------------------------------------------------------------------------------------------


def test_a_second_press_credits_nothing_more_and_shows_the_same_result(till: Till, jana: Customer) -> None:
    key = str(uuid.uuid4())
    first, second = (credit(till, jana, "24,90", key=key) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    assert len(till.purchases()) == 1


def test_a_second_press_shows_the_result_also_where_the_first_has_raised_the_tier(
    till: Till, shop: Shop, jana: Customer
) -> None:
    give_discount(shop, 5, tier="gold")
    key = str(uuid.uuid4())
    first, second = (credit(till, jana, "600,00", key=key) for _ in range(2))
    assert "Gold" in text_of(first)
    assert first.redirect_chain == second.redirect_chain
    assert len(till.purchases()) == 1


def test_a_page_that_has_booked_says_so_before_it_books_another_amount(till: Till, jana: Customer) -> None:
    key = str(uuid.uuid4())
    credit(till, jana, "24,90", key=key)
    again = credit(till, jana, "9,90", key=key)
    assert "Hier wurde schon ein Einkauf über 24,90 € gutgeschrieben." in text_of(again)
    assert 'value="9,90"' in again.content.decode()
    assert len(till.purchases()) == 1
    fresh = key_in(again)
    assert fresh != key
    credit(till, jana, "9,90", key=fresh)
    assert [purchase.total for purchase in till.purchases()] == [2490, 990]


def test_a_page_whose_booking_was_voided_says_so(till: Till, jana: Customer) -> None:
    key = str(uuid.uuid4())
    credit(till, jana, "24,90", key=key)
    till.post(f"purchases/{till.purchases()[0].public_id}/void/")
    assert "ein Einkauf über 24,90 € gutgeschrieben und storniert" in text_of(credit(till, jana, "9,90", key=key))


def test_a_refused_amount_keeps_the_key_under_which_it_is_booked_once(till: Till, jana: Customer) -> None:
    key = str(uuid.uuid4())
    page = credit(till, jana, "viel", key=key).content.decode()
    assert f'name="key" value="{key}"' in page
    assert 'value="viel"' in page


# --- An unusual amount ----------------------------------------------------------------------------------------------


def test_an_unusual_amount_is_asked_about_once_and_booked_once(till: Till, jana: Customer) -> None:
    key = str(uuid.uuid4())
    page = credit(till, jana, "45.328,80", key=key)
    assert "45.328,80 € ist ungewöhnlich viel." in text_of(page)
    assert 'name="asked" value="4532880"' in page.content.decode()
    assert 'value="45.328,80"' in page.content.decode()
    assert "ungewöhnlich viel" in text_of(credit(till, jana, "453.288,00", key=key, asked="4532880"))
    assert till.purchases() == []
    first, second = (credit(till, jana, "45.328,80", key=key, asked="4532880") for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    assert [purchase.total for purchase in till.purchases()] == [4532880]


@pytest.mark.parametrize(
    ("total", "currency", "is_asked"), [(499_999, "EUR", False), (500_000, "EUR", True), (100_000_000, "HUF", False)]
)
def test_what_is_unusual_depends_on_what_the_currency_is_worth(total: int, currency: str, is_asked: bool) -> None:
    assert is_unusual(total, currency=currency) is is_asked


# --- Who gets nothing -----------------------------------------------------------------------------------------------


def test_one_s_own_account_is_refused_before_an_amount_is_typed(till: Till, shop: Shop) -> None:
    with shop.scope():
        own = make_customer(name="Mia Lange", email="mia@example.org")
    page = till.page(f"customers/{own.public_id}/")
    assert "Punkte für das eigene Konto bucht jemand anderes aus dem Team." in page
    assert 'name="amount"' not in page
    credit(till, own, "24,90")
    assert till.purchases() == []


def test_a_blocked_customer_is_named_as_blocked(till: Till, shop: Shop, jana: Customer) -> None:
    with shop.scope():
        Customer.objects.update(status=Customer.Status.BLOCKED)
    assert "gesperrt" in till.page(f"customers/{jana.public_id}/")


# --- Undo and the day list --------------------------------------------------------------------------------------------


def test_the_last_booking_can_be_undone_from_the_next_customer_s_screens(
    till: Till, shop: Shop, jana: Customer
) -> None:
    with shop.scope():
        timo = make_customer(name="Timo Öztürk")
    credit(till, jana, "24,90")
    undo = f"/checkout/purchases/{till.purchases()[0].public_id}/void/"
    for path in ("", f"customers/{timo.public_id}/"):
        page = till.page(path)
        assert undo in page
        assert "+249 für Jana K. rückgängig machen" in page
    till.client.post(undo)
    assert till.purchases()[0].voided_at is not None
    assert undo not in till.page(f"customers/{timo.public_id}/")


@pytest.mark.parametrize(
    ("seconds", "is_offered", "is_undone"), [(29, True, True), (35, False, True), (45, False, False)]
)
def test_the_time_to_undo_is_thirty_seconds_and_a_slow_network(
    till: Till, shop: Shop, jana: Customer, seconds: int, is_offered: bool, is_undone: bool
) -> None:
    credit(till, jana, "24,90")
    with shop.scope():
        Purchase.objects.update(recorded_at=timezone.now() - timedelta(seconds=seconds))
    purchase = till.purchases()[0]
    assert ("data-undo-seconds" in till.page()) is is_offered
    answer = till.post(f"purchases/{purchase.public_id}/void/")
    assert (till.purchases()[0].voided_at is not None) is is_undone
    assert ("Die Zeit dafür ist abgelaufen." in text_of(answer)) is not is_undone


def test_a_later_void_names_its_reason_by_a_code_that_the_audit_log_keeps(
    till: Till, shop: Shop, jana: Customer
) -> None:
    credit(till, jana, "24,90")
    with shop.scope():
        Purchase.objects.update(recorded_at=timezone.now() - timedelta(seconds=45))
    path = f"purchases/{till.purchases()[0].public_id}/void/"
    for reason in ("because", "undo"):
        assert till.post(path, reason=reason).status_code == 400
    assert "Storniert" in till.post(path, reason="wrong_amount").content.decode()
    with shop.scope():
        event = Event.objects.get(name="purchase.voided")
        assert (event.payload["reason"], event.actor) == ("wrong_amount", f"member:{till.mia.pk}")
    assert "Storniert" in till.post(path, reason="wrong_amount").content.decode()


def test_the_day_list_masks_names_counts_what_stands_and_knows_the_store(
    till: Till, shop: Shop, jana: Customer
) -> None:
    credit(till, jana, "24,90")
    credit(till, jana, "10,00")
    till.post(f"purchases/{till.purchases()[1].public_id}/void/")
    page = text_of(till.get())
    assert "1 Buchung · 249 Punkte" in page
    assert "Jana K." in page
    assert "Krüger" not in page
    assert till.purchases()[0].store == shop.store
    with shop.scope():
        harbour = team.open_store(code="harbour", name="Hafen", actor=SYSTEM)
        Device.objects.filter(pk=till.device.pk).update(store=harbour)
    till.get()
    till.post("sign-on/", member=str(till.mia.pk), pin="4711")
    assert "Jana K. Hauptstraße" in text_of(till.get())


def test_every_booking_of_the_day_can_be_voided(till: Till, shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        first, *_ = [
            make_purchase(customer=make_customer(name="Jana Krüger"), actor=till.actor, now=timezone.now()).purchase
            for _ in range(60)
        ]
    search = till.page()
    assert str(first.public_id) not in search
    assert "/checkout/purchases/" in search
    seen, path = "", "purchases/"
    while path:
        page = till.page(path)
        seen += page
        earlier = re.search(r'href="/checkout/(purchases/\?before=[^"]+)" rel="next"', page)
        path = earlier[1] if earlier else ""
    assert all(str(purchase.public_id) in seen for purchase in till.purchases())
    assert "Krüger" not in seen
    assert "Storniert" in till.post(f"purchases/{first.public_id}/void/", reason="wrong_amount").content.decode()
    assert str(first.public_id) not in open_till(other_shop).page("purchases/")


def test_a_till_shows_and_voids_its_own_bookings_only(till: Till, shop: Shop, other_shop: Shop, jana: Customer) -> None:
    beside, elsewhere = open_till(shop, name="Tom"), open_till(other_shop)
    with other_shop.scope():
        foreign = make_purchase(customer=make_customer(), actor=elsewhere.actor, now=timezone.now()).purchase
    credit(till, jana, "24,90")
    own = till.purchases()[0]
    for other, purchase in ((beside, own), (elsewhere, own), (till, foreign)):
        assert str(purchase.public_id) not in other.page()
        assert other.post(f"purchases/{purchase.public_id}/void/", reason="wrong_amount").status_code == 404
        assert other.get(f"purchases/{purchase.public_id}/").status_code == 404
    with shop.scope():
        Purchase.objects.update(recorded_at=timezone.now() - timedelta(days=1))
    assert till.post(f"purchases/{own.public_id}/void/", reason="wrong_amount").status_code == 404
