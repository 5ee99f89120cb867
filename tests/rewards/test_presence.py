"""The code on the phone proves once, and for a moment, that the customer is there."""

from datetime import timedelta

import pytest

from customers.errors import UnknownCustomer
from rewards.errors import PresenceRequired, WrongShownCode
from rewards.models import Redemption, ShownCode
from rewards.presence import card_limit, code_to_show, forget_shown_codes, prove_presence, set_card_limit
from rewards.redeeming import redeem
from tenants.roles import SYSTEM
from tenants.throttle import Throttled
from tests.factories import NOW, Shop, give_points, make_customer, make_reward

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
CARD, CODE = Redemption.Presence.CARD, Redemption.Presence.CODE


def test_a_code_proves_once_whose_phone_it_is(shop: Shop) -> None:
    with shop.scope():
        jana, other = make_customer(), make_customer()
        code = code_to_show(jana, now=NOW)
        assert prove_presence(text=code, actor=SYSTEM, now=NOW) == jana
        with pytest.raises(WrongShownCode):
            prove_presence(text=code, actor=SYSTEM, now=NOW)
        assert prove_presence(text=code_to_show(other, now=NOW), actor=SYSTEM, now=NOW) == other


@pytest.mark.parametrize(("seconds", "accepted"), [(-30, True), (0, True), (30, True), (60, False), (90, False)])
def test_a_code_is_over_after_a_step(shop: Shop, seconds: int, accepted: bool) -> None:
    """One step of tolerance for clocks; two steps old or a screenshot of a minute and a half ago prove nothing."""
    with shop.scope():
        jana = make_customer()
        code = code_to_show(jana, now=NOW)
        if accepted:
            assert prove_presence(text=code, actor=SYSTEM, now=NOW + seconds * SECOND) == jana
        else:
            with pytest.raises(WrongShownCode):
                prove_presence(text=code, actor=SYSTEM, now=NOW + seconds * SECOND)


def test_a_code_of_another_shop_or_card_proves_nothing(shops: tuple[Shop, Shop]) -> None:
    with shops[0].scope():
        jana, other = make_customer(), make_customer()
        code = code_to_show(jana, now=NOW)
        forged = code_to_show(other, now=NOW)[:13] + code[13:]
        with pytest.raises(WrongShownCode):
            prove_presence(text=forged, actor=SYSTEM, now=NOW)
    with shops[1].scope(), pytest.raises(UnknownCustomer):
        prove_presence(text=code, actor=SYSTEM, now=NOW)


def test_guessing_is_throttled(shop: Shop) -> None:
    with shop.scope():
        card = code_to_show(make_customer(), now=NOW)[:13]
        for number in range(30):
            with pytest.raises(WrongShownCode):
                prove_presence(text=f"{card}AAAAAA{number // 8 + 2}{number % 8 + 2}", actor=SYSTEM, now=NOW)
        with pytest.raises(Throttled):
            prove_presence(text=f"{card}AAAAAAAA", actor=SYSTEM, now=NOW)


def test_a_printed_card_redeems_up_to_a_value_that_the_merchant_sets(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        give_points(jana, 10_000)
        small, large, unknown = make_reward(value=1_000), make_reward(value=1_001), make_reward(value=None)
        assert card_limit() == 1_000
        redeem(customer=jana, reward=small, presence=CARD, actor=SYSTEM, now=NOW)
        for reward in (large, unknown):
            with pytest.raises(PresenceRequired) as refused:
                redeem(customer=jana, reward=reward, presence=CARD, actor=SYSTEM, now=NOW)
            assert refused.value.facts["limit"] == 1_000
            redeem(customer=jana, reward=reward, presence=CODE, actor=SYSTEM, now=NOW)
        set_card_limit(value=0, actor=SYSTEM, now=NOW)
        with pytest.raises(PresenceRequired):
            redeem(customer=jana, reward=small, presence=CARD, actor=SYSTEM, now=NOW)


def test_codes_that_were_seen_are_forgotten_after_a_day(shop: Shop) -> None:
    with shop.scope():
        prove_presence(text=code_to_show(make_customer(), now=NOW), actor=SYSTEM, now=NOW)
        assert forget_shown_codes(now=NOW + timedelta(hours=23)) == 0
        assert forget_shown_codes(now=NOW + timedelta(hours=25)) == 1
        assert not ShownCode.objects.exists()
