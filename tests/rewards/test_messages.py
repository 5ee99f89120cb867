"""What customers hear about rewards: the voucher, the gift, their place at an event, and the day before it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from events.models import Event
from messaging.models import Message
from rewards.handlers import send_what_was_issued, tell_guests_of_a_change
from rewards.jobs import give_gifts, remind_of_events
from rewards.models import Reward
from rewards.redeeming import cancel_redemption, use_voucher
from rewards.services import change_reward
from tenants.roles import SYSTEM
from tests.factories import CAPPUCCINO, NOW, Shop, give_points, make_customer, make_redemption, make_reward

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


def test_an_event_that_is_put_off_takes_its_guests_along_and_tells_them_once(shop: Shop, other_shop: Shop) -> None:
    begins = NOW + timedelta(days=3)
    draft = replace(CAPPUCCINO, kind=Reward.Kind.EVENT, name="Latte-Art-Kurs", points=0, value=None)
    first = replace(draft, event_at=begins, event_ends_at=begins + timedelta(hours=2), event_place="Altstadt")
    later = replace(first, event_at=begins + timedelta(days=7), event_ends_at=begins + timedelta(days=7, hours=2))
    with shop.scope():
        comes, cancels = make_customer(), make_customer()
        course = make_reward(first)
        place, gone = (make_redemption(customer=guest, reward=course) for guest in (comes, cancels))
        cancel_redemption(redemption=gone, actor=SYSTEM, now=NOW)
        change_reward(reward=course, draft=replace(later, description="Mit Selin"), actor=SYSTEM, now=NOW)
        change_reward(reward=course, draft=replace(later, description="Mit Tom"), actor=SYSTEM, now=NOW)
        with time_machine.travel(NOW, tick=False):
            for event in [*Event.objects.filter(name="reward.changed")] * 2:
                tell_guests_of_a_change(event)
        told = Message.objects.get(kind="event_changed")
        assert (told.customer, told.facts["where"]) == (comes, "Altstadt")
        assert told.facts["when"].startswith(later.event_at.isoformat() if later.event_at else "")
        place.refresh_from_db()
        assert place.expires_at == later.event_ends_at
    with other_shop.scope():
        assert said() == []
