"""Earning rules as a merchant states them: what they give, when they hold, and how much they give at the most. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

MINUTES: Final = 24 * 60
# The beginning of the unit of an account that holds stamps.
STAMPS: Final = "stamps:"


class Kind(StrEnum):
    """What a rule gives: `points` per amount, item or visit, a factor on those, or a bonus that nothing multiplies."""

    PER_AMOUNT = "per_amount"
    PER_ITEM = "per_item"
    PER_VISIT = "per_visit"
    MULTIPLIER = "multiplier"
    BONUS = "bonus"


class Occasion(StrEnum):
    """What a bonus is given for; all but a purchase come without an amount."""

    PURCHASE = "purchase"
    SIGN_UP = "sign_up"
    PROFILE = "profile"
    REVIEW = "review"
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"


class Stacking(StrEnum):
    """What happens where several multipliers hold, the tier's among them."""

    BEST = "best"
    MULTIPLY = "multiply"


class ExpiryEnd(StrEnum):
    """Points expire with the year or the month in which their last month falls."""

    YEAR = "year"
    MONTH = "month"


class Channel(StrEnum):
    """How a purchase reached us."""

    CHECKOUT = "checkout"
    API = "api"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of a receipt; `total` in minor units."""

    total: int
    quantity: Decimal = Decimal(1)
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Some of what a shop sells, by number or category; empty is everything."""

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.skus or self.categories)

    def holds(self, line: LineFacts) -> bool:
        return not self or line.sku in self.skus or same_word(line.category) in map(same_word, self.categories)


class Per(StrEnum):
    """What brings a stamp: each of the goods, or a visit with at least one of them."""

    ITEM = "item"
    VISIT = "visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class StampCard:
    """Buy some, get one: `needed` stamps bring the `reward`. `code` names it through all versions, empty if it is new.

    A stamp lasts some months and then until the end of the last one. No more than `at_once` come with one booking.
    """

    code: str = ""
    name: str
    goods: Goods = field(default_factory=Goods)
    per: Per = Per.ITEM
    needed: int = 10
    reward: str
    expiry_months: int | None = None
    at_once: int = 10

    @property
    def unit(self) -> str:
        """Of the accounts that hold its stamps."""
        return f"{STAMPS}{self.code}"

    def as_json(self) -> dict[str, Any]:
        return _stated(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Self:
        goods = {name: tuple(words) for name, words in stated.get("goods", {}).items()}
        return cls(**{**stated, "goods": Goods(**goods), "per": Per(stated["per"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When a rule holds; what is not stated does not matter. Days and minutes are those of the shop's time zone."""

    goods: Goods = field(default_factory=Goods)
    # In minor units, of what remains after excluded goods.
    min_total: int = 0
    # 0 is Monday.
    weekdays: tuple[int, ...] = ()
    # Minutes since midnight; the last one does not belong to it, and it may lie on the next day.
    from_minute: int | None = None
    until_minute: int | None = None
    # Both days belong to it.
    from_on: date | None = None
    until_on: date | None = None
    stores: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()
    # The customer's n-th purchase, or every n-th.
    visit: int | None = None
    every: bool = False
    # The purchase with which everything that a customer has bought reaches this much, in minor units.
    spend_reaches: int | None = None
    # So many days before or after the birthday.
    birthday_within: int | None = None

    def hold_at(self, at: datetime) -> bool:
        """`at` in the shop's time zone. An evening that ends after midnight belongs to the day on which it began."""
        begins = 0 if self.from_minute is None else self.from_minute
        ends = MINUTES if self.until_minute is None else self.until_minute
        minute, begun_on = at.hour * 60 + at.minute, at.date()
        if ends <= begins and minute < ends:
            begun_on -= timedelta(days=1)
        elif not begins <= minute < (ends if ends > begins else MINUTES):
            return False
        return (
            (not self.weekdays or begun_on.weekday() in self.weekdays)
            and (self.from_on is None or begun_on >= self.from_on)
            and (self.until_on is None or begun_on <= self.until_on)
        )

    def hold_for_visit(self, number: int) -> bool:
        if self.visit is None:
            return True
        return number % self.visit == 0 if self.every else number == self.visit

    def as_json(self) -> dict[str, Any]:
        """Only what is stated."""
        return _stated(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()
        }
        if goods := values.get("goods"):
            values["goods"] = Goods(**{name: tuple(words) for name, words in goods.items()})
        for name in ("from_on", "until_on"):
            if name in values:
                values[name] = date.fromisoformat(values[name])
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many points a rule gives at the most: to one customer, and to all of them together (its budget)."""

    per_day: int | None = None
    per_month: int | None = None
    per_customer: int | None = None
    budget: int | None = None

    def __bool__(self) -> bool:
        return bool(self._stated)

    @property
    def least(self) -> int:
        """What a rule may give at once that has given nothing yet."""
        return min(self._stated)

    @property
    def _stated(self) -> list[int]:
        limits = (self.per_day, self.per_month, self.per_customer, self.budget)
        return [limit for limit in limits if limit is not None]

    def as_json(self) -> dict[str, int]:
        return _stated(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to earn points. `code` names it through all versions, `name` is what customers read."""

    code: str
    kind: Kind
    name: str = ""
    occasion: Occasion = Occasion.PURCHASE
    points: int = 0
    per_minor: int = 100
    factor_percent: int = 100
    conditions: Conditions = field(default_factory=Conditions)
    limits: Limits = field(default_factory=Limits)

    def as_json(self) -> dict[str, Any]:
        return _stated(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **stated,
                "kind": Kind(stated["kind"]),
                "occasion": Occasion(stated.get("occasion", Occasion.PURCHASE)),
                "conditions": Conditions.from_json(stated.get("conditions", {})),
                "limits": Limits(**stated.get("limits", {})),
            }
        )


def same_word(text: str) -> str:
    """Tills and merchants write categories as they like: “Heißgetränke ” is “heissgetränke”."""
    return text.strip().casefold()


def _stated(part: Any) -> dict[str, Any]:
    stated = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if value or (value == 0 and value is not False and isinstance(value, int) and each.default is None):
            stated[each.name] = _plain(value)
    return stated


def _plain(value: Any) -> Any:
    match value:
        case Goods() | Conditions() | Limits():
            return _stated(value)
        case tuple():
            return list(value)
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
    return value
