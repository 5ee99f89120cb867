"""Typed factories: each makes one valid thing through the product's own services."""

import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils import timezone

from customers import joining
from customers import services as customers
from customers.models import Customer, TermsAcceptance, Via
from imports.models import Import
from imports.services import upload_file
from legal.services import publish_samples, publish_text, state_business_details
from programs.adjusting import adjust_points
from programs.models import ProgramVersion
from programs.publishing import draft_in_force, publish_program
from programs.rules import Goods, StampCard
from programs.services import Award, LineItem, record_purchase, void_purchase
from programs.setup import start_default_program
from programs.terms import _terms, terms_of
from referrals.claiming import claim_invitation
from referrals.invitations import invitation_of
from referrals.models import Channel as FriendsChannel
from referrals.models import Referral, ReferralOffer
from referrals.offers import OfferDraft, create_offer, publish_offer
from referrals.paying import pay_referral, review_purchase
from referrals.settling import note_first_purchase
from rewards.models import Redemption, Reward
from rewards.redeeming import redeem
from rewards.services import RewardDraft, create_reward
from team import services as team
from team.membership import invite
from team.models import ApiKey, Device, Invitation, Membership, Store
from team.stores import add_store
from tenants.models import Tenant, User
from tenants.roles import SYSTEM, Actor
from tenants.scope import tenant_scope

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
PIN = "4711"
PASSWORD = "correct-horse-battery"
_serial = itertools.count(1)
# As a browser registers a passkey; only its name and dates are shown.
ATTESTATION = (
    "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViHSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAAAK"
    "UBAgMmIAEhWCD81qhk9wey8HWFeOQvgr7eJfc006dDkH6_ovm7fzAAqCJYIDWrxGjhcvaQVFBx6JP3Kp_Y2vZ-Y6chlYYgK2Z_wWle"
)
CLIENT_DATA = "eyJ0eXBlIjogIndlYmF1dGhuLmNyZWF0ZSIsICJjaGFsbGVuZ2UiOiAiQUFBQSIsICJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdCJ9"
PASSKEY = {
    "type": "public-key",
    "id": "AAAA",
    "rawId": "AAAA",
    "response": {"clientDataJSON": CLIENT_DATA, "attestationObject": ATTESTATION, "transports": []},
    "clientExtensionResults": {"credProps": {"rk": True}},
}


def today() -> date:
    """On the clock of the shops that are made here, whatever day it is elsewhere."""
    return timezone.localdate(timezone=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True)
class Shop:
    """A tenant with its first store and programme; `scope()` opens it."""

    tenant: Tenant
    store: Store

    def scope(self) -> AbstractContextManager[Tenant]:
        return tenant_scope(self.tenant)

    @property
    def host(self) -> str:
        return self.tenant.host


def make_tenant(
    slug: str = "", *, currency: str = "EUR", time_zone: str = "Europe/Berlin", country: str = "DE"
) -> Tenant:
    slug = slug or f"shop-{next(_serial)}"
    return Tenant.objects.create(
        slug=slug,
        name=slug.capitalize(),
        currency=currency,
        time_zone=time_zone,
        country=country,
        trade=Tenant.Trade.CAFE,
    )


def make_shop(slug: str = "", *, currency: str = "EUR", time_zone: str = "Europe/Berlin", now: datetime = NOW) -> Shop:
    tenant = make_tenant(slug, currency=currency, time_zone=time_zone)
    with tenant_scope(tenant):
        store = team.open_store(code="main", name="Hauptstraße", actor=SYSTEM)
        start_default_program(name="Treue", actor=SYSTEM, now=now)
    return Shop(tenant=tenant, store=store)


def make_user(email: str = "", *, name: str = "Selin Yilmaz") -> User:
    """Somebody who has confirmed the address."""
    email = email or f"user{next(_serial)}@example.org"
    user = User.objects.create_user(email=email, password=PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_passkey(user: User, *, name: str = "Notebook") -> Authenticator:
    """Registered, but nobody has its key."""
    data = {"name": name, "credential": PASSKEY}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def make_member(*, role: str = "owner", user: User | None = None, pin: str = "", name: str = "Selin") -> Membership:
    return team.add_member(user=user or make_user(), role=role, name=name, pin=pin, actor=SYSTEM)


def make_store(*, code: str, name: str = "Hafen") -> Store:
    return add_store(code=code, name=name, actor=SYSTEM)


def make_invitation(
    *, email: str = "neu@example.org", name: str = "Neu", role: str = "staff", now: datetime = NOW
) -> Invitation:
    return invite(email=email, name=name, role=role, actor=SYSTEM, now=now)


def make_device(*, store: Store, name: str = "Kasse 1", now: datetime = NOW) -> tuple[Device, str]:
    """A bound device and its token."""
    _, code = team.register_device(store=store, name=name, actor=SYSTEM, now=now)
    return team.bind_device(code=code, address="127.0.0.1", now=now)


def make_api_key(*, scopes: Sequence[str] = ("read", "write")) -> tuple[ApiKey, str]:
    """A key and its full text."""
    return team.issue_api_key(name="Kasse", scopes=scopes, actor=SYSTEM)


def make_customer(
    *, name: str = "Jana Krüger", email: str = "", phone: str = "", birthday: str = "", now: datetime = NOW
) -> Customer:
    return customers.enrol(name=name, email=email, phone=phone, birthday=birthday, source="test", actor=SYSTEM, now=now)


def accept_terms(customer: Customer, *, now: datetime = NOW) -> TermsAcceptance:
    """As the portal does when the customer ticks them on the own phone."""
    text = publish_text(kind="terms", language="de", body="Bedingungen", actor=SYSTEM, now=now)
    return joining.accept_terms(customer=customer, text=text, via=Via.PORTAL, actor=SYSTEM, now=now)


def make_purchase(
    *,
    customer: Customer | None,
    total: int = 2490,
    store: Store | None = None,
    actor: Actor = SYSTEM,
    receipt_number: str | None = None,
    purchased_at: datetime | None = None,
    lines: Sequence[LineItem] = (),
    now: datetime = NOW,
) -> Award:
    return record_purchase(
        customer=customer,
        total=total,
        currency="EUR",
        store=store,
        actor=actor,
        receipt_number=receipt_number,
        purchased_at=purchased_at,
        lines=lines,
        now=now,
    )


CAPPUCCINO = RewardDraft(kind=Reward.Kind.PRODUCT, name="Cappuccino", points=500, value=340, cost=75)


def make_reward(draft: RewardDraft = CAPPUCCINO, *, now: datetime = NOW, **changes: Any) -> Reward:
    """Published; a cappuccino for 500 points where nothing else is stated."""
    return create_reward(draft=replace(draft, **changes), publish_now=True, actor=SYSTEM, now=now)


def make_redemption(
    *, customer: Customer, reward: Reward, points: int | None = None, now: datetime = NOW, actor: Actor = SYSTEM
) -> Redemption:
    """An open voucher that the customer has taken in the portal."""
    redeemed = redeem(
        customer=customer, reward=reward, points=points, presence=Redemption.Presence.PORTAL, actor=actor, now=now
    )
    return redeemed.redemption


def give_points(customer: Customer, points: int, *, now: datetime = NOW) -> None:
    """As the owner, whom no limit binds."""
    owner = Actor(reference="system", capabilities=frozenset({"points.limit"}))
    adjust_points(customer=customer, points=points, reason="goodwill", actor=owner, now=now)


def make_offer(*, now: datetime = NOW, publish_now: bool = True, **changes: Any) -> ReferralOffer:
    """Friends invite friends: 500 points for one, 300 for the other, where nothing else is stated."""
    usual = OfferDraft(name="Freunde werben Freunde", referrer_points=500, friend_points=300)
    offer = create_offer(draft=replace(usual, **changes), actor=SYSTEM, now=now)
    return publish_offer(offer=offer, actor=SYSTEM, now=now) if publish_now else offer


def make_friends_code(customer: Customer, *, now: datetime = NOW) -> str:
    """The customer's personal code."""
    return invitation_of(customer, now=now).code


def make_referral(
    *,
    referrer: Customer,
    friend: Customer | None = None,
    state: Referral.State = Referral.State.WAITING,
    channel: FriendsChannel = FriendsChannel.LINK,
    total: int = 2490,
    now: datetime = NOW,
) -> Referral:
    """Of a new friend, on an offer that is in force, as far as WAITING, DUE, PAID or TAKEN_BACK."""
    number = next(_serial)
    friend = friend or make_customer(name=f"Ben Vogt-{number}", email=f"friend{number}@example.org", now=now)
    code = make_friends_code(referrer, now=now)
    referral = claim_invitation(friend=friend, code=code, channel=channel, actor=SYSTEM, now=now)
    if state == Referral.State.WAITING:
        return referral
    bought = make_purchase(customer=friend, total=total, now=now)
    noticed = note_first_purchase(friend_id=friend.pk, actor=SYSTEM, now=now)
    assert noticed is not None
    if state != Referral.State.DUE:
        later = now + timedelta(days=noticed.offer.waiting_days)
        assert pay_referral(referral=noticed, actor=SYSTEM, now=later)
        if state == Referral.State.TAKEN_BACK:
            void_purchase(purchase=bought.purchase, actor=SYSTEM, now=later)
            review_purchase(referral=noticed, actor=SYSTEM, now=later)
    noticed.refresh_from_db()
    assert noticed.state == state
    return noticed


DETAILS = {
    "company": "Café Morgenrot GmbH",
    "represented_by": "Selin Yilmaz",
    "street": "Hauptstraße 1",
    "postcode": "20095",
    "city": "Hamburg",
    "email": "hallo@morgenrot.example",
    "phone": "+49 40 123456",
    "vat_id": "DE123456789",
    "register": "",
}


def publish_legal_texts(*, now: datetime = NOW) -> None:
    """Imprint, privacy, terms and accessibility, as a shop needs them before customers may join."""
    state_business_details(actor=SYSTEM, **DETAILS)
    publish_samples(language="de", actor=SYSTEM, now=now)


def make_import(*, kind: str = "customers", lines: Sequence[str] = ("Name", "Jana"), name: str = "list.csv") -> Import:
    """A file that waits for its columns to be chosen."""
    content = "\n".join(lines).encode()
    return upload_file(kind=kind, name=name, file=BytesIO(content), size=len(content), actor=SYSTEM, now=NOW)


COFFEE_CARD = StampCard(
    name="Kaffeekarte", goods=Goods(categories=("Heißgetränke",)), needed=10, reward="1 Kaffee gratis", at_once=5
)


def offer_cards(*cards: StampCard, now: datetime = NOW) -> list[StampCard]:
    """As a new version of the programme; the cards with their codes."""
    version = publish_program(replace(draft_in_force(now=now), stamp_cards=cards), actor=SYSTEM, now=now)
    return list(terms_of(version.pk).stamp_cards)


def change_rules(**rules: Any) -> None:
    """Published versions never change in the product; the memory of them is emptied here."""
    ProgramVersion.objects.update(**rules)
    _terms.cache_clear()
