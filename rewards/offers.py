"""Whether somebody can get a reward now, or what stands in the way: one pure function for till, portal and API."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from programs.rules import Conditions


class Obstacle(StrEnum):
    """What keeps somebody from a reward, the most lasting first."""

    ENDED = "ended"
    NOT_FOR_CHOICE = "not_for_choice"
    TIER = "tier"
    OTHER_STORE = "other_store"
    NOT_YET = "not_yet"
    OVER = "over"
    SOLD_OUT = "sold_out"
    HAD_ENOUGH = "had_enough"
    HAD_TODAY = "had_today"
    NONE_TODAY = "none_today"
    HOURS = "hours"
    PURCHASE_TOO_SMALL = "purchase_too_small"
    POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a reward asks for. Money in minor units; `tier_rank` from which rank on it is for, 0 for everybody."""

    points: int = 0
    chooses_points: bool = False
    most_points: int | None = None
    value: int | None = None
    is_open: bool = True
    is_given: bool = False
    tier_rank: int = 0
    early_rank: int | None = None
    early_days: int = 0
    teaser_days: int = 0
    conditions: Conditions = field(default_factory=Conditions)
    min_total: int = 0
    per_customer: int | None = None
    per_customer_day: int | None = None
    per_day: int | None = None
    stock: int | None = None
    # The first moment at which nobody can come to an event any more.
    event_over_at: datetime | None = None

    def starts_on(self, rank: int) -> date | None:
        """The first day for somebody of a rank."""
        first = self.conditions.from_on
        if first is not None and self.early_rank is not None and rank >= self.early_rank:
            return first - timedelta(days=self.early_days)
        return first

    def is_announced(self, rank: int, *, on: date) -> bool:
        """Whether it is shown already, be it with a countdown."""
        first = self.starts_on(rank)
        return first is None or on >= first - timedelta(days=self.teaser_days)

    def is_over(self, *, at: datetime) -> bool:
        last = self.conditions.until_on
        return (last is not None and at.date() > last) or (self.event_over_at is not None and at >= self.event_over_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who asks, when and where. `at` in the shop's time zone; `store_id` and `total` are None where nobody knows."""

    at: datetime
    balance: int = 0
    rank: int = 0
    store_id: int | None = None
    total: int | None = None
    had: int = 0
    had_today: int = 0
    taken_today: int = 0
    # A voucher that is taken at home is used some other time.
    is_at_till: bool = True


def obstacles(offer: Offer, now: Situation, *, points: int | None = None, is_given: bool = False) -> list[Obstacle]:
    """Everything that stands in the way of redeeming, nothing where it can be done. `points` where they are chosen."""
    price = offer.points if points is None else points
    standing = {
        Obstacle.ENDED: not offer.is_open,
        Obstacle.NOT_FOR_CHOICE: offer.is_given and not is_given,
        Obstacle.TIER: now.rank < offer.tier_rank,
        Obstacle.OTHER_STORE: _is_elsewhere(offer, now),
        Obstacle.NOT_YET: _is_early(offer, now),
        Obstacle.OVER: offer.is_over(at=now.at),
        Obstacle.SOLD_OUT: offer.stock == 0,
        Obstacle.HAD_ENOUGH: _reached(offer.per_customer, now.had),
        Obstacle.HAD_TODAY: _reached(offer.per_customer_day, now.had_today),
        Obstacle.NONE_TODAY: _reached(offer.per_day, now.taken_today),
        Obstacle.HOURS: now.is_at_till and not _hours(offer).hold_at(now.at),
        Obstacle.PURCHASE_TOO_SMALL: now.total is not None and now.total < offer.min_total,
        Obstacle.POINTS: price > now.balance,
    }
    return [obstacle for obstacle, stands in standing.items() if stands]


def is_gone(offer: Offer, *, at: datetime) -> bool:
    """Whether nobody gets it any more, be it bought or given; `at` in the shop's time zone."""
    return not offer.is_open or offer.is_over(at=at) or offer.stock == 0


def worth(offer: Offer, points: int) -> int | None:
    """What so many points bring, in minor units, rounded down; None where nobody has said."""
    if offer.value is None or not offer.chooses_points:
        return offer.value
    return points * offer.value // offer.points


def most_points(offer: Offer, *, balance: int) -> int:
    """The most that somebody may choose to spend."""
    return max(min(balance, offer.most_points if offer.most_points is not None else balance), 0)


def sensible_points(offer: Offer, *, balance: int, up_to: int | None = None) -> int:
    """The most that somebody may choose, worth no more than `up_to`, without points that would bring nothing more."""
    value = worth(offer, most_points(offer, balance=balance))
    if not value or not offer.value:
        return 0
    wanted = value if up_to is None else min(value, up_to)
    return -(-wanted * offer.points // offer.value)


def _hours(offer: Offer) -> Conditions:
    """Weekdays and hours alone: the days are told apart by what is announced and what is over."""
    stated = offer.conditions
    return Conditions(weekdays=stated.weekdays, from_minute=stated.from_minute, until_minute=stated.until_minute)


def _is_early(offer: Offer, now: Situation) -> bool:
    first = offer.starts_on(now.rank)
    return first is not None and now.at.date() < first


def _is_elsewhere(offer: Offer, now: Situation) -> bool:
    stores = offer.conditions.stores
    return bool(stores) and now.store_id is not None and now.store_id not in stores


def _reached(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit
