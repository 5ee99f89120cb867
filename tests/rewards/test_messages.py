"""What customers hear about rewards: the voucher, the gift, their place at an event, and the day before it."""

from datetime import timedelta

import pytest
import time_machine

from events.models import Event
from messaging.models import Message
from rewards.handlers import send_what_was_issued
from rewards.jobs import give_gifts, remind_of_events
from rewards.models import Reward
from rewards.redeeming import cancel_redemption, use_voucher
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, give_points, make_customer, make_redemption, make_reward

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)


def hear() -> None:
    """As the outbox delivers."""
    for event in Event.objects.filter(name="reward.redeemed"):
        send_what_was_issued(event)


def said() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def test_a_voucher_is_announced_once_and_not_after_it_was_used(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer()
        give_points(jana, 2_000)
        make_redemption(customer=jana, reward=make_reward())
        use_voucher(redemption=make_redemption(customer=jana, reward=make_reward()), actor=SYSTEM, now=NOW)
        for _ in range(2):
            hear()
        message = Message.objects.get()
        assert (message.kind, message.facts["reward"], message.facts["day"]) == ("voucher", "Cappuccino", "2026-03-24")


def test_a_gift_says_that_it_is_one(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        make_customer(birthday="1990-03-10")
        make_reward(way=Reward.Way.BIRTHDAY, name="Kuchen")
    with time_machine.travel(NOW, tick=False):
        give_gifts(shop.tenant, NOW.date())
    with shop.scope():
        hear()
        assert said() == ["gift"]
    with other_shop.scope():
        assert said() == []


def test_guests_hear_of_their_place_and_of_the_day_before(shop: Shop) -> None:
    begins = TOMORROW + timedelta(hours=8)
    with shop.scope():
        comes, cancels = make_customer(), make_customer()
        course = make_reward(
            kind=Reward.Kind.EVENT,
            name="Latte-Art-Kurs",
            points=0,
            event_at=begins,
            event_ends_at=begins + timedelta(hours=2),
        )
        make_redemption(customer=comes, reward=course)
        gone = make_redemption(customer=cancels, reward=course)
        hear()
        cancel_redemption(redemption=gone, actor=SYSTEM, now=NOW)
    for _ in range(2):
        with time_machine.travel(NOW, tick=False):
            remind_of_events(shop.tenant, NOW.date())
    with shop.scope():
        assert said() == ["event_joined", "event_joined", "event_tomorrow"]
        assert Message.objects.get(kind="event_tomorrow").customer == comes
