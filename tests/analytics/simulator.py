"""A month of an honest shop with all its harmless oddities, and twelve ways to cheat that can be planted in it."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics.fraud.facts import (
    Adjustment,
    Award,
    Enrolment,
    Facts,
    LookUps,
    OpeningHours,
    Redemption,
    Referral,
    Sameness,
    WrongCodes,
    card_of,
    till_of,
)
from analytics.fraud.findings import Pattern, Subject, SubjectKind

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday.
BEGINS = datetime(2026, 10, 26, tzinfo=BERLIN)
DAYS = 30
LOOK_UPS_COUNTED = 60
WRONG_CODES_COUNTED = 5


@dataclass(frozen=True)
class Trade:
    """How a kind of shop works: prices in cents with their weights, and how often customers of each habit come."""

    name: str
    stores: int
    customers: int
    prices: dict[int, int]
    # Days between visits, with how many of a hundred customers come like that.
    pauses: dict[float, int]
    opens: int
    closes: int
    closed_on: tuple[int, ...] = ()
    returned: float = 0.0
    has_receipts: bool = True
    # Two on a shift, unless it is a small place.
    on_shift: int = 2


CAFE = Trade(
    name="café",
    stores=2,
    customers=500,
    prices={260: 20, 340: 25, 390: 12, 480: 10, 620: 8, 730: 6, 890: 8, 1000: 8, 1290: 6, 1650: 4, 2340: 2, 500: 3},
    pauses={1.1: 6, 2.2: 10, 5: 24, 12: 30, 30: 30},
    opens=7,
    closes=19,
    closed_on=(6,),
)
BAKERY = replace(CAFE, name="bakery", stores=1, customers=300, opens=6, closes=18, on_shift=1, has_receipts=False)
SALON = Trade(
    name="salon",
    stores=1,
    customers=240,
    prices={2500: 10, 3500: 20, 4500: 25, 5400: 10, 6000: 15, 7800: 8, 9500: 8, 12000: 4},
    pauses={18: 15, 30: 50, 60: 35},
    opens=9,
    closes=18,
    closed_on=(0, 6),
    on_shift=3,
)
RETAIL = Trade(
    name="fashion",
    stores=2,
    customers=450,
    prices={1999: 20, 2999: 20, 3995: 15, 4990: 15, 6995: 10, 8999: 8, 990: 12},
    pauses={6: 8, 14: 32, 30: 60},
    opens=10,
    closes=20,
    closed_on=(6,),
    returned=0.12,
)
TRADES = (CAFE, BAKERY, SALON, RETAIL)


@dataclass
class Shop:
    """What has happened so far; `cheats` are whom a plant has made one."""

    trade: Trade
    chance: random.Random
    facts: dict[str, list[Any]] = field(default_factory=dict)
    own_cards: dict[int, frozenset[str]] = field(default_factory=dict)
    cheats: set[Subject] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, kind: str, fact: Any) -> Any:
        self.facts.setdefault(kind, []).append(fact)
        return fact

    def seen(self) -> Facts:
        known: dict[str, Any] = {**self.facts, "own_cards": self.own_cards, "hours": self.hours}
        return Facts(**known)

    @property
    def hours(self) -> dict[int, OpeningHours]:
        days = [day for day in range(7) if day not in self.trade.closed_on]
        week = tuple(((day * 24 + self.trade.opens) * 60, (day * 24 + self.trade.closes) * 60) for day in days)
        return dict.fromkeys(range(1, self.trade.stores + 1), OpeningHours(week))

    @property
    def open_days(self) -> list[int]:
        return [day for day in range(DAYS) if at(day).weekday() not in self.trade.closed_on]

    def team(self, store: int) -> list[str]:
        size = self.trade.on_shift + 2
        return [f"member:{store * 10 + number}" for number in range(size)]

    def on_shift(self, store: int, when: datetime) -> list[str]:
        """Early and late shift by turns, the same for a week."""
        team = self.team(store)
        shift = (when.date() - BEGINS.date()).days // 7 + (when.hour >= (self.trade.opens + self.trade.closes) // 2)
        return [team[(shift * self.trade.on_shift + place) % len(team)] for place in range(self.trade.on_shift)]

    def price(self) -> int:
        return self.chance.choices(list(self.trade.prices), list(self.trade.prices.values()))[0]

    def moment(self, day: int) -> datetime:
        minutes = (self.trade.closes - self.trade.opens) * 60
        return at(day, hour=self.trade.opens) + timedelta(minutes=self.chance.uniform(0, minutes))

    def buy(self, customer: int, when: datetime, **stated: Any) -> Award:
        number = next(self.ids)
        store = stated.pop("store", 1 + customer % self.trade.stores)
        total = stated.pop("total", None) or self.price()
        usual = {
            "staff": self.chance.choice(self.on_shift(store, when)),
            "device": store,
            "receipt": f"{when:%Y%m%d}-{number:05d}" if self.trade.has_receipts else "",
            "points": total // 10,
        }
        facts = {"id": number, "customer": customer, "at": when, "total": total, "store": store}
        return self.add("awards", Award(**facts | usual | stated))

    def redeem(self, customer: int, when: datetime, **stated: Any) -> Redemption:
        store = 1 + customer % self.trade.stores
        usual = {"points": 500, "device": store, "staff": self.chance.choice(self.on_shift(store, when))}
        facts: dict[str, Any] = {"id": next(self.ids), "customer": customer, "at": when}
        return self.add("redemptions", Redemption(**facts | usual | stated))

    def enrol(self, customer: int, when: datetime) -> None:
        self.add("enrolments", Enrolment(customer=customer, at=when, device=1 + customer % self.trade.stores))

    def newcomer(self) -> int:
        return next(self.ids) + 1_000_000

    def regular(self) -> int:
        """Somebody who exists and has not been made a cheat."""
        free = (customer for customer in iter(lambda: self.chance.randrange(1, self.trade.customers), 0))
        return next(customer for customer in free if card_of(customer) not in self.cheats)


def at(day: int, *, hour: int = 0, minute: int = 0) -> datetime:
    return BEGINS + timedelta(days=day, hours=hour, minutes=minute)


def honest_shop(trade: Trade, seed: int) -> Shop:
    shop = Shop(trade, random.Random(f"{trade.name} {seed}"))
    for customer in range(1, trade.customers + 1):
        _live(shop, customer)
    _team_buys(shop)
    _friends(shop)
    _evening_with_guests(shop)
    _slips(shop)
    _look_ups(shop)
    return shop


def _live(shop: Shop, customer: int) -> None:
    """Comes at about the same time; some always have the same, some come in pairs, some fetch for colleagues."""
    chance, trade = shop.chance, shop.trade
    pause = chance.choices(list(trade.pauses), list(trade.pauses.values()))[0]
    usual_price = shop.price() if chance.random() < 0.5 else None
    usual_hour = chance.uniform(trade.opens, trade.closes - 0.5)
    fetches, brings = chance.random() < 0.03, chance.random() < 0.08
    day = chance.uniform(0, pause)
    while day < DAYS:
        when = at(int(day)) + timedelta(hours=min(max(chance.gauss(usual_hour, 1), trade.opens), trade.closes - 0.1))
        day += max(chance.expovariate(1 / pause), 0.4)
        if when.weekday() in trade.closed_on:
            continue
        for _ in range(chance.choice((2, 3, 4)) if fetches and chance.random() < 0.4 else 1):
            _visit(shop, customer, when, usual_price)
            when += timedelta(minutes=chance.uniform(1, 4))
        if brings:
            _visit(shop, 500_000 + customer, when + timedelta(minutes=1), None)


def _visit(shop: Shop, customer: int, when: datetime, usual_price: int | None) -> None:
    chance = shop.chance
    total = usual_price if usual_price and chance.random() < 0.8 else shop.price()
    returned_at = when + timedelta(days=chance.uniform(1, 14)) if chance.random() < shop.trade.returned else None
    if chance.random() < 0.02:  # served a little before or after the hours
        edge = shop.trade.closes if chance.random() < 0.7 else shop.trade.opens
        late = timedelta(minutes=chance.uniform(1, 25))
        begins = when.replace(hour=edge, minute=0)
        when = begins + late if edge == shop.trade.closes else begins - late
    shop.buy(customer, when, total=total, returned_at=returned_at)
    if chance.random() < 0.08:
        cancelled = when + timedelta(minutes=2) if chance.random() < 0.03 else None
        shown = chance.random() < 0.7
        shop.redeem(customer, when + timedelta(minutes=1), is_shown=shown, cancelled_at=cancelled)


def _team_buys(shop: Shop) -> None:
    """Everybody has a card of their own, which a colleague serves."""
    for store in range(1, shop.trade.stores + 1):
        for number, member in enumerate(shop.team(store)):
            customer = 900_000 + store * 100 + number
            shop.own_cards[customer] = frozenset({member})
            for day in shop.open_days[number % 3 :: 2]:
                when = shop.moment(day)
                others = [each for each in shop.team(store) if each != member]
                shop.buy(customer, when, store=store, staff=shop.chance.choice(others))


def _friends(shop: Shop) -> None:
    """Referred one by one or as a whole table; they come together and enrol at one till within minutes."""
    for size in (1, 1, 1, 1, 2, 2, 3, 4, 6, 8):
        referrer, when = shop.regular(), shop.moment(shop.chance.choice(shop.open_days[:-1]))
        together = shop.chance.random() < 0.5
        for _ in range(size):
            friend = shop.newcomer()
            when = when + timedelta(minutes=3) if together else shop.moment(shop.chance.choice(shop.open_days))
            _joins(shop, friend, when)
            shop.add("referrals", Referral(id=next(shop.ids), referrer=referrer, friend=friend, at=when, least=500))
            while shop.chance.random() < 0.55:
                shop.buy(friend, shop.moment(shop.chance.choice(shop.open_days)))


def _joins(shop: Shop, customer: int, when: datetime) -> None:
    """And buys, nearly always."""
    shop.enrol(customer, when)
    if shop.chance.random() < 0.9:
        shop.buy(customer, when + timedelta(minutes=2))


def _evening_with_guests(shop: Shop) -> None:
    """Three times a month the shop is open late: twice it is full, and once few stay on."""
    for day, guests in ((11, 25), (18, 4), (25, 25)):
        for _ in range(guests):
            when = at(day, hour=shop.trade.closes + 1) + timedelta(minutes=shop.chance.uniform(0, 150))
            if shop.chance.random() < 0.4:
                _joins(shop, shop.newcomer(), when)
            else:
                shop.buy(shop.regular(), when)
    for _ in range(40):
        _joins(shop, shop.newcomer(), shop.moment(shop.chance.choice(shop.open_days)))


def _slips(shop: Shop) -> None:
    """Amounts typed wrongly and voided at once; goods returned on another day; a code typed in vain."""
    for award in shop.chance.sample(shop.facts["awards"], len(shop.facts["awards"]) // 150):
        shop.facts["awards"].remove(award)
        late = shop.chance.random() < 0.2
        shop.add("awards", replace(award, voided_at=award.at + timedelta(minutes=90 if late else 2)))
    for day in shop.open_days[::12]:
        source = till_of(1)
        shop.add("wrong_codes", WrongCodes(id=next(shop.ids), at=shop.moment(day), source=source, count=5))


def _look_ups(shop: Shop) -> None:
    """One for each booking, and another one for every third."""
    hours = Counter((each.device, each.staff, each.at.replace(minute=0, second=0)) for each in shop.facts["awards"])
    for (device, staff, hour), booked in hours.items():
        for _ in range(int(booked * 1.5) // LOOK_UPS_COUNTED):
            shop.add("look_ups", _counted(shop, hour, device, staff))


def _counted(shop: Shop, when: datetime, device: int, staff: str) -> LookUps:
    return LookUps(id=next(shop.ids), at=when, device=device, staff=staff, count=LOOK_UPS_COUNTED)


# Each makes somebody a cheat and says what should be found.
Plant = Callable[[Shop], tuple[Pattern, Subject]]


def plant_own_card(shop: Shop) -> tuple[Pattern, Subject]:
    """The own card, by the own hand: once at the till under another address, once in the back office."""
    customer, member = 900_100, shop.team(1)[0]
    shop.buy(customer, shop.moment(shop.open_days[3]), staff=member, total=2500, store=1)
    when = shop.moment(shop.open_days[9])
    shop.add("adjustments", Adjustment(id=next(shop.ids), customer=customer, at=when, points=400, staff=member))
    return Pattern.OWN_CARD, card_of(customer)


def plant_unknown_own_card(shop: Shop) -> tuple[Pattern, Subject]:
    """A card of nobody known: what strangers without a card buy, three times a shift."""
    customer, store = shop.newcomer(), 1
    for day in shop.open_days:
        awake = [shop.moment(day) for _ in range(4)]
        for when in awake:
            member = shop.team(store)[0]
            if member in shop.on_shift(store, when):
                shop.buy(customer, when, store=store, staff=member)
    return Pattern.OWN_CARD, card_of(customer)


def plant_small_awards(shop: Shop) -> tuple[Pattern, Subject]:
    customer, small = shop.regular(), min(shop.trade.prices)
    when = shop.moment(shop.open_days[8])
    for _ in range(14):
        when += timedelta(minutes=shop.chance.uniform(3, 20))
        shop.buy(customer, when.replace(hour=min(when.hour, shop.trade.closes - 1)), total=small)
    return Pattern.SMALL_AWARDS, card_of(customer)


def plant_outside_hours(shop: Shop) -> tuple[Pattern, Subject]:
    friends = shop.regular(), shop.regular()
    for day in shop.open_days[4:16:4]:
        for minute, friend in zip((50, 56), friends, strict=True):
            shop.buy(friend, at(day, hour=shop.trade.closes + 1, minute=minute), store=1)
    return Pattern.OUTSIDE_HOURS, till_of(1)


def plant_bookings_at_night(shop: Shop) -> tuple[Pattern, Subject]:
    for minute in (20, 40, 60):
        shop.buy(shop.regular(), at(shop.open_days[6], minute=minute), store=1)
    return Pattern.OUTSIDE_HOURS, till_of(1)


def plant_receipt_reuse(shop: Shop) -> tuple[Pattern, Subject]:
    first = shop.buy(shop.regular(), shop.moment(shop.open_days[6]), receipt="R-2026-10O47")
    customer = shop.newcomer()
    shop.buy(customer, first.at + timedelta(hours=1), total=first.total, store=first.store, receipt="R 2026 10047")
    return Pattern.RECEIPT_REUSE, card_of(customer)


def plant_receipt_in_two_stores(shop: Shop) -> tuple[Pattern, Subject]:
    customer = shop.newcomer()
    first = shop.buy(customer, shop.moment(shop.open_days[6]), receipt="B-88123", store=1)
    shop.buy(customer, first.at + timedelta(days=1), total=first.total, store=2, receipt="B-88123")
    return Pattern.RECEIPT_REUSE, card_of(customer)


def plant_self_referral(shop: Shop) -> tuple[Pattern, Subject]:
    referrer, friend, when = shop.regular(), shop.newcomer(), shop.moment(shop.open_days[5])
    _joins(shop, friend, when)
    same = frozenset({shop.chance.choice(list(Sameness))})
    shop.add("referrals", Referral(id=next(shop.ids), referrer=referrer, friend=friend, at=when, same=same))
    return Pattern.SELF_REFERRAL, card_of(referrer)


def plant_referral_ring(shop: Shop) -> tuple[Pattern, Subject]:
    """Ten who bring each other, each with the cheapest purchase that counts."""
    people = [shop.regular(), *(shop.newcomer() for _ in range(9))]
    least = min(shop.trade.prices)
    for number, friend in enumerate(people[1:]):
        when = shop.moment(shop.open_days[number])
        referrer = people[number // 2]
        shop.enrol(friend, when)
        shop.buy(friend, when + timedelta(minutes=2), total=least + shop.chance.randrange(0, 20))
        shop.add("referrals", Referral(id=next(shop.ids), referrer=referrer, friend=friend, at=when, least=least))
    return Pattern.REFERRAL_RING, card_of(min(people[:5]))


def plant_code_guessing(shop: Shop) -> tuple[Pattern, Subject]:
    source = shop.chance.choice([till_of(1), Subject(SubjectKind.KEY, 7)])
    begins = shop.moment(shop.open_days[7])
    for number in range(4):
        when = begins + timedelta(minutes=11 * number)
        shop.add("wrong_codes", WrongCodes(id=next(shop.ids), at=when, source=source, count=WRONG_CODES_COUNTED))
    return Pattern.CODE_GUESSING, source


def plant_undo_after_redeem(shop: Shop) -> tuple[Pattern, Subject]:
    customer = shop.regular()
    for number, day in enumerate(shop.open_days[2:8:2]):
        when = shop.moment(day)
        undone = when + timedelta(minutes=40)
        if number % 2:
            shop.redeem(customer, when, cancelled_at=undone)
        else:
            shop.buy(customer, when, total=9000, voided_at=undone)
            shop.redeem(customer, when + timedelta(minutes=5))
    return Pattern.UNDO_AFTER_REDEEM, card_of(customer)


def plant_round_sums(shop: Shop) -> tuple[Pattern, Subject]:
    customer = shop.newcomer()
    for day in shop.open_days[3:21:2]:
        shop.buy(customer, shop.moment(day), total=shop.chance.choice((5_000, 10_000, 15_000, 20_000)))
    for day, total in zip(shop.open_days[4:10:2], (5_000, 10_000, 15_000), strict=True):
        shop.buy(customer, shop.moment(day), total=total)
    return Pattern.ROUND_SUMS, card_of(customer)


def plant_device_burst(shop: Shop) -> tuple[Pattern, Subject]:
    """Cards of people who do not come any more, redeemed one after the other."""
    when = at(shop.open_days[10], hour=shop.trade.opens, minute=20)
    for number in range(8):
        shop.redeem(600_000 + number, when + timedelta(minutes=2 * number), is_shown=False, device=1)
    return Pattern.DEVICE_BURST, till_of(1)


def plant_enrolment_burst(shop: Shop) -> tuple[Pattern, Subject]:
    """People who do not exist, for the welcome bonus."""
    when = at(shop.open_days[10], hour=shop.trade.opens, minute=20)
    for number in range(12):
        each = Enrolment(customer=shop.newcomer(), at=when + timedelta(minutes=2 * number), device=1)
        shop.add("enrolments", each)
    return Pattern.DEVICE_BURST, till_of(1)


def plant_return_loop(shop: Shop) -> tuple[Pattern, Subject]:
    customer = shop.newcomer()
    for day in shop.open_days[1:13:3]:
        when = shop.moment(day)
        shop.buy(customer, when, total=9000, returned_at=when + timedelta(days=1))
        shop.redeem(customer, when + timedelta(minutes=30))
    return Pattern.RETURN_LOOP, card_of(customer)


def plant_look_up_scraping(shop: Shop) -> tuple[Pattern, Subject]:
    day, member = shop.open_days[12], shop.team(1)[0]
    for _ in range(6):
        shop.add("look_ups", _counted(shop, shop.moment(day), 1, f"{member}9"))
    return Pattern.LOOK_UP_SCRAPING, till_of(1)


PLANTS: dict[Pattern, tuple[Plant, ...]] = {
    Pattern.OWN_CARD: (plant_own_card, plant_unknown_own_card),
    Pattern.SMALL_AWARDS: (plant_small_awards,),
    Pattern.OUTSIDE_HOURS: (plant_outside_hours, plant_bookings_at_night),
    Pattern.RECEIPT_REUSE: (plant_receipt_reuse, plant_receipt_in_two_stores),
    Pattern.SELF_REFERRAL: (plant_self_referral,),
    Pattern.REFERRAL_RING: (plant_referral_ring,),
    Pattern.CODE_GUESSING: (plant_code_guessing,),
    Pattern.UNDO_AFTER_REDEEM: (plant_undo_after_redeem,),
    Pattern.ROUND_SUMS: (plant_round_sums,),
    Pattern.DEVICE_BURST: (plant_device_burst, plant_enrolment_burst),
    Pattern.RETURN_LOOP: (plant_return_loop,),
    Pattern.LOOK_UP_SCRAPING: (plant_look_up_scraping,),
}


def can_be_tried(plant: Plant, trade: Trade) -> bool:
    """Alone on a shift nobody else's hands can be compared with, and one store has no other one."""
    if plant is plant_unknown_own_card:
        return trade.on_shift > 1 and min(trade.pauses) < 5
    return plant is not plant_receipt_in_two_stores or trade.stores > 1


def plant(shop: Shop, scheme: Plant) -> tuple[Pattern, Subject]:
    pattern, subject = scheme(shop)
    shop.cheats.add(subject)
    return pattern, subject
