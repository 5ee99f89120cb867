"""Shops with the people who use them, and the quick way through their doors."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.test import Client
from django.utils import timezone

from backoffice.access import SESSION_SECOND_FACTOR
from customers.joining import accept_terms, terms_to_accept
from customers.models import Customer, Via
from customers.queries import active_card
from events.models import Delivery, Event
from ledger.queries import account_of, figures
from programs.plausibility import CUSTOMER_PER_DAY
from team import services as team
from team.models import Device, Membership, Store
from team.queries import till_actor
from tenants.hosts import SESSION_TENANT
from tenants.models import Tenant, User
from tenants.roles import SYSTEM, Actor
from tests.e2e.mailbox import mailed_code
from tests.factories import (
    PASSWORD,
    PIN,
    Shop,
    make_customer,
    make_member,
    make_purchase,
    make_shop,
    publish_legal_texts,
)

Cookies = dict[str, str]


@dataclass(frozen=True)
class House:
    """A shop with a team, a till that waits to be bound, and customers."""

    shop: Shop
    owner: User
    analyst: User
    staff: User
    device: Device
    device_code: str
    # Gold, with a history; reachable by every channel.
    jana: Customer
    # New, without a purchase.
    timo: Customer
    card: str

    @property
    def url(self) -> str:
        return self.shop.tenant.url

    def balance(self, customer: Customer) -> int:
        with self.shop.scope():
            return figures(account_of(customer), now=timezone.now()).balance


def open_house(slug: str, *, name: str = "Café Morgenrot", address: str = "du", brand_color: str = "#b5482a") -> House:
    now = timezone.now()
    opened = ago(days=400)
    shop = make_shop(slug, now=opened)
    Tenant.objects.filter(pk=shop.tenant.pk).update(name=name, address=address, brand_color=brand_color)
    shop.tenant.refresh_from_db()
    owner = signed_up(f"owner@{slug}.example", name="Selin Yilmaz")
    analyst = signed_up(f"analyst@{slug}.example", name="Ida Roth")
    staff = signed_up(f"staff@{slug}.example", name="Mia Lange")
    with shop.scope():
        publish_legal_texts(now=opened)
        make_member(user=owner, role="owner", name="Selin", pin="1111")
        make_member(user=analyst, role="analyst", name="Ida")
        make_member(user=staff, role="staff", name="Mia", pin=PIN)
        device, code = team.register_device(store=shop.store, name="Kasse 1", actor=SYSTEM, now=now)
        jana = make_customer(
            name="Jana Krüger", email=f"jana@{slug}.example", phone="0151 2345678", birthday="04-17", now=opened
        )
        timo = make_customer(name="Timo Öztürk", email=f"timo@{slug}.example", now=now)
        terms = terms_to_accept(language="de")
        for customer in (jana, timo):
            accept_terms(customer=customer, text=terms, via=Via.JOINING, actor=SYSTEM, now=now)
        _let_buy(jana, shop.store)
        card = active_card(jana)
    assert card is not None
    return House(shop, owner, analyst, staff, device, code, jana, timo, card.text)


def signed_up(email: str, *, name: str = "") -> User:
    user = User.objects.create_user(email=email, password=PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _let_buy(customer: Customer, store: Store) -> None:
    """Seven purchases over the last weeks: Gold after the sixth, so that the last one earned by factor."""
    for days in (70, 55, 40, 30, 20, 10, 2):
        moment = ago(days=days)
        make_purchase(customer=customer, total=8990, store=store, purchased_at=moment, now=moment)


def ago(**units: int) -> datetime:
    return timezone.now() - timedelta(**units)


def make_more_customers(house: House, count: int, *, surname: str) -> None:
    with house.shop.scope():
        for number in range(count):
            make_customer(name=f"Person{number} {surname}", now=ago(days=1))


def mia_at_the_till(house: House) -> Actor:
    """To be called in the house's scope."""
    return till_actor(Membership.objects.get(user=house.staff), Device.objects.get(pk=house.device.pk))


def let_buy_at_the_till(house: House, *, times: int) -> None:
    """One after the other, none more often than a till allows in a day."""
    with house.shop.scope():
        mia = mia_at_the_till(house)
        queue = [
            make_customer(name=f"Gast{number} Lange", now=ago()) for number in range(times // CUSTOMER_PER_DAY + 1)
        ]
        for number in range(times):
            make_purchase(customer=queue[number % len(queue)], total=150, store=house.shop.store, actor=mia, now=ago())


def let_buy_often(house: House, customer: Customer, *, times: int) -> None:
    """A long history for one customer."""
    with house.shop.scope():
        for _ in range(times):
            make_purchase(customer=customer, total=150, store=house.shop.store, now=ago())


def park_a_reaction(house: House) -> Delivery:
    """A handler that failed five times."""
    with house.shop.scope():
        return Delivery.objects.create(
            event=Event.objects.filter(name="customer.enrolled").latest("id"),
            handler="messaging.handlers.welcome",
            state=Delivery.State.PARKED,
            attempts=5,
            error="ConnectionRefusedError at messaging/handlers.py:31 welcome",
            next_attempt_at=ago(minutes=5),
            finished_at=ago(minutes=5),
        )


def cookies(client: Client) -> Cookies:
    return {name: morsel.value for name, morsel in client.cookies.items()}


def bound_till(house: House) -> Cookies:
    """Cookies of a till that is bound to the house's store."""
    with house.shop.scope():
        code = team.renew_binding_code(device=house.device, actor=SYSTEM, now=timezone.now())
    client = Client(HTTP_HOST=house.shop.host)
    client.post("/checkout/bind/", {"code": code})
    return cookies(client)


def staffed_till(house: House, till: Cookies) -> Cookies:
    """Cookies of a bound till at which Mia has signed on."""
    client = Client(HTTP_HOST=house.shop.host)
    client.cookies.load(till)
    with house.shop.scope():
        mia = Membership.objects.get(user=house.staff)
    client.post("/checkout/sign-on/", {"member": mia.pk, "pin": PIN})
    return cookies(client)


def signed_in_customer(house: House, customer: Customer) -> Cookies:
    """Cookies of a customer's phone after the mailed code was typed."""
    client = Client(HTTP_HOST=house.shop.host)
    client.post("/sign-in/", {"email": customer.email})
    client.post("/sign-in/code/", {"code": mailed_code(customer.email)})
    return cookies(client)


def signed_in_user(user: User) -> Cookies:
    """Cookies of a team member on the bare domain, who has just typed the password."""
    client = Client(HTTP_HOST=settings.BASE_DOMAIN)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session[SESSION_TENANT] = None
    session.save()
    return cookies(client)


def authenticator_app(user: User, secret: str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP") -> str:
    """Set up for them; returns the secret."""
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str, *, half_minutes: int = 0) -> str:
    """What the app shows now, or a little earlier or later: each code works once."""
    now = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, now + half_minutes))


def hand_over(shop: Shop, user: User) -> str:
    """The address that lets a team member into the shop, once."""
    public = Client(HTTP_HOST=settings.BASE_DOMAIN)
    public.cookies.load(signed_in_user(user))
    return public.get(f"/shops/{shop.tenant.slug}/").headers["Location"]


def signed_in_member(shop: Shop, user: User, *, second_factor: bool = True) -> Cookies:
    """Cookies of a team member in the shop's back office, who has just shown a second factor or has none."""
    client = Client(HTTP_HOST=shop.host)
    client.get(hand_over(shop, user).removeprefix(shop.tenant.url))
    if second_factor:
        session = client.session
        session[SESSION_SECOND_FACTOR] = time.time()
        session.save()
    return cookies(client)
