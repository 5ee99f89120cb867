"""Referrals at the desk: an offer is drafted, published and ended; what is held is decided; a period is reported."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from events.models import Event
from ledger.queries import account_of
from referrals.claiming import claim_invitation
from referrals.models import Channel, Referral, ReferralOffer
from referrals.paying import pay_referral
from referrals.settling import note_first_purchase
from rewards.models import Reward
from tenants.roles import SYSTEM
from tests.clients import signed_in
from tests.factories import (
    Shop,
    make_customer,
    make_friends_code,
    make_member,
    make_offer,
    make_purchase,
    make_referral,
    make_reward,
    today,
)
from tests.referrals.printing import codes_on, text_on

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/referrals/"
FILLED = {
    "audience": "friends",
    "name": "Freunde werben Freunde",
    "friend_gets": "points",
    "friend_points": "200",
    "referrer_gets": "points",
    "referrer_points": "200",
    "smallest_purchase": "10",
    "waiting_days": "14",
    "per_referrer": "10",
}


def desk(shop: Shop, role: str = "owner") -> Client:
    with shop.scope():
        return signed_in(make_member(role=role).user, shop.tenant)


def text(client: Client, path: str = PAGE) -> str:
    return client.get(path).content.decode()


def only_offer(shop: Shop) -> ReferralOffer:
    with shop.scope():
        return ReferralOffer.objects.get()


def held_referral(shop: Shop) -> Referral:
    """Of a friend who has left no address."""
    now = timezone.now()
    with shop.scope():
        make_offer(waiting_days=0, now=now - timedelta(days=2))
        jana = make_customer(name="Jana Krüger", email="jana@example.org", now=now - timedelta(days=90))
        friend = make_customer(name="Ben Vogt", now=now)
        code = make_friends_code(jana, now=now)
        claim_invitation(friend=friend, code=code, channel=Channel.PAPER, actor=SYSTEM, now=now)
        make_purchase(customer=friend, total=2490, now=now)
        referral = note_first_purchase(friend_id=friend.pk, actor=SYSTEM, now=now)
        assert referral is not None
        Referral.objects.filter(pk=referral.pk).update(state=Referral.State.HELD, reasons=["no_contact"])
    return referral


def test_an_offer_is_a_draft_until_it_is_published_and_is_then_what_the_room_begins_with(shop: Shop) -> None:
    owner = desk(shop)
    owner.post(f"{PAGE}offers/new/", FILLED | {"action": "save"})
    offer = only_offer(shop)
    assert (offer.state, offer.friend_points, offer.referrer_points, offer.smallest_purchase) == (
        "draft",
        200,
        200,
        1000,
    )
    assert "Es gilt kein Angebot" in text(owner)
    page = text(owner, f"{PAGE}offers/{offer.public_id}/")
    assert "Gilt sofort." in page
    owner.post(f"{PAGE}offers/{offer.public_id}/publish/")
    assert only_offer(shop).state == "live"
    page = text(owner)
    assert "Wer eingeladen ist, bekommt 200 Punkte; wer einlädt, bekommt 200 Punkte." in page
    assert "Gilt jetzt" in page


def test_publishing_says_what_it_replaces_and_a_season_lets_the_other_one_rest(shop: Shop) -> None:
    owner, now = desk(shop), timezone.now()
    with shop.scope():
        make_offer(name="Das ganze Jahr", now=now - timedelta(days=30))
    tried = owner.post(f"{PAGE}offers/try/", FILLED).content.decode()
    assert "Es ersetzt „Das ganze Jahr“, das dann endet." in tried
    # As customers of this shop read it, who are du.
    assert "Du bekommst 200 Punkte und" in tried
    last = today() + timedelta(days=20)
    tried = owner.post(f"{PAGE}offers/try/", FILLED | {"until_on": f"{last:%Y-%m-%d}"}).content.decode()
    assert "„Das ganze Jahr“ ruht währenddessen" in tried
    assert "ersetzt" not in tried
    owner.post(f"{PAGE}offers/new/", FILLED | {"action": "publish", "until_on": f"{last:%Y-%m-%d}"})
    with shop.scope():
        offer = ReferralOffer.objects.get(name=FILLED["name"])
        assert (offer.state, offer.last_day) == ("live", last)
    assert "Ruht" in text(owner)


def test_the_preview_hints_where_the_thanks_are_worth_more_than_the_purchase(shop: Shop) -> None:
    with shop.scope():
        cup = make_reward(value=340, cost=75)
    owner = desk(shop)
    given = {"friend_gets": "rewards", "friend_rewards": str(cup.pk), "referrer_gets": "nothing", "friend_points": ""}
    tried = owner.post(f"{PAGE}offers/try/", FILLED | given | {"smallest_purchase": "3"}).content.decode()
    assert "mehr als der Mindesteinkauf" in tried
    assert "Kostet Sie 0,75" in tried
    tried = owner.post(f"{PAGE}offers/try/", FILLED | given | {"waiting_days": "0"}).content.decode()
    assert "mehr als der Mindesteinkauf" not in tried
    assert "Ohne Wartezeit" in tried


def test_a_partner_s_code_thanks_newcomers_alone_and_has_a_link(shop: Shop) -> None:
    owner = desk(shop)
    partner = {"audience": "partner", "partner": "Radio Nord", "code": "radio 25", "action": "publish"}
    owner.post(f"{PAGE}offers/new/", FILLED | partner)
    offer = only_offer(shop)
    assert (offer.code, offer.friend_points, offer.referrer_points) == ("RADIO25", 200, 0)
    assert f"{shop.tenant.url}/e/RADIO25/" in text(owner)
    assert f"{shop.tenant.url}/e/RADIO25/" in text(owner, f"{PAGE}offers/{offer.public_id}/")


def test_a_partner_s_cards_carry_its_code_and_are_printed_while_somebody_can_come_by_it(
    shop: Shop, other_shop: Shop
) -> None:
    with shop.scope():
        radio = make_offer(code="RADIO25", partner="Radio Nord", referrer_points=0, now=timezone.now())
        friends, draft = make_offer(), make_offer(code="BLOG", referrer_points=0, publish_now=False)
    with other_shop.scope():
        make_offer(code="RADIO25", referrer_points=0)
    owner, cards = desk(shop), f"{PAGE}campaigns/{radio.public_id}/cards.pdf"
    assert cards in text(owner, f"{PAGE}offers/{radio.public_id}/")
    sheet = owner.get(cards)
    assert sheet.headers["Content-Type"] == "application/pdf"
    assert codes_on(sheet.content) == [f"{shop.tenant.url}/e/RADIO25/?w=p"] * 10
    assert "300 Punkte für dich" in text_on(sheet.content)
    assert desk(other_shop).get(cards).status_code == 404
    for none in (friends, draft):
        assert owner.get(f"{PAGE}campaigns/{none.public_id}/cards.pdf").status_code == 404
    owner.post(f"{PAGE}offers/{radio.public_id}/end/")
    assert owner.get(cards).status_code == 404
    page = text(owner, f"{PAGE}offers/{radio.public_id}/")
    assert "RADIO25" in page
    assert "cards.pdf" not in page
    assert "/e/RADIO25/" not in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"audience": "partner"}, "code"),
        ({"friend_points": ""}, "friend_points"),
        ({"referrer_gets": "rewards"}, "referrer_rewards"),
        ({"from_on": "2026-12-24", "until_on": "2026-12-01"}, "until_on"),
        ({"until_on": "2020-12-01", "action": "publish"}, "until_on"),
        ({"friend_gets": "nothing", "referrer_gets": "nothing", "action": "publish"}, "friend_points"),
    ],
)
def test_what_does_not_fit_is_named_at_its_field_and_nothing_is_kept(
    shop: Shop, typed: dict[str, str], field: str
) -> None:
    make_reward_in(shop)
    page = desk(shop).post(f"{PAGE}offers/new/", FILLED | {"action": "save"} | typed).content.decode()
    assert f'id="id_{field}_error"' in page
    with shop.scope():
        assert not ReferralOffer.objects.exists()


def make_reward_in(shop: Shop) -> None:
    with shop.scope():
        make_reward()


def test_a_published_offer_can_only_be_ended_and_a_draft_deleted(shop: Shop) -> None:
    owner = desk(shop)
    with shop.scope():
        live, draft = make_offer(name="Läuft", now=timezone.now()), make_offer(name="Entwurf", publish_now=False)
    assert owner.get(f"{PAGE}offers/{live.public_id}/change/").status_code == 302
    owner.post(f"{PAGE}offers/{live.public_id}/discard/")
    owner.post(f"{PAGE}offers/{draft.public_id}/discard/")
    owner.post(f"{PAGE}offers/{live.public_id}/end/")
    assert (only_offer(shop).name, only_offer(shop).state) == ("Läuft", "ended")


def test_what_is_held_waits_on_the_start_page_with_its_reason_and_pays_once_approved(shop: Shop) -> None:
    referral, owner = held_referral(shop), desk(shop)
    assert "1 Empfehlung wartet auf Ihre Entscheidung" in text(owner, "/backoffice/")
    page = text(owner, f"{PAGE}friends/?show=held")
    assert "weder E-Mail-Adresse noch" in page
    assert "Jana Krüger" in page
    answer = owner.post(f"{PAGE}friends/{referral.public_id}/approve/", follow=True)
    assert "Freigegeben. Das Dankeschön ist gutgeschrieben." in answer.content.decode()
    with shop.scope():
        referral.refresh_from_db()
        assert (referral.state, _balance(referral)) == ("paid", 500)
        assert Event.objects.filter(name="referral.approved", actor__startswith="member:").exists()
    assert "warte" not in text(owner, "/backoffice/")


def test_a_reward_that_is_gone_is_said_on_the_offer_and_where_it_is_decided(shop: Shop) -> None:
    owner, now = desk(shop), timezone.now()
    with shop.scope():
        cakes = [make_reward(name="Kuchen", stock=5), make_reward(name="Torte", stock=0)]
        offer = make_offer(waiting_days=0, referrer_points=0, referrer_rewards=cakes, now=now - timedelta(days=2))
        jana = make_customer(name="Jana Krüger", email="jana@example.org", now=now - timedelta(days=90))
    assert "Wer einlädt: „Torte“ ist beendet oder vergriffen." in text(owner, f"{PAGE}offers/{offer.public_id}/")
    with shop.scope():
        referral = make_referral(referrer=jana, state=Referral.State.DUE, now=now)
        Reward.objects.update(stock=0)
        assert not pay_referral(referral=referral, actor=SYSTEM, now=now)
    page = text(owner, f"{PAGE}offers/{offer.public_id}/")
    assert "Wer einlädt: Von den versprochenen Prämien ist keine mehr da." in page
    assert "Von den versprochenen Prämien ist keine mehr da." in text(owner, f"{PAGE}friends/?show=held")
    answer = owner.post(f"{PAGE}friends/{referral.public_id}/approve/", follow=True).content.decode()
    assert "auf anderem Weg danken" in answer
    assert "Wer einlädt: Von den versprochenen Prämien war keine mehr da." in text(owner, f"{PAGE}friends/")


def test_a_refusal_stands_with_who_has_decided(shop: Shop) -> None:
    referral, owner = held_referral(shop), desk(shop)
    owner.post(f"{PAGE}friends/{referral.public_id}/refuse/")
    answer = owner.post(f"{PAGE}friends/{referral.public_id}/refuse/", follow=True)
    assert "schon entschieden" in answer.content.decode()
    page = text(owner, f"{PAGE}friends/?show=out")
    assert "entschieden von Selin" in page
    with shop.scope():
        referral.refresh_from_db()
        assert (referral.state, _balance(referral)) == ("refused", 0)


def test_whoever_only_reads_decides_nothing(shop: Shop) -> None:
    referral, analyst = held_referral(shop), desk(shop, "analyst")
    page = text(analyst, f"{PAGE}friends/?show=held")
    assert "Ben Vogt" in page
    assert "approve" not in page
    assert analyst.post(f"{PAGE}friends/{referral.public_id}/approve/").status_code == 403


def test_a_period_is_reported_as_cards_and_as_a_file_and_names_association(shop: Shop) -> None:
    now = timezone.now()
    with shop.scope():
        make_offer(waiting_days=0, now=now - timedelta(days=60))
        jana = make_customer(email="jana@example.org", now=now - timedelta(days=90))
        make_referral(referrer=jana, state=Referral.State.PAID, now=now - timedelta(days=3))
        make_customer(now=now - timedelta(days=3))
    owner = desk(shop)
    page = text(owner, f"{PAGE}report/")
    assert "1 von 2 Anmeldungen" in page
    assert "50\u202f%" in page
    assert "Zusammenhang, nicht Wirkung" in page
    rows = b"".join(owner.get(f"{PAGE}report/export/")).decode()
    assert '"Angemeldet über eine Einladung";"Link";1' in rows
    assert "errsum" in text(owner, f"{PAGE}report/?since=1970-01-01")
    assert owner.get(f"{PAGE}report/export/?since=morgen").status_code == 404


def test_a_customer_s_page_tells_by_whom_they_came_and_whom_they_brought(shop: Shop) -> None:
    referral, owner = held_referral(shop), desk(shop)
    page = f"/backoffice/customers/{_of(shop, referral.referrer_id)}/referrals/"
    assert "Ben Vogt" in text(owner, page)
    assert "0 von 10" in text(owner, page)
    page = f"/backoffice/customers/{_of(shop, referral.friend_id)}/referrals/"
    assert "Jana Krüger" in text(owner, page)
    assert "Noch niemanden eingeladen" in text(owner, page)


def _balance(referral: Referral) -> int:
    assert referral.referrer is not None
    return account_of(referral.referrer).balance


def _of(shop: Shop, customer_id: int | None) -> str:
    assert customer_id is not None
    with shop.scope():
        return str(Customer.objects.get(pk=customer_id).public_id)
