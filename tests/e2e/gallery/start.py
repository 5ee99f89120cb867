"""The first page: a shop with many customers whom a reader can advise, one with few, one that has just opened."""

from datetime import timedelta
from functools import cache

from django.utils import timezone

from analytics.models import CustomerScore, DayFigures, PointFigures
from analytics.overview import window
from analytics.scoring import score_customers
from analytics.stating import state_cost
from customers.models import Consent, Customer
from ledger.liability import state_point_value
from ledger.models import Lot
from tenants.roles import SYSTEM
from tests.analytics.regulars import make_regulars
from tests.e2e import people
from tests.e2e.gallery.exhibition import Exhibition
from tests.e2e.gallery.visit import Visit, state
from tests.e2e.people import Cookies, House
from tests.factories import make_reward, make_store, today


@cache
def rich(_exhibition: Exhibition) -> tuple[House, Cookies]:
    """A year of customers, and tills that report all purchases; on Tuesdays less is sold."""
    house, now = people.open_house("galerie-reich"), timezone.now()
    with house.shop.scope():
        stores = [house.shop.store, make_store(code="hafen", name="Hafen")]
    make_regulars(house.shop, 420, stores=stores, days=390, now=now)
    with house.shop.scope():
        _sell(house)
        _keep_points()
        score_customers(window_days=window().days, today=today(), now=now)
        _consent()
        state_cost(margin_percent=20, running=4_900, since=today() - timedelta(days=200), actor=SYSTEM, now=now)
        state_point_value(per_hundred=150, actor=SYSTEM, now=now - timedelta(days=60))
        make_reward(name="Latte-Art-Kurs", cost=None)
        people.bound_till(house)
        soon = Lot.objects.filter(remaining__gt=0).order_by("pk")[:118].values("pk")
        Lot.objects.filter(pk__in=list(soon.values_list("pk", flat=True))).update(expires_at=now + timedelta(days=20))
    return house, people.signed_in_member(house.shop, house.owner)


def _sell(house: House) -> None:
    for number, row in enumerate(DayFigures.objects.filter(store=house.shop.store).order_by("day")):
        others = 9 if row.day.isoweekday() == 2 else 16 + number % 5
        row.purchases, row.total = row.purchases + others, row.total + others * (540 + number // 8)
        row.redemptions, row.redeemed_points, row.reward_cost = 2 + number % 3, 1_000, 160 + 20 * (number % 4)
        row.save()


def _keep_points() -> None:
    PointFigures.objects.bulk_create(
        PointFigures(
            day=today() - timedelta(days=1 + number), outstanding=1_100_000 - 2_300 * number, granted=0, expired=0
        )
        for number in range(361)
    )


def _consent() -> None:
    """They have come one after the other, and every second of them may be written to."""
    now = timezone.now()
    for number, customer in enumerate(Customer.objects.order_by("pk")):
        customer.enrolled_at = now - timedelta(days=390 - 390 * number // 421, hours=3)
        customer.source = ("till", "till", "portal", "desk", "till")[number % 5]
        if number % 2 == 0:
            customer.email, customer.email_confirmed_at = f"gast{number}@reich.example", now
        customer.save()
        if number % 2:
            continue
        channels = ["email"] if number % 6 else ["email", "sms"]
        Consent.objects.bulk_create(
            Consent(customer=customer, channel=channel, address=customer.email, requested_at=now, confirmed_at=now)
            for channel in channels
        )
    assert CustomerScore.objects.exists()


def _open(visit: Visit, query: str = "") -> None:
    """What is chosen stays for this session alone."""
    house, _ = rich(visit.exhibition)
    visit.carry(people.signed_in_member(house.shop, house.owner), at=house.url)
    visit.open(f"/backoffice/{query}", at=house.url)


@state
def backoffice_start_rich(visit: Visit) -> None:
    _open(visit)


@state
def backoffice_start_explained(visit: Visit) -> None:
    _open(visit, "?show=owed&days=90")
    for summary in visit.page.locator("main summary").all():
        summary.click()


@state
def backoffice_start_cost_explained(visit: Visit) -> None:
    _open(visit, "?show=cost")


@state
def backoffice_start_small(visit: Visit) -> None:
    house, member = _few(visit.exhibition)
    visit.carry(member, at=house.url)
    visit.open("/backoffice/", at=house.url)


@cache
def _few(_exhibition: Exhibition) -> tuple[House, Cookies]:
    house = people.open_house("galerie-klein")
    make_regulars(house.shop, 3, stores=[house.shop.store], days=60, now=timezone.now())
    return house, people.signed_in_member(house.shop, house.owner)


@state
def backoffice_reports_groups(visit: Visit) -> None:
    _open(visit)
    house, _ = rich(visit.exhibition)
    visit.open("/backoffice/reports/", at=house.url)
    for summary in visit.page.locator("section:has(#groups) summary").all():
        summary.click()


@state
def backoffice_customers_of_a_group(visit: Visit) -> None:
    _open(visit)
    house, _ = rich(visit.exhibition)
    visit.open("/backoffice/customers/?group=2&reach=email", at=house.url)
