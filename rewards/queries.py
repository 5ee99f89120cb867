"""Rewards as people see them: the catalogue of a customer, open vouchers, and what the merchant has handed out."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from customers.models import Customer
from ledger.models import Account
from ledger.queries import account_of
from rewards.errors import UnknownReward, UnknownVoucher
from rewards.models import Redemption, Reward, RewardPhoto
from rewards.offers import Obstacle, Offer, Situation, most_points, obstacles, sensible_points, worth
from rewards.situations import offer_of, situations_of
from rewards.wording import obstacle_text
from team.models import Device, Store
from tenants.calendar import midnight
from tenants.scope import current_tenant

FIGURES_DAYS = 30
# What a countdown or another day solves is shown; what will never be for this customer is not.
_NEVER = (Obstacle.ENDED, Obstacle.OVER)


@dataclass(frozen=True, slots=True)
class Choice:
    """A reward as one customer finds it: `obstacles` is empty where it can be redeemed now."""

    reward: Reward
    offer: Offer
    situation: Situation
    obstacles: Sequence[Obstacle]

    @property
    def is_redeemable(self) -> bool:
        return not self.obstacles

    @property
    def only_points_missing(self) -> bool:
        """A goal to save for."""
        return list(self.obstacles) == [Obstacle.POINTS]

    @property
    def missing(self) -> int:
        return max(self.offer.points - self.situation.balance, 0)

    @property
    def reason(self) -> str:
        """The first obstacle in words; empty where it can be redeemed or only points are missing."""
        first = next((obstacle for obstacle in self.obstacles if obstacle != Obstacle.POINTS), None)
        return obstacle_text(first, self.offer) if first else ""

    @property
    def is_locked(self) -> bool:
        """For a higher tier."""
        return Obstacle.TIER in self.obstacles

    @property
    def starts_on(self) -> date | None:
        """The first day for this customer, where that lies ahead."""
        return self.offer.starts_on(self.situation.rank) if Obstacle.NOT_YET in self.obstacles else None

    @property
    def starts_in_days(self) -> int:
        """For the countdown of a teaser."""
        return (self.starts_on - self.situation.at.date()).days if self.starts_on else 0

    @property
    def left_afterwards(self) -> int:
        """What remains of the points, where the price is fixed."""
        return self.situation.balance - self.offer.points

    @property
    def most_points(self) -> int:
        """The most that can be chosen."""
        return most_points(self.offer, balance=self.situation.balance)

    def sensible_points(self, *, up_to: int | None = None) -> int:
        """The most that makes sense to choose, worth no more than `up_to` in minor units."""
        return sensible_points(self.offer, balance=self.situation.balance, up_to=up_to)

    def worth(self, points: int) -> int | None:
        return worth(self.offer, points)


@dataclass(frozen=True, slots=True)
class Figures:
    """How often a reward was handed out in FIGURES_DAYS, and what that has cost and was worth, in minor units."""

    used: int = 0
    cost: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Uses:
    """The vouchers of a reward by what became of them."""

    issued: int = 0
    used: int = 0
    cancelled: int = 0
    expired: int = 0


def reward_by_id(public_id: uuid.UUID) -> Reward:
    """Raises UnknownReward."""
    reward = all_rewards().filter(public_id=public_id).first()
    if reward is None:
        raise UnknownReward
    return reward


def reward_shown(public_id: uuid.UUID) -> Reward:
    """One of those that customers see. Raises UnknownReward."""
    reward = shown_rewards().filter(public_id=public_id).first()
    if reward is None:
        raise UnknownReward
    return reward


def reward_for_points() -> Reward:
    """The first of which the customer chooses how many points to spend. Raises UnknownReward."""
    reward = offered_rewards().filter(way=Reward.Way.CHOICE, chooses_points=True).first()
    if reward is None:
        raise UnknownReward(field="points")
    return reward


def redemption_by_id(public_id: uuid.UUID) -> Redemption:
    """Raises UnknownVoucher."""
    rows = Redemption.objects.select_related(
        "reward__tier", "reward__early_tier", "customer", "account", "store", "device"
    )
    redemption = rows.filter(public_id=public_id).first()
    if redemption is None:
        raise UnknownVoucher
    return redemption


def photo_called(name: str) -> RewardPhoto | None:
    """By its hash."""
    return RewardPhoto.objects.filter(hash=name).first()


def all_rewards() -> QuerySet[Reward]:
    """In the merchant's order, the ended ones too."""
    rows = Reward.objects.select_related("tier", "early_tier", "photo").defer("photo__small", "photo__large")
    return rows.order_by("position", "pk")


def offered_rewards() -> QuerySet[Reward]:
    """Those that were published and have not ended."""
    return all_rewards().filter(published_at__isnull=False, ended_at=None)


def shown_rewards() -> QuerySet[Reward]:
    """Those that customers see and choose from."""
    return offered_rewards().filter(is_listed=True, way=Reward.Way.CHOICE)


def first_reward(*, now: datetime) -> Reward | None:
    """The cheapest that somebody who has just joined can save for; one of a fixed price before one for any points."""
    at = now.astimezone(current_tenant().zone)
    for reward in shown_rewards().filter(points__gt=0).order_by("chooses_points", "points", "position", "pk"):
        offer = offer_of(reward)
        first = offer.starts_on(0)
        if not offer.tier_rank and offer.stock != 0 and not offer.is_over(at=at) and not (first and at.date() < first):
            return reward
    return None


def catalogue(customer: Customer, *, now: datetime) -> list[Choice]:
    """What the portal shows: what can be redeemed first, then goals by what is missing, then what is locked.

    Rewards that the shop gives itself are not in it, nor those whose time is over or not announced yet.
    """
    seen = [
        choice
        for choice in choices_of(customer, shown_rewards(), now=now, is_at_till=False)
        if not set(choice.obstacles) & set(_NEVER)
        and choice.offer.is_announced(choice.situation.rank, on=choice.situation.at.date())
    ]
    return sorted(seen, key=_affordable_first)


def redeemable(
    customer: Customer, *, now: datetime, store: Store | None = None, total: int | None = None
) -> list[Choice]:
    """What a till may offer this customer now, in the merchant's order."""
    wanted = offered_rewards().filter(way=Reward.Way.CHOICE)
    return [
        choice for choice in choices_of(customer, wanted, now=now, store=store, total=total) if choice.is_redeemable
    ]


def surprises(customer: Customer, *, now: datetime, store: Store | None = None) -> list[Choice]:
    """What the team may give this customer now."""
    wanted = offered_rewards().filter(way=Reward.Way.STAFF)
    choices = choices_of(customer, wanted, now=now, store=store, is_given=True)
    return [choice for choice in choices if choice.is_redeemable]


def choice_of(
    reward: Reward, customer: Customer, *, now: datetime, store: Store | None = None, total: int | None = None
) -> Choice:
    """One reward as a customer finds it: at home, or in a store, with a purchase of `total` where that is known."""
    is_given = reward.way == Reward.Way.STAFF
    is_at_till = store is not None
    facts: dict[str, Any] = {"now": now, "store": store, "total": total, "is_given": is_given, "is_at_till": is_at_till}
    return choices_of(customer, [reward], **facts)[0]


def open_vouchers(customer: Customer, *, now: datetime) -> QuerySet[Redemption]:
    """What the customer holds and can use, the first to expire first."""
    rows = Redemption.objects.filter(customer=customer, state=Redemption.State.ISSUED, expires_at__gt=now)
    rows = rows.select_related("reward__photo").defer("reward__photo__small", "reward__photo__large")
    return rows.order_by("expires_at", "pk")


def redemptions_of(customer: Customer, *, before: int | None = None) -> QuerySet[Redemption]:
    """Everything the customer has taken, the latest first; `before` is the last one of the page before."""
    rows = Redemption.objects.filter(customer=customer).select_related("reward__photo", "store", "device")
    rows = rows.defer("reward__photo__small", "reward__photo__large")
    if before is not None and (last := Redemption.objects.filter(customer=customer, pk=before).first()):
        rows = rows.filter(Q(issued_at__lt=last.issued_at) | Q(issued_at=last.issued_at, pk__lt=before))
    return rows.order_by("-issued_at", "-pk")


def handed_out(day: date, *, store: Store | None = None) -> QuerySet[Redemption]:
    """What was redeemed on a day, to lay beside what the tills say: also what was cancelled later."""
    zone = current_tenant().zone
    begins, ends = midnight(day, zone=zone), midnight(day + timedelta(days=1), zone=zone)
    rows = Redemption.objects.filter(used_at__gte=begins, used_at__lt=ends)
    if store is not None:
        rows = rows.filter(store=store)
    return rows.select_related("reward", "store", "device", "customer").order_by("used_at", "pk")


def redeemed_at(device: Device, *, since: datetime) -> QuerySet[Redemption]:
    """What was redeemed at a till, the latest first: also what was cancelled later."""
    rows = Redemption.objects.filter(device=device, used_at__gte=since).select_related("reward", "customer")
    return rows.order_by("-used_at", "-pk")


def total_of(rows: QuerySet[Redemption]) -> Figures:
    """How often something was handed out, without what was cancelled."""
    used = rows.filter(state=Redemption.State.USED)
    sums = used.order_by().aggregate(used=Count("pk"), cost=Sum("cost"), value=Sum("value"))
    return Figures(used=sums["used"], cost=sums["cost"] or 0, value=sums["value"] or 0)


def uses_of(reward: Reward) -> Uses:
    """How many of its vouchers are in which state."""
    rows = Redemption.objects.filter(reward=reward).values_list("state").annotate(count=Count("pk")).order_by()
    return Uses(**{Redemption.State(state).value: count for state, count in rows})


def figures_by_reward(*, now: datetime) -> dict[int, Figures]:
    """Of the last FIGURES_DAYS, by reward, in one query."""
    since = now - timedelta(days=FIGURES_DAYS)
    used = Redemption.objects.filter(used_at__gte=since, state=Redemption.State.USED)
    rows = used.values("reward_id").annotate(used=Count("pk"), cost_sum=Sum("cost"), value_sum=Sum("value"))
    return {
        row["reward_id"]: Figures(used=row["used"], cost=row["cost_sum"] or 0, value=row["value_sum"] or 0)
        for row in rows.order_by()
    }


def guests(event: Reward) -> QuerySet[Redemption]:
    """Who is expected at an event, and who has come."""
    states = (Redemption.State.ISSUED, Redemption.State.USED)
    rows = Redemption.objects.filter(reward=event, state__in=states).select_related("customer")
    return rows.order_by("customer__name_key", "pk")


def attendance(event: Reward) -> tuple[int, int]:
    """How many have come to an event, of how many that are expected."""
    counts = (
        guests(event).order_by().aggregate(came=Count("pk", filter=Q(state=Redemption.State.USED)), all=Count("pk"))
    )
    return counts["came"], counts["all"]


def expected_guests(begins: datetime, ends: datetime) -> QuerySet[Redemption]:
    """Who has a place at an event that begins between two moments."""
    expected = Redemption.objects.filter(state=Redemption.State.ISSUED, reward__event_at__gte=begins)
    return expected.filter(reward__event_at__lt=ends).select_related("reward", "customer").order_by("pk")


def places_at(event_id: int, *, now: datetime) -> QuerySet[Redemption]:
    """Who has a place at an event that is still to come."""
    kept = Redemption.objects.filter(reward=event_id, state=Redemption.State.ISSUED, reward__event_ends_at__gt=now)
    return kept.select_related("reward", "customer").order_by("pk")


def waiting_for_expiry(*, now: datetime) -> QuerySet[Redemption]:
    """Vouchers that nobody has used in time."""
    return Redemption.objects.filter(state=Redemption.State.ISSUED, expires_at__lte=now).order_by("pk")


def public_ids_of(redemption_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """By id, in one query."""
    wanted = set(redemption_ids)
    return dict(Redemption.objects.filter(pk__in=wanted).values_list("pk", "public_id")) if wanted else {}


def choices_of(
    customer: Customer,
    rewards: Iterable[Reward],
    *,
    now: datetime,
    store: Store | None = None,
    total: int | None = None,
    is_given: bool = False,
    is_at_till: bool = True,
) -> list[Choice]:
    """The rewards as one customer finds them, in their order."""
    rows: Collection[Reward] = list(rewards)
    if not rows:
        return []
    account: Account = account_of(customer)
    situations = situations_of(rows, account, now=now, store=store, total=total, is_at_till=is_at_till)
    offers = {reward.pk: offer_of(reward) for reward in rows}
    return [
        Choice(
            reward=reward,
            offer=offers[reward.pk],
            situation=situations[reward.pk],
            obstacles=obstacles(offers[reward.pk], situations[reward.pk], points=_least(reward), is_given=is_given),
        )
        for reward in rows
    ]


def _least(reward: Reward) -> int:
    """The fewest points that bring anything where they are chosen."""
    if not reward.chooses_points or not reward.value:
        return reward.points
    return -(-reward.points // reward.value)


def _affordable_first(choice: Choice) -> tuple[int, int, int]:
    rank = 0 if choice.is_redeemable else 1 if choice.only_points_missing else 2
    return rank, choice.missing if rank == 1 else 0, choice.reward.position
