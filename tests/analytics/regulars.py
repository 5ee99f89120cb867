"""Customers who come for a while, each at a pace of their own, and the figures that the night draws of them."""

from datetime import datetime, timedelta
from hashlib import blake2b

from analytics.rollups.nightly import draw_figures
from customers.bulk import Person, enrol_all
from programs.bulk import PastPurchase, record_past_purchases
from team.models import Store
from tenants.calendar import day_of
from tenants.roles import SYSTEM
from tests.factories import Shop


def make_regulars(shop: Shop, count: int, *, stores: list[Store], days: int, now: datetime) -> None:
    """They begin one after the other, each in one store; every third leaves after ten weeks. Drawn until yesterday."""
    with shop.scope():
        people = [Person(external_id=f"R{number}", name=f"Gast {number}", email="") for number in range(count)]
        known = enrol_all(people, source="test", now=now - timedelta(days=days)).customers
        past = [
            PastPurchase(
                customer=known[f"R{number}"],
                total=450 + 10 * (number % 90),
                purchased_at=begun + timedelta(days=day),
                import_key=blake2b(f"{number} {day}".encode(), digest_size=16).digest(),
                store_id=stores[number % len(stores)].pk,
            )
            for number in range(count)
            for begun in [now - timedelta(days=days - number * days // count, hours=2)]
            for day in range(0, min(70 if number % 3 == 0 else days, number_of_days(begun, now)), 9 + 7 * (number % 4))
        ]
        past.sort(key=lambda purchase: purchase.purchased_at)
        record_past_purchases(past, actor=SYSTEM, now=now)
    draw_figures(shop.tenant, today=day_of(now, zone=shop.tenant.zone))


def number_of_days(begun: datetime, now: datetime) -> int:
    return (now - begun).days
