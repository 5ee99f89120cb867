"""What a shop promises, as a merchant would say it, and what a purchase is worth by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
COFFEE, DEPOSIT = "Kaffee", "Pfand"


@dataclass(frozen=True)
class Card:
    """Buy some, get one: for each coffee or each visit, of any goods or only with coffee."""

    needed: int
    months: int | None
    at_once: int
    for_visits: bool
    only_coffee: bool


@dataclass(frozen=True)
class Promise:
    """A version. Percentages and thresholds from the lowest tier to the highest, None where a tier is not there."""

    starts_at: datetime
    per_euro: int
    first_purchase: int
    factor_percent: int
    factor_limit: int
    best_factor_only: bool
    deposit_counts: bool
    pending_days: int
    expiry_months: int | None
    thresholds: tuple[int | None, ...]
    tier_percent: tuple[int, ...]
    basis: str
    window: str
    grace_days: int
    one_step_down: bool
    card: Card | None


# What a café begins with.
BEGINNING = Promise(
    starts_at=datetime(2000, 1, 1, tzinfo=UTC),
    per_euro=10,
    first_purchase=0,
    factor_percent=100,
    factor_limit=0,
    best_factor_only=True,
    deposit_counts=True,
    pending_days=0,
    expiry_months=None,
    thresholds=(0, 5_000, 12_000),
    tier_percent=(100, 125, 150),
    basis="points",
    window="lifetime",
    grace_days=0,
    one_step_down=False,
    card=None,
)


@dataclass(frozen=True)
class Line:
    """So many pieces of something, at a price in cents."""

    pieces: int
    price: int
    kind: str = ""

    @property
    def total(self) -> int:
        return self.pieces * self.price


@dataclass(frozen=True)
class Facts:
    """What was known when a purchase was valued: the tier, the number of the visit, what a limited factor had left."""

    promise: Promise
    tier: int
    visit: int
    room: int


def total_of(lines: tuple[Line, ...]) -> int:
    return sum(line.total for line in lines)


def paid(total: int, lines: tuple[Line, ...], promise: Promise) -> Fraction:
    """What was paid for goods that count; a discount on the whole receipt is spread over its lines."""
    if promise.deposit_counts:
        return Fraction(total)
    receipt, deposit = total_of(lines), sum(line.total for line in lines if line.kind == DEPOSIT)
    if receipt > total:
        return total - Fraction(total * deposit, receipt)
    return Fraction(max(total - deposit, 0))


def worth(total: int, lines: tuple[Line, ...], facts: Facts) -> tuple[int, int]:
    """Points of a purchase in cents, and how many of them are a limited factor's."""
    promise = facts.promise
    base = paid(total, lines, promise) * promise.per_euro / 100
    if not base:
        return 0, 0
    percent, boost = promise.tier_percent[facts.tier], Fraction()
    has_boost = promise.factor_percent > 100
    only_boost = has_boost and promise.best_factor_only and promise.factor_percent > percent
    if not only_boost:
        base = base * percent / 100
    if only_boost or (has_boost and not promise.best_factor_only):
        boost = min(base * (promise.factor_percent - 100) / 100, Fraction(max(facts.room, 0)))
    bonus = promise.first_purchase if facts.visit == 1 else 0
    whole = int(base + boost)
    return whole + bonus, whole - int(base)


def stamps(total: int, lines: tuple[Line, ...], promise: Promise) -> int:
    """Stamps of a purchase: for what was paid, and for no deposit where that does not count."""
    card = promise.card
    if card is None or not paid(total, lines, promise):
        return 0
    held = [line for line in lines if promise.deposit_counts or line.kind != DEPOSIT]
    pieces = sum(line.pieces for line in held if not card.only_coffee or line.kind == COFFEE)
    if card.for_visits:
        return 1 if pieces or not card.only_coffee else 0
    return min(pieces, card.at_once)


def end_of_year(moment: datetime, months: int | None, zone: ZoneInfo) -> datetime:
    """When points of a moment are gone: the year in which the last of so many months lies is over."""
    if months is None:
        return NEVER
    year, _month = _later(moment, months, zone)
    return datetime(year + 1, 1, 1, tzinfo=zone)


def end_of_month(moment: datetime, months: int | None, zone: ZoneInfo) -> datetime:
    """When stamps are."""
    if months is None:
        return NEVER
    year, month = _later(moment, months + 1, zone)
    return datetime(year, month, 1, tzinfo=zone)


def _later(moment: datetime, months: int, zone: ZoneInfo) -> tuple[int, int]:
    local = moment.astimezone(zone)
    year, month = local.year, local.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return year, month


def midnight_after(moment: datetime, zone: ZoneInfo, days: int = 0) -> datetime:
    """The end of the day that is so many days after a moment's."""
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)
