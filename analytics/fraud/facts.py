"""What the fraud watch looks at: a window of what was booked, asked and tried, in the shop's own time. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol, TypeVar

from analytics.fraud.findings import Pattern, Subject, SubjectKind
from analytics.fraud.normal import median, quantile


class Moment(Protocol):
    """Whatever happened at a time."""

    @property
    def at(self) -> datetime: ...


Happened = TypeVar("Happened", bound=Moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """A purchase that brought points. `staff` is the reference of whoever booked it, never a name."""

    id: int
    customer: int
    at: datetime
    total: int
    points: int
    store: int | None = None
    device: int | None = None
    staff: str = ""
    receipt: str = ""
    voided_at: datetime | None = None
    # The last time that something of it came back.
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Points that somebody credited by hand; `id` is that of the event."""

    id: int
    customer: int
    at: datetime
    points: int
    staff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A reward that was handed out; `is_shown` where the customer's phone or a voucher's code was there."""

    id: int
    customer: int
    at: datetime
    points: int
    device: int | None = None
    staff: str = ""
    is_shown: bool = True
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A customer who was enrolled at a till."""

    customer: int
    at: datetime
    device: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """Something booked at a till without a purchase, such as stamps."""

    at: datetime
    device: int
    staff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUps:
    """So many searches for customers by one person at one till within an hour."""

    id: int
    at: datetime
    device: int
    staff: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCodes:
    """So many codes of vouchers that were none, from a till or by a key within a few minutes."""

    id: int
    at: datetime
    source: Subject
    count: int


class Sameness(StrEnum):
    """Why referrer and friend look like one person."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A friend whom a customer has brought. `least` is what the friend's first purchase has to reach."""

    id: int
    referrer: int
    friend: int
    at: datetime
    same: frozenset[Sameness] = frozenset()
    least: int = 0


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a store is open, in minutes since the beginning of the week; an interval may reach into the next one."""

    intervals: tuple[tuple[int, int], ...]

    def is_open(self, at: datetime, *, grace: int) -> bool:
        """Or was, or will be, within so many minutes."""
        minute = (at.weekday() * 24 + at.hour) * 60 + at.minute
        week = 7 * 24 * 60
        return any(
            begins - grace <= moment < ends + grace
            for begins, ends in self.intervals
            for moment in (minute - week, minute, minute + week)
        )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of one window. What was decided about a subject is settled: only what came later counts anew."""

    awards: Sequence[Award] = ()
    adjustments: Sequence[Adjustment] = ()
    redemptions: Sequence[Redemption] = ()
    enrolments: Sequence[Enrolment] = ()
    taps: Sequence[Tap] = ()
    look_ups: Sequence[LookUps] = ()
    wrong_codes: Sequence[WrongCodes] = ()
    referrals: Sequence[Referral] = ()
    # The team's own cards: who they are, by customer.
    own_cards: Mapping[int, Collection[str]] = field(default_factory=dict)
    # By store; one that has stated none is not looked at.
    hours: Mapping[int, OpeningHours] = field(default_factory=dict)
    # What a round sum is a multiple of, in minor units.
    round_to: int = 500
    settled: Mapping[tuple[Pattern, Subject], datetime] = field(default_factory=dict)

    def unsettled(self, pattern: Pattern, subject: Subject, happened: Iterable[Happened]) -> list[Happened]:
        """In the order of time."""
        since = self.settled.get((pattern, subject))
        fresh = (each for each in happened if since is None or each.at > since)
        return sorted(fresh, key=lambda each: each.at)

    @cached_property
    def standing(self) -> list[Award]:
        """Awards that were not voided."""
        return [award for award in self.awards if award.voided_at is None]

    @cached_property
    def by_card(self) -> dict[Subject, list[Award]]:
        """Standing awards of each customer."""
        cards: dict[Subject, list[Award]] = defaultdict(list)
        for award in self.standing:
            cards[card_of(award.customer)].append(award)
        return cards

    @cached_property
    def usual_total(self) -> float:
        """Half of this shop's purchases are smaller."""
        return median([award.total for award in self.standing])

    @cached_property
    def small_total(self) -> float:
        """A quarter of this shop's purchases are smaller."""
        return quantile([award.total for award in self.standing], 0.25)


def card_of(customer: int) -> Subject:
    return Subject(SubjectKind.CUSTOMER, customer)


def till_of(device: int) -> Subject:
    return Subject(SubjectKind.DEVICE, device)
