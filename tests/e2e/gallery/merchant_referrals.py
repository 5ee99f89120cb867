"""Referrals at the desk and at the till: offers of every state, what is held, the report, and a friend's code."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.utils import timezone
from playwright.sync_api import expect

from analytics.models import Finding
from customers.models import Customer
from ledger.liability import state_point_value
from referrals.invitations import count_click, spelled
from referrals.models import Channel, Invitation, Referral, ReferralOffer
from rewards.services import end_reward
from tenants.roles import SYSTEM
from tests.analytics.samples import make_finding
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House, ago
from tests.factories import make_customer, make_friends_code, make_offer, make_purchase, make_referral, make_reward


@dataclass(frozen=True)
class Circle:
    """A shop whose customers bring friends."""

    house: House
    till: Cookies
    member: Cookies
    draft: ReferralOffer
    code: str


@cache
def circle(_exhibition: Exhibition) -> Circle:
    house, now = people.open_house("galerie-freunde"), timezone.now()
    begun = ago(days=60)
    with house.shop.scope():
        state_point_value(per_hundred=75, actor=SYSTEM, now=begun)
        cup = make_reward(icon="cup", cost=75, now=begun)
        offer = make_offer(referrer_points=200, friend_points=200, smallest_purchase=1_000, now=begun)
        make_offer(name="Radio Nord", partner="Radio Nord", code="NORD25", friend_points=300, now=begun)
        cakes = [make_reward(name=name, now=begun) for name in ("Stück Kuchen", "Stück Torte")]
        make_offer(name="Kuchen", partner="Blog", code="BLOG25", friend_points=0, friend_rewards=cakes, now=begun)
        for cake in cakes:
            end_reward(reward=cake, actor=SYSTEM, now=now)
        make_offer(name="Winter", now=begun, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=40))
        draft = make_offer(
            name="Cappuccino für beide",
            referrer_points=0,
            friend_points=0,
            referrer_rewards=[cup],
            friend_rewards=[cup],
            smallest_purchase=300,
            publish_now=False,
            now=now,
        )
        _invite(house, offer, now_and_then=(40, 35, 30))
        code = make_friends_code(house.jana, now=begun)
        make_finding(Finding.Pattern.SMALL_AWARDS, house.jana, house.device, now=now)
    return Circle(
        house, people.bound_till(house), people.signed_in_member(house.shop, house.owner), draft, spelled(code)
    )


def _invite(house: House, offer: ReferralOffer, *, now_and_then: tuple[int, ...]) -> None:
    """Friends of Jana's of every state."""
    for days in now_and_then:
        make_referral(referrer=house.jana, state=Referral.State.PAID, channel=Channel.WHATSAPP, now=ago(days=days))
    make_referral(referrer=house.jana, state=Referral.State.TAKEN_BACK, channel=Channel.EMAIL, now=ago(days=20))
    make_referral(referrer=house.jana, state=Referral.State.DUE, channel=Channel.PAPER, now=ago(days=4))
    make_referral(referrer=house.jana, now=ago(days=1))
    doubts = {"Ole Krüger": ["household"], "Ida Winter": ["same_till", "no_contact"], "Lena Fuchs": ["no_reward"]}
    for name, reasons in doubts.items():
        friend = make_customer(name=name, now=ago(days=2))
        held = make_referral(referrer=house.jana, friend=friend, channel=Channel.TILL, now=ago(days=2))
        purchase = make_purchase(customer=friend, total=1_890, now=ago(days=2)).purchase
        found = Referral.objects.filter(pk=held.pk)
        found.update(state=Referral.State.HELD, reasons=reasons, purchase=purchase, pays_at=ago(days=-12))
    invitation = Invitation.objects.get(customer=house.jana)
    for channel, times in ((Channel.WHATSAPP, 9), (Channel.LINK, 4), (Channel.PAPER, 2)):
        for _ in range(times):
            count_click(offer=offer, invitation=invitation, channel=channel, now=ago(days=5))


def at_the_desk(visit: Visit, path: str) -> Circle:
    shown = circle(visit.exhibition)
    visit.carry(shown.member, at=shown.house.url)
    visit.open(f"/backoffice/{path}", at=shown.house.url)
    return shown


def at_the_till(visit: Visit, path: str) -> Circle:
    shown = circle(visit.exhibition)
    visit.carry(people.staffed_till(shown.house, shown.till), at=shown.house.url)
    visit.open(f"/checkout/{path}", at=shown.house.url)
    return shown


@state
def backoffice_start_to_be_decided(visit: Visit) -> None:
    at_the_desk(visit, "")


@state
def backoffice_referrals(visit: Visit) -> None:
    at_the_desk(visit, "referrals/")


@state
def backoffice_referrals_empty(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/referrals/", at=shop.tenant.url)


@state
def backoffice_referral_offer_new(visit: Visit) -> None:
    at_the_desk(visit, "referrals/offers/new/")


@state
def backoffice_referral_offer_tried(visit: Visit) -> None:
    """A partner's, whose preview follows what is typed."""
    at_the_desk(visit, "referrals/offers/new/")
    visit.page.locator("[name=audience][value=partner]").check()
    visit.page.locator("[name=code]").fill("SOMMER")
    visit.page.locator("[name=friend_points]").fill("5000")
    visit.page.locator("details.own summary").click()
    expect(visit.page.locator("#offer-preview .hints")).to_be_visible()


@state
def backoffice_referral_offer_refused(visit: Visit) -> None:
    at_the_desk(visit, "referrals/offers/new/")
    visit.page.locator("[name=friend_points]").fill("viele")
    visit.page.locator("[name=action][value=publish]").click()
    visit.refused()


@state
def backoffice_referral_offer(visit: Visit) -> None:
    shown = circle(visit.exhibition)
    at_the_desk(visit, f"referrals/offers/{shown.draft.public_id}/")
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_referral_offer_of_a_partner(visit: Visit) -> None:
    at_the_desk(visit, "referrals/")
    visit.page.get_by_role("link", name="Radio Nord").first.click()


@state
def backoffice_referral_offer_without_reward(visit: Visit) -> None:
    at_the_desk(visit, "referrals/")
    visit.page.get_by_role("link", name="Kuchen", exact=True).first.click()


@state
def backoffice_referral_offer_change(visit: Visit) -> None:
    shown = circle(visit.exhibition)
    at_the_desk(visit, f"referrals/offers/{shown.draft.public_id}/change/")


@state
def backoffice_friends(visit: Visit) -> None:
    at_the_desk(visit, "referrals/friends/")


@state
def backoffice_friends_held(visit: Visit) -> None:
    at_the_desk(visit, "referrals/friends/?show=held")
    visit.page.locator("details.void summary").first.click()


@state
def backoffice_friends_none(visit: Visit) -> None:
    shop = visit.exhibition.new_shop
    visit.carry(people.signed_in_member(shop, visit.house.owner), at=shop.tenant.url)
    visit.open("/backoffice/referrals/friends/?show=held", at=shop.tenant.url)


@state
def backoffice_referral_report(visit: Visit) -> None:
    at_the_desk(visit, f"referrals/report/?since={ago(days=60):%Y-%m-%d}")


@state
def backoffice_referral_report_refused(visit: Visit) -> None:
    at_the_desk(visit, "referrals/report/?since=2999-01-01")
    visit.refused()


@state
def backoffice_customer_referrals(visit: Visit) -> None:
    shown = circle(visit.exhibition)
    at_the_desk(visit, f"customers/{shown.house.jana.public_id}/referrals/")


@state
def backoffice_customer_came_by(visit: Visit) -> None:
    at_the_desk(visit, f"customers/{_friend(visit).public_id}/referrals/")


@state
def backoffice_customer_new_invited(visit: Visit) -> None:
    shown = at_the_desk(visit, "customers/new/")
    visit.page.locator("[name=code]").fill(shown.code)
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator(".invited__what")).to_be_visible()


@state
def backoffice_customer_new_code_refused(visit: Visit) -> None:
    at_the_desk(visit, "customers/new/")
    visit.fill(code="QQQQ-QQQQ")
    visit.refused()


@state
def checkout_new_customer_invited(visit: Visit) -> None:
    """With a printed voucher, scanned on the idle screen."""
    shown = at_the_till(visit, "")
    visit.fill(q=f"{shown.house.url}/e/{shown.code}/?w=p")
    expect(visit.page.locator(".invited__what")).to_be_visible()


@state
def checkout_new_customer_code_refused(visit: Visit) -> None:
    at_the_till(visit, "customers/new/")
    visit.fill(code="QQQQ-QQQQ")
    visit.refused()


def _friend(visit: Visit) -> Customer:
    with circle(visit.exhibition).house.shop.scope():
        found = Referral.objects.filter(state=Referral.State.PAID).select_related("friend").order_by("pk")[0].friend
    assert found is not None
    return found
