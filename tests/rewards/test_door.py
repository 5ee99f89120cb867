"""Whoever stands at the door of an event ticks the guests off on the list, each once, and takes a slip back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from rewards.door import check_in, undo_check_in
from rewards.errors import NotCheckedIn, UnknownVoucher, VoucherUsed
from rewards.models import Redemption, Reward
from rewards.queries import attendance
from tenants.roles import SYSTEM
from tests.clients import signed_in
from tests.factories import Shop, make_customer, make_member, make_redemption, make_reward

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event(shop: Shop) -> Reward:
    now = timezone.now()
    with shop.scope():
        begins = now + timedelta(minutes=20)
        ends = begins + timedelta(hours=2)
        return make_reward(kind=Reward.Kind.EVENT, points=0, event_at=begins, event_ends_at=ends, stock=5, now=now)


def test_a_guest_is_ticked_off_once_and_put_back_after_a_slip(shop: Shop, other_shop: Shop, event: Reward) -> None:
    with shop.scope():
        guest = make_redemption(customer=make_customer(name="Ole Brandt"), reward=event, now=timezone.now())
        manager = make_member(role="manager")
        desk, reader = (signed_in(user, shop.tenant) for user in (manager.user, make_member(role="analyst").user))
    with other_shop.scope():
        stranger = signed_in(make_member(role="manager").user, other_shop.tenant)
    page, door = f"/backoffice/rewards/{event.public_id}/", f"/backoffice/rewards/guests/{guest.public_id}/check-in/"
    assert door in desk.get(page).content.decode()
    assert door not in reader.get(page).content.decode()
    assert (reader.post(door).status_code, stranger.post(door).status_code) == (403, 404)
    for _ in range(2):
        assert desk.post(door).headers["Location"] == f"{page}#guest-{guest.reference}"
    with shop.scope():
        assert attendance(event) == (1, 1)
        [said] = Event.objects.filter(name="redemption.used")
        assert said.actor == f"member:{manager.pk}"
    desk.post(f"{door}undo/")
    with shop.scope():
        assert attendance(event) == (0, 1)
        guest.refresh_from_db()
        assert (guest.state, guest.used_at, guest.used_by) == ("issued", None, "")
        # The code on the phone is good again, at any till.
        check_in(redemption=guest, actor=SYSTEM, now=timezone.now())
        with pytest.raises(VoucherUsed):
            check_in(redemption=guest, actor=SYSTEM, now=timezone.now())


def test_only_places_at_an_event_are_ticked_off(shop: Shop, event: Reward) -> None:
    now = timezone.now()
    with shop.scope():
        coffee = make_redemption(customer=make_customer(), reward=make_reward(points=0, now=now), now=now)
        with pytest.raises(UnknownVoucher):
            check_in(redemption=coffee, actor=SYSTEM, now=now)
        guest = make_redemption(customer=make_customer(), reward=event, now=now)
        for nobody in (coffee, guest):
            with pytest.raises(NotCheckedIn):
                undo_check_in(redemption=nobody, actor=SYSTEM, now=now)
        assert not Redemption.objects.exclude(state="issued").exists()
