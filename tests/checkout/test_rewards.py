"""Rewards at the till: what is offered, what proves that the customer is there, and what to key into the till."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from customers.models import Customer
from customers.queries import active_card
from ledger import queries as ledger
from programs.rules import Conditions
from rewards.codes import spelled, voucher_code
from rewards.models import Redemption, Reward
from rewards.presence import code_to_show, set_card_limit
from rewards.redeeming import cancel_redemption
from tenants.roles import SYSTEM
from tests.checkout.conftest import Till, open_till
from tests.checkout.test_booking import text_of
from tests.factories import (
    CAPPUCCINO,
    PIN,
    Shop,
    give_points,
    make_customer,
    make_redemption,
    make_reward,
    make_store,
)

pytestmark = pytest.mark.django_db
DISCOUNT = replace(
    CAPPUCCINO, kind=Reward.Kind.AMOUNT, name="Rabatt", points=100, value=100, chooses_points=True, most_points=3_000
)
DEAR = replace(CAPPUCCINO, name="Bohnen", points=900, value=1_450)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        customer = make_customer(name="Jana Kranz", email="jana@example.org", now=timezone.now())
        give_points(customer, 2_000, now=timezone.now())
        return customer


def offer(shop: Shop, draft: Any = CAPPUCCINO, **changes: Any) -> Reward:
    with shop.scope():
        return make_reward(draft, now=timezone.now() - MINUTE, **changes)


def give_voucher(shop: Shop, customer: Customer, reward: Reward) -> tuple[Redemption, str]:
    with shop.scope():
        voucher = make_redemption(customer=customer, reward=reward, now=timezone.now())
        return voucher, spelled(voucher_code(voucher))


def phone_code(shop: Shop, customer: Customer) -> str:
    with shop.scope():
        return code_to_show(customer, now=timezone.now())


def scan(till: Till, text: str, **waiting: str) -> Any:
    return till.post("", q=text, **waiting)


def page_of(customer: Customer, reward: Reward) -> str:
    return f"customers/{customer.public_id}/rewards/{reward.public_id}/"


def take(till: Till, customer: Customer, reward: Reward, *, key: str = "", **typed: str) -> Any:
    return till.post(page_of(customer, reward), key=key or str(uuid.uuid4()), **typed)


def use(till: Till, voucher: Redemption, *, key: str = "", **typed: str) -> Any:
    return till.post(f"vouchers/{voucher.public_id}/", key=key or str(uuid.uuid4()), **typed)


def undo(till: Till, answer: Any) -> Any:
    found = re.search(r'action="/checkout/(redemptions/[^"]+/void/)"', answer.content.decode())
    assert found
    return till.post(found[1])


def balance(shop: Shop, customer: Customer) -> int:
    with shop.scope():
        assert ledger.unsound_accounts() == {}
        return ledger.figures(ledger.account_of(customer), now=timezone.now()).balance


def state_of(shop: Shop, voucher: Redemption) -> str:
    with shop.scope():
        return Redemption.objects.get(pk=voucher.pk).state


def test_the_strip_says_what_can_be_redeemed_here_and_now(till: Till, shop: Shop, jana: Customer) -> None:
    assert "einlösbar" not in till.page(f"customers/{jana.public_id}/")
    offer(shop)
    assert "1 Prämie einlösbar" in till.page(f"customers/{jana.public_id}/")
    offer(shop, name="Stück Kuchen", points=700)
    offer(shop, name="Frühstück", points=9_000)
    offer(shop, way=Reward.Way.STAFF, kind=Reward.Kind.GIFT, name="Keks")
    seen = text_of(till.get(f"customers/{jana.public_id}/"))
    assert "2 Prämien einlösbar Cappuccino, Stück Kuchen Als Überraschung: Keks" in seen
    listed = text_of(till.get(f"customers/{jana.public_id}/rewards/"))
    assert "Cappuccino 500 Punkte Stück Kuchen 700 Punkte" in listed
    assert "Frühstück" not in listed


def test_the_smallest_purchase_is_told_in_the_list_and_held_against_what_was_typed(
    till: Till, shop: Shop, jana: Customer
) -> None:
    reward = offer(shop, min_total=500)
    offer(shop, name="Keks", points=100)
    listed = till.page(f"customers/{jana.public_id}/rewards/?amount=4%2C99")
    assert "ab einem Einkauf von 5,00" in listed
    assert f"/checkout/{page_of(jana, reward)}?amount=4%2C99" in listed
    assert 'hx-include="[name=amount]"' in till.page(f"customers/{jana.public_id}/")
    too_little, enough = (f"{page_of(jana, reward)}?amount={typed}" for typed in ("4%2C99", "5%2C00"))
    assert "ab 5,00" in text_of(till.get(too_little))
    assert "Einlösen" not in text_of(till.get(too_little))
    assert "ab 5,00" in text_of(till.post(too_little, key=str(uuid.uuid4()), pin=PIN))
    assert redemptions(shop) == []
    assert "?amount=5%2C00" in till.page(enough)
    till.post(enough, key=str(uuid.uuid4()), pin=PIN)
    assert len(redemptions(shop)) == 1


def test_the_code_on_the_phone_makes_it_one_tap(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop, DEAR)
    assert "Dafür ist der Code auf dem Handy nötig" in till.page(page_of(jana, reward))
    scan(till, phone_code(shop, jana))
    asked = text_of(till.get(page_of(jana, reward)))
    assert "An der Kasse buchen: Rabatt 14,50" in asked
    assert "Preis 900 Punkte Danach übrig 1.100" in asked
    assert "PIN" not in asked
    done = take(till, jana, reward)
    (redemption,) = redemptions(shop)
    assert "An der Kasse buchen: Rabatt 14,50" in text_of(done)
    assert f"Ref. {redemption.reference}" in text_of(done)
    assert "Neuer Stand 1.100" in text_of(done)
    assert (redemption.presence, redemption.state, redemption.device_id) == ("code", "used", till.device.pk)


def redemptions(shop: Shop) -> list[Redemption]:
    with shop.scope():
        return list(Redemption.objects.order_by("pk"))


def test_a_scan_for_a_waiting_reward_leads_back_to_it(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop, DEAR)
    waiting = str(reward.public_id)
    for path in (f"?reward={waiting}", page_of(jana, reward)):
        assert f'name="reward" value="{waiting}"' in till.page(path)
    answer = scan(till, phone_code(shop, jana), reward=waiting)
    assert answer.redirect_chain[-1][0] == f"/checkout/{page_of(jana, reward)}"
    assert "Einlösen" in text_of(answer)


def test_presence_ends_after_five_minutes_and_is_one_customers_on_one_till(
    till: Till, shop: Shop, jana: Customer
) -> None:
    reward = offer(shop, DEAR)
    with shop.scope():
        other = make_customer(now=timezone.now())
        give_points(other, 2_000, now=timezone.now())
    second = open_till(shop, name="Tom", email="tom@example.org")
    needs_phone = "Dafür ist der Code auf dem Handy nötig"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        scan(till, phone_code(shop, jana))
        assert needs_phone in till.page(page_of(other, reward))
        assert needs_phone in second.page(page_of(jana, reward))
        for _ in range(4):
            clock.shift(MINUTE)
            assert needs_phone not in till.page(page_of(jana, reward))
        clock.shift(MINUTE)
        assert needs_phone in till.page(page_of(jana, reward))
        take(till, jana, reward)
    assert redemptions(shop) == []


def test_presence_ends_with_the_lock(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop, DEAR)
    scan(till, phone_code(shop, jana))
    till.post("lock/")
    till.post("sign-on/", member=str(till.mia.pk), pin=PIN)
    assert "Dafür ist der Code auf dem Handy nötig" in till.page(page_of(jana, reward))


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=90)], ids=["shown before", "over"])
def test_a_code_that_proves_nothing_still_finds_the_card(
    till: Till, shop: Shop, jana: Customer, age: timedelta
) -> None:
    reward = offer(shop, DEAR)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code = phone_code(shop, jana)
        if not age:
            scan(open_till(shop, name="Tom", email="tom@example.org"), code)
        clock.shift(age)
        answer = scan(till, code)
        assert "Zum Einlösen den Code scannen, den das Handy jetzt zeigt" in text_of(answer)
        assert "Jana K." in text_of(answer)
        assert "Dafür ist der Code auf dem Handy nötig" in till.page(page_of(jana, reward))


def test_an_address_as_long_as_a_code_is_none(till: Till, shop: Shop) -> None:
    with shop.scope():
        make_customer(name="Anna Berg", email="anna.berger.22@web.de", now=timezone.now())
        make_customer(name="Benno Berg", email="benn.bergdd@web.de", now=timezone.now())
    assert "Anna B." in text_of(scan(till, "anna.berger.22@web.de"))
    assert "Benno B." in text_of(scan(till, "benn.bergdd@web.de"))


def test_a_card_redeems_up_to_the_limit_with_the_cashiers_pin(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop)
    with shop.scope():
        card = active_card(jana)
        assert card is not None
    scan(till, card.text)
    assert "PIN von Mia" in text_of(till.get(page_of(jana, reward)))
    for typed in ({}, {"pin": "0000"}):
        assert "Bitte die Eingabe prüfen" in text_of(take(till, jana, reward, **typed))
    assert redemptions(shop) == []
    done = text_of(take(till, jana, reward, pin=PIN))
    assert "Rabatt 3,40" in done
    (redemption,) = redemptions(shop)
    assert (redemption.presence, balance(shop, jana)) == ("card", 1_500)
    with shop.scope():
        set_card_limit(value=339, actor=SYSTEM, now=timezone.now())
    assert "Dafür ist der Code auf dem Handy nötig" in till.page(page_of(jana, reward))
    assert "Handy" in text_of(take(till, jana, reward, pin=PIN))
    assert len(redemptions(shop)) == 1


def test_guessing_the_pin_is_throttled_like_signing_on(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop)
    for _ in range(5):
        take(till, jana, reward, pin="0000")
    assert "Zu viele Versuche" in text_of(take(till, jana, reward, pin=PIN))
    assert redemptions(shop) == []


def test_a_press_redeems_once(till: Till, shop: Shop, jana: Customer) -> None:
    reward, key = offer(shop), str(uuid.uuid4())
    first, second = (take(till, jana, reward, key=key, pin=PIN) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    assert balance(shop, jana) == 1_500
    cake = offer(shop, name="Stück Kuchen")
    assert "schon etwas eingelöst" in text_of(take(till, jana, cake, key=key, pin=PIN))
    assert balance(shop, jana) == 1_500


def test_the_customer_chooses_points_and_sees_what_they_bring(till: Till, shop: Shop, jana: Customer) -> None:
    reward = offer(shop, DISCOUNT)
    with_card = till.page(page_of(jana, reward))
    assert 'value="1000"' in with_card  # what a card redeems
    assert "Ohne das Handy bis 10,00" in with_card
    scan(till, phone_code(shop, jana))
    assert 'value="2000"' in till.page(page_of(jana, reward))
    seen = text_of(till.get(f"{page_of(jana, reward)}?points=730"))
    assert "An der Kasse buchen: Rabatt 7,30" in seen
    assert "Preis 730 Punkte Danach übrig 1.270" in seen
    assert "Rabatt 7,30" in text_of(take(till, jana, reward, points="730"))
    assert "reicht nicht" in text_of(take(till, jana, reward, points="2000"))
    assert balance(shop, jana) == 1_270


def test_a_surprise_is_one_tap_without_a_proof(till: Till, shop: Shop, jana: Customer) -> None:
    cookie = offer(shop, way=Reward.Way.STAFF, kind=Reward.Kind.GIFT, name="Keks", value=None, per_customer_day=1)
    assert "Schenken" in text_of(till.get(page_of(jana, cookie)))
    assert "Ohne Berechnung: Keks" in text_of(take(till, jana, cookie))
    assert "Keks" not in text_of(till.get(f"customers/{jana.public_id}/rewards/"))
    (given,) = redemptions(shop)
    assert (given.presence, balance(shop, jana)) == ("given", 2_000)


def test_what_stands_in_the_way_is_said_instead_of_a_button(till: Till, shop: Shop, jana: Customer) -> None:
    dear = offer(shop, points=2_001)
    assert "Der Punktestand reicht nicht aus." in text_of(till.get(page_of(jana, dear)))
    assert redemptions(shop) == []


def test_undoing_gives_the_points_back(till: Till, shop: Shop, jana: Customer) -> None:
    done = take(till, jana, offer(shop), pin=PIN)
    assert "„Cappuccino“ für Jana K. rückgängig machen" in text_of(till.get())
    undone = text_of(undo(till, done))
    assert "Storniert" in undone
    assert "500 Punkte sind zurück" in undone
    assert balance(shop, jana) == 2_000


def test_the_day_lists_references_and_voids_them_for_a_reason(till: Till, shop: Shop, jana: Customer) -> None:
    take(till, jana, offer(shop), pin=PIN)
    (redemption,) = redemptions(shop)
    today = text_of(till.get("purchases/"))
    assert f"Rabatt 3,40 € Ref. {redemption.reference} · Jana K." in today.replace("\N{NARROW NO-BREAK SPACE}", " ")
    second = open_till(shop, name="Tom", email="tom@example.org")
    checked = text_of(second.get("redemptions/"))
    assert redemption.reference in checked
    assert "Mia" in checked
    assert redemption.reference not in text_of(second.get("purchases/"))
    path = f"redemptions/{redemption.public_id}/void/"
    assert second.post(path, reason="wrong_customer").status_code == 404
    assert till.post(path, reason="no-reason").status_code == 400
    for _ in range(2):
        assert "Storniert" in text_of(till.post(path, reason="wrong_customer"))
    assert balance(shop, jana) == 2_000
    assert "0 eingelöst" in text_of(second.get("redemptions/"))


def test_too_late_to_undo_leads_to_the_day_list(till: Till, shop: Shop, jana: Customer) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        done = take(till, jana, offer(shop), pin=PIN)
        clock.shift(MINUTE)
        assert "Die Zeit dafür ist abgelaufen" in text_of(undo(till, done))
    assert balance(shop, jana) == 1_500


def test_a_voucher_is_used_once_and_the_second_till_hears_when_and_where(
    till: Till, shop: Shop, jana: Customer
) -> None:
    voucher, code = give_voucher(shop, jana, offer(shop, DEAR))
    asked = text_of(scan(till, code.lower()))
    assert "Gutschein · Jana K." in asked
    assert "An der Kasse buchen: Rabatt 14,50" in asked
    key = str(uuid.uuid4())
    first, second = (use(till, voucher, key=key) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    assert f"Ref. {voucher.reference}" in text_of(first)
    again = text_of(scan(open_till(shop, name="Tom", email="tom@example.org"), code))
    assert re.search(rf"schon eingelöst: .+ \d\d:\d\d.*, {till.device.name}\.", again)
    assert "schon eingelöst" in text_of(use(till, voucher))
    assert state_of(shop, voucher) == "used"


def test_a_voucher_without_its_code_wants_a_pin_or_the_phone(till: Till, shop: Shop, jana: Customer) -> None:
    small, _code = give_voucher(shop, jana, offer(shop))
    large, _code = give_voucher(shop, jana, offer(shop, DEAR))
    assert "Offene Gutscheine: Cappuccino, Bohnen" in till.page(f"customers/{jana.public_id}/")
    assert "PIN von Mia" in till.page(f"vouchers/{small.public_id}/")
    assert "Handy" in text_of(use(till, large))
    assert state_of(shop, large) == "issued"
    use(till, small, pin=PIN)
    scan(till, phone_code(shop, jana))
    use(till, large)
    assert [state_of(shop, voucher) for voucher in (small, large)] == ["used", "used"]


def test_vouchers_that_cannot_be_used_say_why(till: Till, shop: Shop, jana: Customer) -> None:
    cancelled, cancelled_code = give_voucher(shop, jana, offer(shop))
    with shop.scope():
        cancel_redemption(redemption=cancelled, actor=SYSTEM, now=timezone.now())
        elsewhere = make_store(code="hafen")
    _away, away_code = give_voucher(shop, jana, offer(shop, conditions=Conditions(stores=(elsewhere.pk,))))
    old, old_code = give_voucher(shop, jana, offer(shop))
    with shop.scope():
        Redemption.objects.filter(pk=old.pk).update(expires_at=timezone.now() - MINUTE)
    assert "storniert" in text_of(scan(till, cancelled_code))
    assert "Nicht in dieser Filiale" in text_of(scan(till, away_code))
    assert "abgelaufen" in text_of(scan(till, old_code))
    assert "Diesen Gutschein gibt es nicht" in text_of(scan(till, "AAAA-BBBB-CCCC-DDDD"))


def test_guessing_vouchers_is_throttled(till: Till) -> None:
    for letter in "ABCDEFGHJK":
        scan(till, f"AAAA-BBBB-CCCC-DDD{letter}")
    assert "Zu viele Versuche" in text_of(scan(till, "AAAA-BBBB-CCCC-DDDD"))


def test_a_guest_is_let_in_and_counted(till: Till, shop: Shop, jana: Customer) -> None:
    begins = timezone.now() + timedelta(days=2)
    tasting = offer(
        shop,
        kind=Reward.Kind.EVENT,
        name="Kaffeeabend",
        stock=12,
        event_at=begins,
        event_ends_at=begins + timedelta(hours=3),
    )
    with shop.scope():
        timo = make_customer(now=timezone.now())
        give_points(timo, 1_000, now=timezone.now())
    give_voucher(shop, timo, tasting)
    voucher, code = give_voucher(shop, jana, tasting)
    asked = text_of(scan(till, code))
    assert "0 von 2 da" in asked
    assert "Die Veranstaltung beginnt erst am" in asked
    assert "Einlass: Kaffeeabend" in text_of(use(till, voucher))
    assert "1 von 2 da" in text_of(till.get(f"vouchers/{voucher.public_id}/"))


def test_one_shops_rewards_and_vouchers_are_unknown_in_another(
    till: Till, shop: Shop, other_shop: Shop, jana: Customer
) -> None:
    reward = offer(shop)
    voucher, code = give_voucher(shop, jana, reward)
    elsewhere = open_till(other_shop, name="Ben", email="ben@example.org")
    assert "Diesen Gutschein gibt es nicht" in text_of(scan(elsewhere, code))
    for path in (page_of(jana, reward), f"vouchers/{voucher.public_id}/"):
        assert elsewhere.get(path).status_code == 404
    assert "Jana" not in text_of(scan(elsewhere, phone_code(shop, jana)))
