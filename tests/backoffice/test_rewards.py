"""Rewards at the desk: drafted, published, ordered and ended, and a day that can be laid beside the tills."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from ledger.queries import account_of
from rewards.models import Redemption, Reward
from rewards.presence import card_limit
from rewards.queries import all_rewards
from rewards.redeeming import redeem_at_till
from team.queries import till_actor
from tests.clients import signed_in
from tests.factories import (
    Shop,
    give_points,
    make_customer,
    make_device,
    make_member,
    make_redemption,
    make_reward,
    today,
)

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/rewards/"
FILLED = {
    "kind": "product",
    "way": "choice",
    "name": "Cappuccino",
    "points": "500",
    "value": "3,40",
    "cost": "0,75",
    "valid_days": "14",
    "icon": "cup",
    "is_listed": "on",
}


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def downloaded(client: Client, path: str) -> str:
    response = client.get(path)
    return b"".join(response).decode()


def picture(side: int = 1_600) -> io.BytesIO:
    out = io.BytesIO()
    camera = Image.Exif()
    camera[0x010F] = "Kamera von Jana"
    Image.new("RGB", (side, side // 2), "#b5482a").save(out, format="JPEG", exif=camera)
    out.seek(0)
    out.name = "cappuccino.jpg"
    return out


def test_a_draft_is_seen_by_nobody_until_it_is_published(shop: Shop) -> None:
    owner = desk(shop)
    owner.post(f"{PAGE}new/", FILLED | {"action": "save"})
    with shop.scope():
        reward = Reward.objects.get()
        assert (reward.published_at, reward.points, reward.value, reward.cost) == (None, 500, 340, 75)
    assert "Entwurf" in text(owner)
    owner.post(f"{PAGE}{reward.public_id}/publish/")
    with shop.scope():
        reward.refresh_from_db()
    assert reward.published_at is not None


def test_a_change_keeps_what_open_vouchers_are_worth(shop: Shop) -> None:
    with shop.scope():
        reward = make_reward()
        jana = make_customer()
        give_points(jana, 1_000)
        voucher = make_redemption(customer=jana, reward=reward, now=timezone.now())
    owner = desk(shop)
    assert owner.post(f"{PAGE}{reward.public_id}/change/", FILLED | {"value": "4,20"}).status_code == 302
    with shop.scope():
        reward.refresh_from_db()
        voucher.refresh_from_db()
    assert (reward.value, voucher.value) == (420, 340)


def test_what_was_taken_while_somebody_changes_the_stock_stays_taken(shop: Shop) -> None:
    with shop.scope():
        reward, jana = make_reward(stock=8), make_customer()
        give_points(jana, 1_000)
        make_redemption(customer=jana, reward=reward, now=timezone.now())
    owner, change = desk(shop), f"{PAGE}{reward.public_id}/change/"
    for stock, left in (("8", 7), ("10", 9)):
        owner.post(change, FILLED | {"stock": stock, "stock_seen": "8"})
        with shop.scope():
            reward.refresh_from_db()
        assert reward.stock == left
        with shop.scope():
            Reward.objects.update(stock=7)


def test_an_event_begins_at_the_time_of_the_shop(shop: Shop) -> None:
    times = {"event_at": "2027-07-01T18:00", "event_ends_at": "2027-07-01T20:00", "event_place": "Altstadt"}
    desk(shop).post(f"{PAGE}new/", FILLED | {"kind": "event"} | times)
    with shop.scope():
        begins = Reward.objects.get().event_at
    assert begins is not None
    assert begins.utcoffset() == timedelta(0)
    assert begins.hour == 16, "six in the evening in a Berlin summer"


def test_what_does_not_fit_the_kind_is_left_out_and_what_is_missing_is_said_at_its_field(shop: Shop) -> None:
    owner = desk(shop)
    page = owner.post(f"{PAGE}new/", FILLED | {"kind": "amount", "value": ""}).content.decode()
    assert "Bitte den Rabatt angeben." in page
    owner.post(f"{PAGE}new/", FILLED | {"kind": "percent", "percent": "20"})
    with shop.scope():
        assert (Reward.objects.get().percent, Reward.objects.get().value) == (20, None)


def test_the_preview_reckons_with_the_engine(shop: Shop) -> None:
    shown = desk(shop).post(f"{PAGE}try/", FILLED).content.decode()
    assert "Rabatt 3,40" in shown
    assert "Verkaufswert" in shown
    assert "Umsatz in" in shown


def test_a_photo_keeps_nothing_but_pixels_and_is_stored_once(shops: tuple[Shop, Shop]) -> None:
    shop, other = shops
    owner = desk(shop)
    for name in ("Cappuccino", "Espresso"):
        owner.post(f"{PAGE}new/", FILLED | {"name": name, "photo": picture()})
    with shop.scope():
        photo, again = (reward.photo for reward in Reward.objects.select_related("photo").order_by("pk"))
        assert photo is not None
        assert photo == again
        small, large = (Image.open(io.BytesIO(bytes(data))) for data in (photo.small, photo.large))
    assert (small.size, large.size) == ((320, 160), (1_200, 600))
    assert not large.getexif()
    with other.scope():
        assert not Reward.objects.exists()


def test_what_is_no_picture_is_refused_and_nothing_is_made(shop: Shop) -> None:
    wrong = io.BytesIO(b"<svg onload=alert(1)>")
    wrong.name = "cup.svg"
    response = desk(shop).post(f"{PAGE}new/", FILLED | {"photo": wrong})
    assert "PNG, JPEG oder WebP" in response.content.decode()
    with shop.scope():
        assert not Reward.objects.exists()


def test_the_order_changes_by_one_place(shop: Shop) -> None:
    with shop.scope():
        first, second = make_reward(name="Erste"), make_reward(name="Zweite")
    desk(shop).post(f"{PAGE}{second.public_id}/move/", {"to": "up"})
    with shop.scope():
        assert list(all_rewards()) == [second, first]


def test_a_shop_without_rewards_begins_with_those_of_its_trade_once(shop: Shop) -> None:
    owner = desk(shop)
    for _ in range(2):
        owner.post(f"{PAGE}start/")
    with shop.scope():
        drafts = list(all_rewards())
    assert drafts
    assert all(draft.published_at is None and draft.cost is None for draft in drafts)
    assert len({draft.name for draft in drafts}) == len(drafts)


def test_an_ended_reward_stands_among_the_ended_and_its_vouchers_stay(shop: Shop) -> None:
    with shop.scope():
        reward, jana = make_reward(), make_customer()
        give_points(jana, 1_000)
        voucher = make_redemption(customer=jana, reward=reward, now=timezone.now())
    owner = desk(shop)
    assert "1 offener Gutschein bleibt" in text(owner, f"{PAGE}{reward.public_id}/")
    owner.post(f"{PAGE}{reward.public_id}/end/")
    assert "Cappuccino" in text(owner, f"{PAGE}?show=ended")
    assert "Cappuccino" not in text(owner, f"{PAGE}?show=active").partition("</table>")[0].partition("<table")[2]
    with shop.scope():
        voucher.refresh_from_db()
    assert voucher.state == Redemption.State.ISSUED


def test_the_reconciliation_equals_what_was_debited_and_marks_what_was_cancelled(shop: Shop) -> None:
    now = timezone.now()
    with shop.scope():
        till, _token = make_device(store=shop.store)
        mia = make_member(role="staff", pin="4711", name="Mia")
        reward, jana = make_reward(), make_customer()
        give_points(jana, 1_000, now=now)
        kept, mistaken = (
            redeem_at_till(
                customer=jana,
                reward=reward,
                presence=Redemption.Presence.CODE,
                store=shop.store,
                actor=till_actor(mia, till),
                now=now,
            ).redemption
            for _ in range(2)
        )
    owner = desk(shop)
    owner.post(f"/backoffice/vouchers/{mistaken.public_id}/cancel/")
    page = text(owner, f"{PAGE}handed-out/")
    assert kept.reference in page
    assert "und 1 storniert" in page
    assert "Mia" in page
    file = downloaded(owner, f"{PAGE}handed-out/export/?on={today()}")
    assert kept.reference in file
    assert mistaken.reference in file
    with shop.scope():
        assert account_of(jana).balance == 1_000 - kept.points
    yesterday = today() - timedelta(days=1)
    assert kept.reference not in text(owner, f"{PAGE}handed-out/?on={yesterday}")


def test_a_voucher_is_cancelled_once_and_gives_its_points_back(shop: Shop) -> None:
    with shop.scope():
        reward, jana = make_reward(), make_customer()
        give_points(jana, 1_000)
        voucher = make_redemption(customer=jana, reward=reward, now=timezone.now())
    owner = desk(shop)
    page = f"/backoffice/customers/{jana.public_id}/vouchers/"
    assert voucher.reference in text(owner, page)
    for _ in range(2):
        owner.post(f"/backoffice/vouchers/{voucher.public_id}/cancel/")
    with shop.scope():
        assert account_of(jana).balance == 1_000


def test_guests_of_an_event_are_listed_and_those_who_came_are_marked(shop: Shop) -> None:
    begins = timezone.now() + timedelta(days=3)
    with shop.scope():
        event = make_reward(kind="event", points=0, event_at=begins, event_ends_at=begins + timedelta(hours=2))
        jana = make_customer(name="Jana Krüger")
        make_redemption(customer=jana, reward=event, now=timezone.now())
    owner = desk(shop)
    assert "Jana Krüger" in text(owner, f"{PAGE}{event.public_id}/")
    assert "1 Gast, davon da: 0" in text(owner, f"{PAGE}{event.public_id}/")


def test_only_the_owner_says_what_a_printed_card_redeems(shop: Shop) -> None:
    owner, manager = desk(shop), desk(shop, "manager")
    assert manager.post(f"{PAGE}card-limit/", {"value": "99,00"}).status_code == 403
    owner.post(f"{PAGE}card-limit/", {"value": "25,00"})
    with shop.scope():
        assert card_limit() == 2_500


def test_an_analyst_sees_the_rewards_and_changes_nothing(shop: Shop) -> None:
    with shop.scope():
        reward = make_reward()
    analyst = desk(shop, "analyst")
    assert "Cappuccino" in text(analyst)
    assert "Neue Prämie" not in text(analyst)
    assert analyst.post(f"{PAGE}{reward.public_id}/end/").status_code == 403
