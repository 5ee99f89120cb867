"""Friends who bring friends: what a customer passes on, and the page behind it."""

from datetime import timedelta
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer
from referrals.claiming import claim_invitation
from referrals.models import Channel, Referral, ReferralOffer
from referrals.paying import pay_referral
from referrals.settling import note_first_purchase
from rewards.models import Reward
from rewards.services import end_reward
from tenants.roles import SYSTEM
from tests.clients import phone
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import ago, cookies
from tests.factories import make_customer, make_friends_code, make_offer, make_purchase, make_referral, make_reward

State = Referral.State


@cache
def _offer(exhibition: Exhibition) -> ReferralOffer:
    with exhibition.house.shop.scope():
        return make_offer(
            referrer_points=200,
            friend_points=200,
            smallest_purchase=1_000,
            per_referrer=3,
            ends_at=timezone.now() + timedelta(days=60),
            now=ago(days=200),
        )


@cache
def _busy(exhibition: Exhibition) -> Customer:
    """Has invited friends of whom each is at another place of the way."""
    _offer(exhibition)
    with exhibition.house.shop.scope():
        nora = _anybody("Nora Engel")
        make_referral(referrer=nora, state=State.PAID, now=ago(days=40))
        make_referral(referrer=nora, state=State.DUE, now=ago(days=5))
        make_referral(referrer=nora, now=ago(days=1))
    return nora


@state
def portal_invite(visit: Visit) -> None:
    visit.as_customer(_busy(visit.exhibition))
    visit.open("/invite/")


@state
def portal_home_invite(visit: Visit) -> None:
    visit.as_customer(_busy(visit.exhibition))
    visit.open("/")
    visit.page.locator(".invite").scroll_into_view_if_needed()


@state
def portal_invite_nobody_yet(visit: Visit) -> None:
    _offer(visit.exhibition)
    with visit.house.shop.scope():
        fresh = _anybody("Mila Wolf")
    visit.on_phone_of(fresh)
    visit.open("/invite/")


@state
def portal_invite_used_up(visit: Visit) -> None:
    _offer(visit.exhibition)
    with visit.house.shop.scope():
        nora = _anybody("Nora Engel")
        for days in (80, 60, 40):
            make_referral(referrer=nora, state=State.PAID, now=ago(days=days))
    visit.on_phone_of(nora)
    visit.open("/invite/")


@state
def portal_invite_not_offered(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    with shop.scope():
        fresh = _anybody("Mila Wolf")
    visit.carry(cookies(phone(fresh, shop.tenant)), at=shop.tenant.url)
    visit.open("/invite/", at=shop.tenant.url)


@state
def portal_invite_choice(visit: Visit) -> None:
    _with_a_choice(visit)
    visit.open("/invite/")


@state
def portal_invite_choice_gone(visit: Visit) -> None:
    """Both rewards have ended before one was chosen."""
    gifts = _with_a_choice(visit)
    with visit.house.shop.scope():
        for gift in gifts:
            end_reward(reward=gift, actor=SYSTEM, now=timezone.now())
    visit.open("/invite/")


def _with_a_choice(visit: Visit) -> list[Reward]:
    """Who has come by a partner's code may choose."""
    _offer(visit.exhibition)
    with visit.house.shop.scope():
        fresh = _anybody("Mila Wolf")
        gifts = [make_reward(name=name, now=timezone.now()) for name in ("Cappuccino", "Stück Kuchen")]
        code = f"BLOG{timezone.now():%M%S%f}"
        make_offer(
            name="Sommer", code=code, partner="Blog", friend_points=0, friend_rewards=gifts, waiting_days=0, now=ago()
        )
        claim_invitation(friend=fresh, code=code, channel=Channel.LINK, actor=SYSTEM, now=timezone.now())
        make_purchase(customer=fresh, store=visit.house.shop.store, now=timezone.now())
        referral = note_first_purchase(friend_id=fresh.pk, actor=SYSTEM, now=timezone.now())
        assert referral is not None
        assert pay_referral(referral=referral, actor=SYSTEM, now=timezone.now())
    visit.on_phone_of(fresh)
    return gifts


@state
def portal_invited(visit: Visit) -> None:
    visit.open(f"/e/{_code(visit)}/?w=w")


@state
def portal_invited_refused(visit: Visit) -> None:
    portal_invited(visit)
    visit.page.get_by_role("button", name="Karte holen").click()
    visit.refused()


@state
def portal_invited_done(visit: Visit) -> None:
    portal_invited(visit)
    visit.page.locator("[name=name]").fill("Mila Wolf")
    visit.page.locator("[name=email]").fill(f"mila{timezone.now():%H%M%S%f}@example.org")
    visit.page.locator("[name=accept]").check()
    visit.page.get_by_role("button", name="Karte holen").click()
    expect(visit.page.get_by_role("heading", name="Hallo Mila")).to_be_visible()


@state
def portal_invited_too_late(visit: Visit) -> None:
    visit.open("/e/FRÜHER/")


@state
def portal_invited_member(visit: Visit) -> None:
    code = _code(visit)
    visit.as_customer(visit.house.jana)
    visit.open(f"/e/{code}/")


@state
def portal_invited_own(visit: Visit) -> None:
    code = _code(visit)
    visit.as_customer(_busy(visit.exhibition))
    visit.open(f"/e/{code}/")


def _code(visit: Visit) -> str:
    nora = _busy(visit.exhibition)
    with visit.house.shop.scope():
        return make_friends_code(nora, now=timezone.now())


def _anybody(name: str) -> Customer:
    email = f"{name.partition(' ')[0].lower()}{timezone.now():%H%M%S%f}@example.org"
    return make_customer(name=name, email=email, now=ago(days=120) if name.startswith("Nora") else timezone.now())
