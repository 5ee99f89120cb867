"""Rewards on the phone: what a customer sees, is asked before redeeming, holds as a voucher and gives back."""

import html
import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from ledger.queries import account_of
from programs.models import Tier
from programs.rules import Conditions
from rewards.models import Redemption, Reward, RewardPhoto
from rewards.presence import code_to_show, prove_presence
from rewards.queries import open_vouchers, redemptions_of
from rewards.redeeming import give_gift, use_voucher
from tenants.qr import qr_svg
from tenants.roles import SYSTEM
from tests.clients import browser, phone
from tests.factories import Shop, give_points, make_customer, make_redemption, make_reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def jana(shop: Shop) -> Customer:
    with shop.scope():
        customer = make_customer(name="Jana Krüger", email="jana@example.org")
        give_points(customer, 3_000, now=timezone.now())
        return customer


@pytest.fixture
def client(shop: Shop, jana: Customer) -> Client:
    return phone(jana, shop.tenant)


def see(client: Client, path: str, **typed: Any) -> str:
    answer: Any = client.get(path, typed)
    assert answer.status_code == 200, path
    return _text(answer)


def press(client: Client, path: str, **fields: Any) -> str:
    """What is read after a button."""
    return _text(client.post(path, {"key": str(uuid.uuid4())} | fields, follow=True))


def _text(answer: Any) -> str:
    said = re.sub(r"<style.*?</style>|<[^>]+>", " ", html.unescape(answer.content.decode()))
    return " ".join(said.split())


def points_of(shop: Shop, customer: Customer) -> int:
    with shop.scope():
        return account_of(customer).balance


def page_of(reward: Reward) -> str:
    return f"/rewards/{reward.public_id}/"


def test_what_can_be_had_comes_first_then_goals_then_what_is_locked(shop: Shop, jana: Customer, client: Client) -> None:
    soon = timezone.now().astimezone(shop.tenant.zone).date() + timedelta(days=3)
    with shop.scope():
        make_reward(name="Latte-Art-Kurs", points=100, tier=Tier.objects.get(code="gold"))
        make_reward(name="Frühstück", points=4_000)
        make_reward(name="Cappuccino")
        make_reward(name="Adventstee", conditions=Conditions(from_on=soon), teaser_days=5)
        make_reward(name="Tasse", stock=0)
        make_reward(name="Nur an der Kasse", is_listed=False)
    seen = see(client, "/rewards/")
    places = [seen.index(name) for name in ("Cappuccino", "Frühstück", "Latte-Art-Kurs", "Adventstee", "Tasse")]
    assert places == sorted(places)
    for words in ("Noch 1.000 Punkte", "ab Gold", "In 3 Tagen", "ergriffen", "3.000 Punkte verfügbar"):
        assert words in seen
    assert "Nur an der Kasse" not in seen
    home = see(client, "/")
    assert "Alle 5" in home
    assert "Adventstee" not in home, "three are enough"


def test_redeeming_asks_first_and_is_done_once(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        reward = make_reward(valid_days=14)
    asked = see(client, f"{page_of(reward)}redeem/")
    for words in ("Bist du an der Kasse?", "500 Punkte", "2.500 Punkte", "kommen die Punkte von selbst zurück"):
        assert words in asked
    assert points_of(shop, jana) == 3_000, "asking costs nothing"
    key = str(uuid.uuid4())
    for _ in range(2):
        seen = press(client, f"{page_of(reward)}redeem/", key=key)
        assert "Cappuccino" in seen
        assert re.search(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", seen)
    assert points_of(shop, jana) == 2_500
    with shop.scope():
        assert redemptions_of(jana).get().presence == Redemption.Presence.PORTAL
    assert "1 Gutschein offen" in see(client, "/")


def test_a_key_is_not_lent_to_another_reward(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        reward, other = make_reward(), make_reward(name="Kuchen")
    key = str(uuid.uuid4())
    press(client, f"{page_of(reward)}redeem/", key=key)
    assert "schon etwas anderes eingelöst" in press(client, f"{page_of(other)}redeem/", key=key)
    assert points_of(shop, jana) == 2_500


def test_what_cannot_be_had_is_refused_in_words(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        dear, gone = make_reward(points=9_000), make_reward(name="Tasse", stock=0)
    assert "Noch 6.000 Punkte" in _text(client.get(f"{page_of(dear)}redeem/", follow=True))
    assert "ergriffen" in press(client, f"{page_of(gone)}redeem/")
    assert points_of(shop, jana) == 3_000


def test_the_customer_chooses_how_many_points(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        reward = make_reward(
            kind=Reward.Kind.AMOUNT, name="Rabatt", points=100, value=300, chooses_points=True, most_points=2_000
        )
    seen = see(client, page_of(reward))
    assert "2.000 Punkte = 60,00 €" in seen.replace("\xa0", " ").replace("\u202f", " ")
    for typed, refusal in (("", "Anzahl"), ("viele", "Anzahl"), ("2.001", "Mehr als 2.000"), ("0", "Anzahl")):
        assert refusal in see(client, f"{page_of(reward)}redeem/", points=typed)
    asked = see(client, f"{page_of(reward)}redeem/", points="1.010").replace("\xa0", " ")
    assert "30,30 €" in asked
    assert "1.990 Punkte" in asked
    press(client, f"{page_of(reward)}redeem/", points="1010")
    assert points_of(shop, jana) == 1_990
    with shop.scope():
        assert redemptions_of(jana).get().value == 3_030


def test_a_voucher_is_given_back_once_and_only_while_it_is_open(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        open_one, used = (make_redemption(customer=jana, reward=make_reward(), now=timezone.now()) for _ in range(2))
        use_voucher(redemption=used, actor=SYSTEM, now=timezone.now(), store=shop.store)
    assert "500 Punkte sind zurück" in press(client, f"/vouchers/{open_one.public_id}/cancel/")
    assert "storniert" in press(client, f"/vouchers/{open_one.public_id}/cancel/")
    seen = press(client, f"/vouchers/{used.public_id}/cancel/")
    assert "eingelöst" in seen
    assert shop.store.name in seen
    assert points_of(shop, jana) == 2_500


def test_a_gift_cannot_be_given_back(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        cake = make_reward(name="Kuchen", way=Reward.Way.BIRTHDAY, points=0)
        gift = give_gift(customer=jana, reward=cake, occasion="birthday:2026", actor=SYSTEM, now=timezone.now())
        assert gift is not None
    assert "Doch nicht einlösen" not in see(client, f"/vouchers/{gift.public_id}/")
    assert "nicht zurückgeben" in press(client, f"/vouchers/{gift.public_id}/cancel/")


def test_a_place_at_an_event_is_accepted_and_cancelled_until_it_begins(
    shop: Shop, jana: Customer, client: Client
) -> None:
    begins = timezone.now() + timedelta(days=2)
    with shop.scope():
        event = make_reward(
            kind=Reward.Kind.EVENT,
            name="Verkostung",
            event_at=begins,
            event_ends_at=begins + timedelta(hours=3),
            event_place="Rösterei",
            points=0,
            value=None,
            stock=2,
        )
    seen = see(client, page_of(event))
    for words in ("Zusagen", "Rösterei", "och 2 Plätze"):
        assert words in seen
    assert "Kommst du?" in see(client, f"{page_of(event)}redeem/")
    assert "Platz ist reserviert" in press(client, f"{page_of(event)}redeem/")
    with shop.scope():
        voucher = redemptions_of(jana).get()
    press(client, f"/vouchers/{voucher.public_id}/cancel/")
    with shop.scope():
        assert Reward.objects.get(pk=event.pk).stock == 2
    press(client, f"{page_of(event)}redeem/")
    with shop.scope():
        voucher = redemptions_of(jana)[0]
        Reward.objects.filter(pk=event.pk).update(event_at=timezone.now() - timedelta(minutes=1))
    assert "nicht zurückgeben" in press(client, f"/vouchers/{voucher.public_id}/cancel/")


def test_nobody_sees_the_vouchers_of_others(shop: Shop, jana: Customer) -> None:
    with shop.scope():
        voucher = make_redemption(customer=jana, reward=make_reward(), now=timezone.now())
        timo = make_customer(name="Timo", email="timo@example.org")
    stranger = phone(timo, shop.tenant)
    assert stranger.get(f"/vouchers/{voucher.public_id}/").status_code == 404
    assert stranger.post(f"/vouchers/{voucher.public_id}/cancel/").status_code == 404
    assert voucher.reference not in see(stranger, "/card/offline/")


def test_drafts_gifts_and_ended_rewards_have_no_page(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        ended, given = make_reward(), make_reward(way=Reward.Way.STAFF, points=0)
        Reward.objects.filter(pk=ended.pk).update(ended_at=timezone.now())
    for reward in (ended, given):
        assert client.get(page_of(reward)).status_code == 404


def test_the_phone_keeps_the_card_and_open_vouchers_for_times_without_a_network(
    shop: Shop, jana: Customer, client: Client
) -> None:
    with shop.scope():
        kept, closed = (make_redemption(customer=jana, reward=make_reward(), now=timezone.now()) for _ in range(2))
    press(client, f"/vouchers/{closed.public_id}/cancel/")
    page: Any = client.get("/card/offline/")
    assert f'id="{kept.public_id}"' in page.content.decode()
    assert str(closed.public_id) not in page.content.decode()
    assert "Jana" not in page.content.decode()


def test_the_code_on_the_phone_proves_presence_and_is_not_kept(shop: Shop, jana: Customer, client: Client) -> None:
    answer = client.get("/card/code/")
    assert "no-store" in answer.headers["Cache-Control"]
    with shop.scope():
        now = timezone.now()
        assert answer.content.decode() in {
            str(qr_svg(code_to_show(jana, now=moment))) for moment in (now, now - timedelta(seconds=30))
        }
        assert prove_presence(text=code_to_show(jana, now=now), actor=SYSTEM, now=now) == jana


def test_a_closed_programme_offers_nothing_more(shop: Shop, jana: Customer, client: Client) -> None:
    with shop.scope():
        reward = make_reward()
    shop.tenant.closed_at = timezone.now()
    shop.tenant.save()
    assert "Cappuccino" not in see(client, "/rewards/")
    press(client, f"{page_of(reward)}redeem/")
    assert points_of(shop, jana) == 3_000
    with shop.scope():
        assert not open_vouchers(jana, now=timezone.now()).exists()


def test_a_photo_is_served_to_everybody_and_kept_for_ever(shop: Shop, other_shop: Shop, client: Client) -> None:
    with shop.scope():
        photo = RewardPhoto.objects.create(hash="abc123", small=b"small", large=b"large")
        reward = make_reward()
        Reward.objects.filter(pk=reward.pk).update(photo=photo)
    assert "/rewards/photo/abc123.webp" in client.get("/rewards/").content.decode()
    for path, content in (("/rewards/photo/abc123.webp", b"small"), ("/rewards/photo/large/abc123.webp", b"large")):
        answer = browser(shop.host).get(path)
        assert answer.content == content
        assert "immutable" in answer.headers["Cache-Control"]
        assert browser(other_shop.host).get(path).status_code == 404


def test_the_page_of_a_reward_says_what_holds_for_it(shop: Shop, client: Client) -> None:
    conditions = Conditions(
        weekdays=(0, 1, 2, 3, 4), from_minute=600, until_minute=720, until_on=date(2099, 1, 31), stores=(shop.store.pk,)
    )
    with shop.scope():
        reward = make_reward(conditions=conditions, min_total=1_000, per_customer=2, stock=3, description="Mit Hafer.")
    seen = see(client, page_of(reward)).replace("\xa0", " ")
    for words in (
        "Mit Hafer.",
        "Ab einem Einkauf von 10,00 €",
        "Montags bis freitags von 10:00 bis 12:00 Uhr",
        f"nur in: {shop.store.name}",
        "Bis zu 2-mal pro Person",
        "och 3 da",
        "gilt der Gutschein 14 Tage",
    ):
        assert words in seen, words
