"""The rewards of a demo shop, and eighteen months of redeeming them: written together, as the purchases are."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from customers.models import Customer, new_public_id
from ledger.book import Voucher
from ledger.bulk import BatchBook, lock_books_for_reversals, write_books
from programs.models import Tier
from programs.rules import Conditions
from programs.terms import terms_at
from rewards.codes import new_voucher_code
from rewards.models import Redemption, Reward
from rewards.redeeming import cancel_redemption, expire_redemption, give_gift, redeem, redeem_at_till
from rewards.services import RewardDraft, create_reward
from team.models import Device, Membership, Store
from team.queries import till_actor
from tenants.errors import DomainError
from tenants.roles import SYSTEM, Actor
from tenants.scope import current_tenant
from tenants.secrets import CODE_ALPHABET, digest

Kind, Way, Presence = Reward.Kind, Reward.Way, Redemption.Presence
# How often somebody with enough points takes a reward along with a purchase.
EAGERNESS: Final = 0.55
SHOWN: Final = 10


@dataclass(frozen=True)
class Sample:
    """A reward of a demo shop; `tier` from which on it is for, `weight` how popular it is."""

    draft: RewardDraft
    tier: str = ""
    weight: int = 0
    is_draft: bool = False


def _product(name: str, points: int, value: int | None, cost: int | None, icon: str, text: str = "") -> RewardDraft:
    return RewardDraft(kind=Kind.PRODUCT, name=name, points=points, value=value, cost=cost, icon=icon, description=text)


SAMPLES: Final[dict[str, tuple[Sample, ...]]] = {
    "morgenrot": (
        Sample(_product("Cappuccino", 500, 340, 75, "cup", "Auch mit Hafermilch"), weight=55),
        Sample(_product("Stück Kuchen", 700, 390, 90, "cake", "Was heute in der Vitrine steht"), weight=22),
        Sample(_product("Filterkaffee", 400, 260, 35, "cup"), weight=18),
        Sample(_product("Bohnen 250 g", 1_800, 890, 300, "bag", "Unsere Hausröstung, gemahlen oder ganz"), weight=3),
        Sample(_product("Frühstück für 2", 4_000, 2_400, 600, "bowl", "Samstags bis 12 Uhr"), tier="Gold", weight=1),
        Sample(
            RewardDraft(
                kind=Kind.EVENT,
                name="Latte-Art-Kurs",
                description="Zwei Stunden an der Maschine, mit Selin",
                icon="star",
                points=2_000,
                cost=1_200,
                stock=8,
                per_customer=1,
                event_place="Altstadt, Alte Gasse 7",
            ),
            tier="Platin",
        ),
        Sample(
            RewardDraft(
                kind=Kind.PRODUCT,
                way=Way.BIRTHDAY,
                name="Geburtstagskuchen",
                description="Ein Stück Kuchen, herzlichen Glückwunsch!",
                icon="cake",
                value=390,
                cost=90,
            )
        ),
        Sample(
            RewardDraft(
                kind=Kind.GIFT,
                way=Way.STAFF,
                name="Keks aufs Haus",
                icon="gift",
                value=150,
                cost=30,
                per_customer_day=1,
            )
        ),
        Sample(_product("Morgenrot-Tasse", 2_500, 1_490, None, "cup", "Von Hand gedreht"), is_draft=True),
    ),
    "nordlicht": (
        Sample(_product("Pflege dazu", 1_000, 900, 220, "scissors", "Eine Pflegekur zu Ihrem Termin"), weight=50),
        Sample(
            RewardDraft(
                kind=Kind.AMOUNT,
                name="Punkte einlösen",
                description="So viele Punkte, wie Sie möchten",
                icon="euro",
                points=100,
                chooses_points=True,
                most_points=2_000,
                value=100,
                cost=100,
            ),
        ),
        Sample(
            RewardDraft(kind=Kind.PERCENT, name="20 % auf Pflegeprodukte", icon="percent", points=800, percent=20),
            weight=12,
        ),
        Sample(_product("Haarschnitt", 5_000, 4_500, 2_000, "scissors"), tier="Gold", weight=6),
        Sample(
            RewardDraft(
                kind=Kind.EVENT,
                name="Abend der Farben",
                description="Neue Töne für den Winter, mit Beratung",
                icon="star",
                points=500,
                cost=900,
                stock=12,
                per_customer=1,
                event_place="Salon, Hafenstraße 12",
            ),
            tier="Platin",
        ),
        Sample(
            RewardDraft(
                kind=Kind.AMOUNT,
                way=Way.BIRTHDAY,
                name="Geburtstagsgruß",
                icon="gift",
                value=500,
                cost=500,
                valid_days=30,
            )
        ),
        Sample(RewardDraft(kind=Kind.GIFT, way=Way.STAFF, name="Handcreme als Dank", icon="gift", value=490, cost=190)),
    ),
}


@dataclass(slots=True)
class Shelf:
    """The rewards of a shop as they are taken in the course of time."""

    rewards: dict[str, Reward]
    weights: dict[int, int]
    ranks: dict[int, int]
    # Whoever works at the tills, and where.
    stores: dict[Actor, Store]
    seed: int
    now: datetime
    rounds: int = 0
    # What each customer saves for.
    wishes: dict[int, Reward] = field(default_factory=dict)

    def redeem_some(self, visits: Sequence[tuple[Customer, datetime]]) -> None:
        """Along with some of these purchases, in the order of time."""
        self.rounds += 1
        chance = random.Random(self.seed * 1_000 + self.rounds)
        books = lock_books_for_reversals({customer.pk for customer, _moment in visits}, now=self.now)
        taken = self._taken(visits, books, chance)
        rows = Redemption.objects.bulk_create(redemption for redemption, _actor in taken)
        for redemption, (_row, actor) in zip(rows, taken, strict=True):
            books[redemption.customer_id].spend(redemption.points, _voucher(redemption, actor))
        write_books(books.values())

    def _taken(
        self, visits: Sequence[tuple[Customer, datetime]], books: dict[int, BatchBook], chance: random.Random
    ) -> list[tuple[Redemption, Actor]]:
        left = {pk: book.account.balance for pk, book in books.items()}
        seqs = {pk: book.account.last_seq for pk, book in books.items()}
        taken = []
        for customer, moment in visits:
            account = books[customer.pk].account
            reward = self.wishes.get(customer.pk) or self._wish(account.tier_id, chance)
            self.wishes[customer.pk] = reward
            if reward.points > left[customer.pk] or chance.random() > EAGERNESS:
                continue
            del self.wishes[customer.pk]
            seqs[customer.pk] += 1
            left[customer.pk] -= reward.points
            actor = chance.choice(list(self.stores))
            at = moment + timedelta(minutes=1)
            taken.append((_used(reward, customer, account, seqs[customer.pk], actor, at, chance), actor))
        return taken

    def _wish(self, tier_id: int | None, chance: random.Random) -> Reward:
        rank = self.ranks.get(tier_id or 0, 0)
        popular = [reward for reward in self.rewards.values() if reward.pk in self.weights]
        offered = [reward for reward in popular if rank >= self.ranks.get(reward.tier_id or 0, 0)]
        return chance.choices(offered, [self.weights[reward.pk] for reward in offered])[0]

    def open_some(self, customers: Sequence[Customer]) -> None:
        """What the portal and the back office show of the last days, by the product's own services."""
        favourite, second, *_others = (reward for reward in self.rewards.values() if reward.pk in self.weights)
        till, now = next(iter(self.stores)), self.now
        for number, customer in enumerate(customers[:SHOWN]):
            wanted = favourite if number % 2 == 0 else second
            self._redeem(customer, wanted, at=now - timedelta(hours=3 + 20 * number))
        lapsed = self._first(customers, favourite, at=now - timedelta(days=30))
        if lapsed is not None:
            expire_redemption(redemption=lapsed, actor=SYSTEM, now=now - timedelta(days=10))
        mistaken = self._first(customers, favourite, at=now - timedelta(minutes=50), till=till)
        if mistaken is not None:
            cancel_redemption(redemption=mistaken, actor=till, now=now - timedelta(minutes=48))
        for number, customer in enumerate(customers[10:22]):
            wanted = favourite if number % 3 else second
            self._redeem(customer, wanted, at=now - timedelta(minutes=20 + 13 * number), till=till)
        for reward in self.rewards.values():
            if reward.kind == Kind.EVENT:
                for customer in customers:
                    self._redeem(customer, reward, at=now - timedelta(days=2))
            elif reward.way == Way.STAFF:
                for number, customer in enumerate(customers[::6]):
                    self._redeem(customer, reward, at=now - timedelta(hours=1 + 25 * number), till=till)
            elif reward.way == Way.BIRTHDAY:
                occasion = f"birthday:{now.year}"
                for customer in customers[:12:4]:
                    give_gift(customer=customer, reward=reward, occasion=occasion, actor=SYSTEM, now=now)

    def _first(
        self, customers: Sequence[Customer], reward: Reward, *, at: datetime, till: Actor | None = None
    ) -> Redemption | None:
        """Of the first customer who has enough points."""
        tried = (self._redeem(customer, reward, at=at, till=till) for customer in customers)
        return next((redemption for redemption in tried if redemption), None)

    def _redeem(
        self, customer: Customer, reward: Reward, *, at: datetime, till: Actor | None = None
    ) -> Redemption | None:
        """Issued, at a till also handed out; nothing where the customer cannot."""
        facts: dict[str, Any] = {"customer": customer, "reward": reward, "now": at}
        presence = Presence.GIVEN if reward.way == Way.STAFF else Presence.CODE if till else Presence.PORTAL
        try:
            if till is None:
                actor = Actor(reference=f"customer:{customer.pk}")
                return redeem(**facts, presence=presence, actor=actor).redemption
            return redeem_at_till(**facts, presence=presence, actor=till, store=self.stores[till]).redemption
        except DomainError:
            return None


def put_up(
    slug: str, *, devices: list[Device], members: list[Membership], seed: int, opened: datetime, now: datetime
) -> Shelf:
    """The rewards of a shop since it opened; to be called in its scope."""
    tiers = {tier.name: tier for tier in Tier.objects.all()}
    actor = Actor(reference=f"member:{members[0].pk}")
    rewards, weights = {}, {}
    for sample in SAMPLES[slug]:
        draft = _with_tier(sample, tiers, now=now)
        reward = create_reward(draft=draft, actor=actor, now=opened, publish_now=not sample.is_draft)
        rewards[reward.name] = reward
        if sample.weight:
            weights[reward.pk] = sample.weight
    stores = {till_actor(members[-1], device): device.store for device in devices}
    ranks = {tier.pk: tier.rank for tier in tiers.values()}
    return Shelf(rewards, weights, ranks, stores, seed, now)


def _with_tier(sample: Sample, tiers: dict[str, Tier], *, now: datetime) -> RewardDraft:
    """With the rows and days that a constant cannot hold."""
    stated: dict[str, Any] = {name: getattr(sample.draft, name) for name in sample.draft.__slots__}
    stated["tier"] = tiers.get(sample.tier)
    if sample.draft.kind == Kind.EVENT:
        local = now.astimezone(current_tenant().zone) + timedelta(days=24)
        begins = local.replace(hour=18, minute=0, second=0)
        stated |= {"event_at": begins, "event_ends_at": begins + timedelta(hours=2)}
    if sample.draft.name == "Frühstück für 2":
        stated["conditions"] = Conditions(weekdays=(5,), until_minute=12 * 60)
    return RewardDraft(**stated)


def _used(
    reward: Reward,
    customer: Customer,
    account: Any,
    seq: int,
    actor: Actor,
    moment: datetime,
    chance: random.Random,
) -> Redemption:
    """As the till writes it: issued and handed out at once."""
    redemption = Redemption(
        public_id=new_public_id(),
        reward=reward,
        customer=customer,
        reference="".join(chance.choices(CODE_ALPHABET, k=4)),
        state=Redemption.State.USED,
        presence=Presence.CODE,
        points=reward.points,
        account=account,
        entry_seq=seq,
        value=reward.value,
        percent=reward.percent,
        cost=reward.cost,
        issued_at=moment,
        expires_at=moment + timedelta(days=reward.valid_days),
        issued_by=actor.reference,
        used_at=moment,
        used_by=actor.reference,
        store_id=actor.store_id,
        device_id=actor.device_id,
    )
    redemption.code_hash = digest(new_voucher_code(redemption))
    return redemption


def _voucher(redemption: Redemption, actor: Actor) -> Voucher:
    line = {"rule": "reward", "points": -redemption.points, "reward": redemption.reward.name}
    return Voucher(
        actor=actor,
        occurred_at=redemption.issued_at,
        explanation=[line],
        redemption_id=redemption.pk,
        program_version_id=terms_at(redemption.issued_at).version_id,
        store_id=redemption.store_id,
    )
