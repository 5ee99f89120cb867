"""Eighteen months of a demo shop's life, the same every time: who came, how often, and when they stayed away.

Written together as an import would, so that two shops are there in seconds; what happened today is booked at the till.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from customers.bulk import Person, enrol_all
from customers.models import Card, Consent, Customer, CustomerTag, Note, Tag, TermsAcceptance, Via
from customers.numbers import TOKEN_LENGTH, check_digit
from customers.wordings import Wording, wording_of
from devtools.demo_feedback import opine
from devtools.demo_findings import stand_out
from devtools.demo_messages import tell
from devtools.demo_referrals import invite_friends
from devtools.demo_rewards import Shelf, put_up
from devtools.demo_stamps import fill_cards
from ledger.bulk import open_accounts
from ledger.models import Account
from legal.models import LegalText
from legal.queries import text_in_force
from programs.bulk import PastPurchase, record_past_purchases
from programs.models import Purchase
from programs.services import record_purchase, void_purchase
from programs.terms import terms_at
from team.models import Device, Membership, Store
from team.queries import till_actor
from tenants import bulk
from tenants.calendar import day_of
from tenants.scope import current_tenant
from tenants.secrets import CODE_ALPHABET

DAYS: Final = 548
# In how many steps the past is written: after each of them some points are redeemed.
ROUNDS: Final = 9


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES: Final = _words(
    "Jana Tobias Aylin Emre Marlene Lea Khoa Sofia Jonas Mila Ben Clara Deniz Elif Felix Greta Henry Ida "
    "Jakob Karla Leon Merle Nele Oskar Paula Quirin Rosa Samuel Thea Umut Vera Wanda Yusuf Zoe Anton "
    "Britta Cem Dora Emil Frieda"
)
SURNAMES: Final = _words(
    "Krüger Yılmaz Weber Schäfer Nguyen Brandt Özdemir Hoffmann Becker Wolf Neumann Schröder Klein Braun "
    "Vogel Kühn Lange Peters Sommer Roth Jansen Arslan Bauer Fuchs Kaiser Maier Otto Pohl Seidel Winkler"
)
# What real lists of customers hold, too.
ODD_NAMES: Final = (
    "",
    "Anne-Sophie von der Leyen-Wittgenstein zu Hohenlohe",
    "Séamus O’Brien",
    "李 小龍",
    "Dr. Ärmel",
)
TAGS: Final = ("Stammgast", "Nachbarschaft", "Allergie Nüsse")
NOTES: Final = (
    "Fragt gern nach Neuem.",
    "Kommt meist mit der Tochter.",
    "Hat nach einer zweiten Karte für die Familie gefragt.",
)


@dataclass(frozen=True)
class Habit:
    """A kind of customer: the usual pause in days, how much more or less than usual is spent, for how many days."""

    weight: int
    pause: float
    basket: float
    stays: tuple[int, ...]


HABITS: Final = {
    "morgenrot": (
        Habit(14, 3.5, 1.1, (DAYS,)),
        Habit(26, 7, 1.0, (300, DAYS, DAYS)),
        Habit(26, 16, 1.0, (120, 300, DAYS)),
        Habit(20, 45, 1.3, (200, DAYS)),
        Habit(14, 400, 0.8, (1,)),
    ),
    "nordlicht": (
        Habit(25, 28, 1.2, (DAYS,)),
        Habit(40, 45, 1.0, (250, DAYS, DAYS)),
        Habit(20, 80, 0.9, (300, DAYS)),
        Habit(15, 400, 0.7, (1,)),
    ),
}
# How busy the days of a week are (Monday first; 0 is closed), and the months of a year.
WEEK: Final = {"morgenrot": (6, 7, 7, 8, 10, 12, 0), "nordlicht": (0, 8, 8, 10, 12, 9, 0)}
YEAR: Final = {
    "morgenrot": (8, 8, 9, 10, 11, 11, 9, 9, 10, 10, 11, 13),
    "nordlicht": (8, 8, 10, 10, 11, 11, 9, 9, 10, 10, 11, 13),
}
# Whose tills report sales without a card as well, and for how long.
REPORT_OTHERS: Final = ("morgenrot",)
OTHERS_DAYS: Final = 400
HOURS: Final = (8, 9, 9, 10, 11, 12, 12, 13, 15, 16, 17)


@dataclass(frozen=True)
class Life:
    """One customer's time with the shop."""

    person: Person
    joined: datetime
    habit: Habit
    leaves: datetime
    home: int


@dataclass(frozen=True)
class Scene:
    """Where it all happens."""

    slug: str
    basket: int
    customers: int
    stores: list[Store]
    devices: list[Device]
    members: list[Membership]
    seed: int
    now: datetime


def write_history(scene: Scene) -> None:
    """To be called in the shop's scope, in one transaction."""
    chance = random.Random(scene.seed)
    lives = [_life(scene, number, chance) for number in range(scene.customers)]
    people = _enrol(scene, lives)
    opened = scene.now - timedelta(days=DAYS)
    shelf = put_up(
        scene.slug, devices=scene.devices, members=scene.members, seed=scene.seed, opened=opened, now=scene.now
    )
    _record(scene, lives, people, chance, shelf)
    _void_some(scene, chance)
    in_order = [people[life.person.external_id] for life in lives]
    _sell_today(scene, in_order, chance)
    if scene.slug in REPORT_OTHERS:
        _sell_without_card(scene)
    _join(lives, people)
    shelf.open_some(in_order[:40])
    fill_cards(in_order, staff=scene.members[-1], seed=scene.seed, now=scene.now)
    _remember(scene, list(people.values()), chance)
    manager = till_actor(scene.members[1], scene.devices[0])
    answers = opine(in_order, slug=scene.slug, staff=manager, seed=scene.seed, now=scene.now)
    tell(in_order, answers=answers, seed=scene.seed, now=scene.now)
    stand_out(scene.slug, in_order, stores=scene.stores, devices=scene.devices, members=scene.members, now=scene.now)
    invite_friends(scene.slug, in_order, owner=scene.members[0], seed=scene.seed, now=scene.now)


def _life(scene: Scene, number: int, chance: random.Random) -> Life:
    """The first ones, whom var/demo.json names, are faithful; the last ones have only just joined."""
    habits = HABITS[scene.slug]
    habit = habits[0] if number < 10 else chance.choices(habits, [habit.weight for habit in habits])[0]
    opened = scene.now - timedelta(days=DAYS)
    share = chance.random() ** 1.4 if number < scene.customers * 9 // 10 else 0.95 + chance.random() * 0.045
    joined = _at_the_till(scene, opened + timedelta(days=1 + share * (DAYS - 3)), chance)
    name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {chance.choice(SURNAMES)}"
    if number >= scene.customers - len(ODD_NAMES):
        name = ODD_NAMES[number - scene.customers]
    is_reachable = number < 10 or chance.random() < 0.7
    email = f"kunde{number + 1}@{scene.slug}.example" if is_reachable else ""
    person = Person(external_id=f"K{number + 1:04d}", name=name, email=email)
    leaves = joined + timedelta(days=DAYS if number < 10 else chance.choice(habit.stays))
    return Life(person, joined, habit, leaves, home=chance.randrange(len(scene.stores)))


def _enrol(scene: Scene, lives: list[Life]) -> dict[str, Customer]:
    """Everybody with number and card, enrolled on their own day; an account also for those who never bought."""
    chance = random.Random(scene.seed + 1)
    people = enrol_all([life.person for life in lives], source="till", now=scene.now).customers
    rows = []
    numbers: set[str] = set()
    for life in lives:
        customer = people[life.person.external_id]
        customer.enrolled_at = life.joined
        has_birthday = chance.random() < 0.5
        month, day = (chance.randrange(1, 13), chance.randrange(1, 29)) if has_birthday else (None, None)
        phone = f"+49151{scene.seed}{customer.pk % 1_000_000:06d}" if chance.random() < 0.4 else ""
        customer.number = _number(chance, taken=numbers)
        rows.append((customer.pk, customer.number, life.joined, phone, month, day))
    bulk.update(Customer, ("number", "enrolled_at", "phone", "birth_month", "birth_day"), rows)
    cards = {card.customer_id: card.pk for card in Card.objects.filter(customer__in=people.values())}
    tokens = ((cards[pk], _token(chance), joined) for pk, _number, joined, *_ in rows)
    bulk.update(Card, ("token", "issued_at"), tokens)
    terms = terms_at(scene.now)
    ids = [customer.pk for customer in people.values()]
    open_accounts(ids, program_id=terms.program_id, tier_id=terms.tiers[0].id, now=scene.now)
    opened = {customer.pk: customer.enrolled_at for customer in people.values()}
    accounts = Account.objects.filter(customer__in=ids).values_list("pk", "customer_id")
    bulk.update(Account, ("opened_at",), [(pk, opened[customer_id]) for pk, customer_id in accounts])
    return people


def _number(chance: random.Random, *, taken: set[str]) -> str:
    """As the product gives them, but the same after every reset: a card in a screenshot or a wallet stays good."""
    while True:
        digits = str(chance.randrange(10_000_000, 100_000_000))
        if digits not in taken:
            taken.add(digits)
            return digits + check_digit(digits)


def _token(chance: random.Random) -> str:
    return "".join(chance.choices(CODE_ALPHABET, k=TOKEN_LENGTH))


def _join(lives: list[Life], people: dict[str, Customer]) -> None:
    """Whoever has an address has opened the portal and accepted the terms on the first day."""
    terms = text_in_force(LegalText.Kind.TERMS, language="de")
    TermsAcceptance.objects.bulk_create(
        TermsAcceptance(customer=customer, text=terms, accepted_at=life.joined, accepted_via=Via.TILL)
        for life in lives
        if (customer := people[life.person.external_id]).email
    )


def _record(scene: Scene, lives: list[Life], people: dict[str, Customer], chance: random.Random, shelf: Shelf) -> None:
    serial = 0
    past: list[PastPurchase] = []
    actor = till_actor(scene.members[-1], scene.devices[0])
    for life in lives:
        for moment in _visits(scene, life, chance):
            serial += 1
            at = life.home if chance.random() < 0.85 else chance.randrange(len(scene.stores))
            past.append(
                PastPurchase(
                    customer=people[life.person.external_id],
                    total=_amount(scene, life.habit, chance),
                    purchased_at=moment,
                    import_key=blake2b(f"demo {scene.slug} {serial}".encode(), digest_size=16).digest(),
                    store_id=scene.stores[at].pk,
                )
            )
    past.sort(key=lambda purchase: purchase.purchased_at)
    each = -(-len(past) // ROUNDS)
    for start in range(0, len(past), each):
        batch = past[start : start + each]
        record_past_purchases(batch, actor=actor, now=scene.now)
        shelf.redeem_some([(purchase.customer, purchase.purchased_at) for purchase in batch])


def _visits(scene: Scene, life: Life, chance: random.Random) -> Iterator[datetime]:
    """From the day of joining, with the habit's pause, more often in busy months, until the customer stays away."""
    moment, last = life.joined, min(life.leaves, scene.now - timedelta(days=1))
    while moment <= last:
        yield moment
        season = YEAR[scene.slug][moment.month - 1] / 10
        pause = max(chance.gauss(life.habit.pause / season, life.habit.pause / 3), 1)
        moment = _at_the_till(scene, moment + timedelta(days=pause), chance)


def _at_the_till(scene: Scene, moment: datetime, chance: random.Random) -> datetime:
    """A busy weekday near that moment, within opening hours."""
    week = WEEK[scene.slug]
    near = [moment + timedelta(days=days) for days in range(4)]
    day = chance.choices(near, [week[day.weekday()] / (1 + 2 * late) for late, day in enumerate(near)])[0]
    hour = chance.choice(HOURS)
    return day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)


def _amount(scene: Scene, habit: Habit, chance: random.Random) -> int:
    """Cents around the shop's basket; now and then somebody pays for a whole party, or with a voucher only."""
    odd = chance.random()
    if odd < 0.002:
        return 0
    if odd < 0.004:
        return scene.basket * 40
    return max(round(chance.lognormvariate(0, 0.5) * scene.basket * habit.basket / 10) * 10, 150)


def _void_some(scene: Scene, chance: random.Random) -> None:
    """Returns happen, most of them at once."""
    manager = till_actor(scene.members[1], scene.devices[0])
    recent = list(Purchase.objects.filter(total__gt=0).order_by("-purchased_at", "pk")[:400])
    for purchase in chance.sample(recent, min(12, len(recent))):
        reason = chance.choice(("wrong_amount", "wrong_customer", "purchase_cancelled"))
        void_purchase(purchase=purchase, actor=manager, now=scene.now, reason=reason)


def _sell_today(scene: Scene, customers: list[Customer], chance: random.Random) -> None:
    """A few bookings of the last hours at every till, so that the day list is not empty."""
    for number, customer in enumerate(chance.sample(customers[:40], 3 * len(scene.stores))):
        store = number % len(scene.stores)
        moment = scene.now - timedelta(minutes=7 + 11 * number)
        record_purchase(
            customer=customer,
            total=_amount(scene, HABITS[scene.slug][1], chance) or 490,
            currency="EUR",
            store=scene.stores[store],
            actor=till_actor(scene.members[-1], scene.devices[store]),
            purchased_at=moment,
            now=moment,
        )


def _sell_without_card(scene: Scene) -> None:
    """What the tills report of everybody else, about as much as with a card; less and less of it."""
    chance, version = random.Random(scene.seed + 6), terms_at(scene.now).version_id
    actor, zone = till_actor(scene.members[-1], scene.devices[0]).reference, current_tenant().zone
    sales = []
    for days in range(1, OTHERS_DAYS):
        for _ in range(chance.randrange(3, 7 + days // 60)):
            moment = _at_the_till(scene, scene.now - timedelta(days=days + 3), chance)
            sales.append(
                Purchase(
                    store=chance.choice(scene.stores),
                    program_version_id=version,
                    total=_amount(scene, HABITS[scene.slug][-1], chance),
                    currency="EUR",
                    purchased_at=moment,
                    purchased_on=day_of(moment, zone=zone),
                    recorded_at=moment,
                    actor=actor,
                )
            )
    Purchase.objects.bulk_create(sales)


def _remember(scene: Scene, customers: list[Customer], chance: random.Random) -> None:
    """Consents in every state, notes, tags, somebody blocked, somebody who objects to figures."""
    reachable = [customer for customer in customers if customer.email]
    wording = wording_of(Consent.Channel.EMAIL, language="de")
    Consent.objects.bulk_create(
        _consent(customer, wording, chance, scene.now) for customer in reachable if chance.random() < 0.6
    )
    Note.objects.bulk_create(
        Note(
            customer=customer, text=chance.choice(NOTES), author=f"member:{scene.members[-1].pk}", created_at=scene.now
        )
        for customer in customers[::17]
    )
    tags = Tag.objects.bulk_create(Tag(name=name, key=name.lower()) for name in TAGS)
    CustomerTag.objects.bulk_create(
        CustomerTag(customer=customer, tag=tags[number % len(tags)]) for number, customer in enumerate(customers[::9])
    )
    Customer.objects.filter(pk=customers[-6].pk).update(status=Customer.Status.BLOCKED)
    Customer.objects.filter(pk=customers[11].pk).update(scoring_objected_at=scene.now)


def _consent(customer: Customer, wording: Wording, chance: random.Random, now: datetime) -> Consent:
    asked = customer.enrolled_at
    state = chance.random()
    confirmed = asked + timedelta(hours=3) if state < 0.85 else None
    withdrawn = min(asked + timedelta(days=90), now) if state < 0.1 else None
    return Consent(
        customer=customer,
        channel=Consent.Channel.EMAIL,
        wording=wording.text,
        wording_version=wording.version,
        wording_language=wording.language,
        address=customer.email,
        requested_at=asked,
        requested_via=Via.TILL,
        message_id=f"<demo-{customer.pk}@{customer.email.partition('@')[2]}>",
        confirmed_at=confirmed,
        confirmed_via=Via.MAIL if confirmed else "",
        withdrawn_at=withdrawn,
        withdrawn_via=Via.PORTAL if withdrawn else "",
    )
