"""The stamp card of a demo shop: who drinks coffee there, cards that fill up, and free coffees."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from customers.models import Customer
from ledger.book import Voucher
from ledger.bulk import BatchBook, lock_books, open_accounts, write_books
from programs.rules import Goods, StampCard
from programs.terms import stamps_expire_at, terms_at
from team.models import Membership
from tenants.roles import Actor
from tenants.scope import current_tenant

DAYS: Final = 150
OPEN: Final = range(8, 18)
COFFEE_CARD: Final = StampCard(
    name="Kaffeekarte",
    goods=Goods(categories=("Heißgetränke",)),
    needed=10,
    reward="1 Kaffee gratis",
    expiry_months=12,
    at_once=4,
)


def fill_cards(customers: Sequence[Customer], *, staff: Membership, seed: int, now: datetime) -> None:
    """Of the first customers, who come often, most have a card; to be called in the shop's scope."""
    terms = terms_at(now)
    if not terms.stamp_cards:
        return
    (card,) = terms.stamp_cards
    chance = random.Random(seed + 2)
    drinkers = [customer for number, customer in enumerate(customers[:90]) if number < 10 or chance.random() < 0.7]
    ids = [customer.pk for customer in drinkers]
    open_accounts(ids, program_id=terms.program_id, tier_id=None, now=now - timedelta(days=DAYS), unit=card.unit)
    books = lock_books(ids, now=now, unit=card.unit)
    actor = Actor(reference=f"member:{staff.pk}")
    for customer in drinkers:
        _drink(books[customer.pk], card, customer.enrolled_at, actor=actor, version_id=terms.version_id, chance=chance)
    write_books(books.values())


def _drink(
    book: BatchBook, card: StampCard, enrolled_at: datetime, *, actor: Actor, version_id: int, chance: random.Random
) -> None:
    """A stamp or two at each visit; a full card is redeemed at once, or with the next coffee."""
    pause = chance.choice((2, 3, 4, 7, 12))
    zone = current_tenant().zone
    day = max(enrolled_at + timedelta(days=1), book.now - timedelta(days=DAYS * chance.uniform(0.3, 1)))
    while (moment := _while_open(day.astimezone(zone), chance)) < book.now - timedelta(hours=3):
        stamps = 1 if chance.random() < 0.75 else 2
        tap = {"rule": "stamp_tap", "points": stamps, "card": card.name}
        until = stamps_expire_at(card, moment, zone=zone)
        book.earn(stamps, _voucher(tap, moment, actor, version_id), available_at=moment, expires_at=until)
        if book.account.balance >= card.needed and chance.random() < 0.8:
            reward = {"rule": "stamp_reward", "points": -card.needed, "card": card.name, "reward": card.reward}
            book.spend(card.needed, _voucher(reward, moment + timedelta(minutes=1), actor, version_id))
        day += timedelta(days=max(chance.gauss(pause, pause / 3), 1))


def _while_open(day: datetime, chance: random.Random) -> datetime:
    return day.replace(hour=chance.choice(OPEN), minute=chance.randrange(60), second=chance.randrange(60))


def _voucher(line: dict[str, Any], moment: datetime, actor: Actor, version_id: int) -> Voucher:
    return Voucher(actor=actor, occurred_at=moment, explanation=[line], program_version_id=version_id)
