"""The rules of a whole shop once more in plain Python: no database, no cleverness, nothing shared with the product."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

NEVER = datetime(9999, 1, 1, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True)
class Promise:
    """A version as a merchant would say it. Percentages and thresholds from the lowest tier to the highest."""

    starts_at: datetime
    per_euro: int
    first_purchase: int
    factor_percent: int
    factor_limit: int
    best_factor_only: bool
    pending_days: int
    expiry_months: int | None
    thresholds: tuple[int, ...]
    tier_percent: tuple[int, ...]


# What a café begins with.
BEGINNING = Promise(
    starts_at=datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC")),
    per_euro=10,
    first_purchase=0,
    factor_percent=100,
    factor_limit=0,
    best_factor_only=True,
    pending_days=0,
    expiry_months=None,
    thresholds=(0, 5_000, 12_000),
    tier_percent=(100, 125, 150),
)


@dataclass(eq=False)
class Heap:
    """Points of one award: usable from `opens`, gone from `closes`."""

    opens: datetime
    closes: datetime
    left: int
    is_open: bool = False
    # Of two that close together the older one goes first.
    number: int = 0


@dataclass(eq=False)
class Redemption:
    """What somebody spent, from which points; `has_moved` with them to another account."""

    points: int
    taken: list[tuple["Award", Heap, int]]
    has_moved: bool = False


@dataclass(eq=False)
class Award:
    """What a purchase or a present brought, and what has become of it."""

    points: int
    heaps: list[Heap] = field(default_factory=list)
    reversed: int = 0
    taken: int = 0
    expired: int = 0
    boost: int = 0
    kept: int = 0
    left: int = 0
    facts: tuple[Promise, int, int, int] = (BEGINNING, 0, 1, 0)


@dataclass(eq=False)
class Person:
    awards: list[Award] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)
    debt: int = 0
    counted: int = 0
    visits: int = 0
    boosted: int = 0

    def heaps(self) -> list[Heap]:
        return [heap for award in self.awards for heap in award.heaps]

    @property
    def balance(self) -> int:
        return sum(heap.left for heap in self.heaps() if heap.is_open) - self.debt

    @property
    def pending(self) -> int:
        return sum(heap.left for heap in self.heaps() if not heap.is_open)


class Oracle:
    """A shop whose clock only goes forward."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self.zone = zone
        self.promises = [BEGINNING]
        self.people: list[Person] = []
        self.heaps = 0

    def promise_at(self, moment: datetime) -> Promise:
        return [promise for promise in self.promises if promise.starts_at <= moment][-1]

    def go_to(self, moment: datetime) -> None:
        """Everything that falls due happens one after another, openings before closings of the same moment."""
        for person in self.people:
            while due := self._next_due(person, moment):
                award, heap = due
                if not heap.is_open and heap.opens <= heap.closes:
                    heap.is_open = True
                    self.repay(person)
                else:
                    award.expired += heap.left
                    heap.left = 0
        self.now = moment

    def _next_due(self, person: Person, moment: datetime) -> tuple[Award, Heap] | None:
        found: tuple[datetime, int, Award, Heap] | None = None
        for award in person.awards:
            for heap in award.heaps:
                if not heap.left:
                    continue
                opening = not heap.is_open and heap.opens <= heap.closes
                at = heap.opens if opening else heap.closes
                if at <= moment and (found is None or (at, 0 if opening else 1) < found[:2]):
                    found = (at, 0 if opening else 1, award, heap)
        return (found[2], found[3]) if found else None

    def tier(self, person: Person, promise: Promise) -> int:
        return max(rank for rank, threshold in enumerate(promise.thresholds) if person.counted >= threshold or not rank)

    def buy(self, person: Person, total: int, bought_at: datetime) -> Award:
        promise = self.promise_at(bought_at)
        tier = max(self.tier(person, self.promise_at(self.now)), self.tier(person, promise))
        facts = (promise, tier, person.visits + 1, promise.factor_limit - person.boosted)
        points, boost = self.worth(total, *facts)
        award = Award(points, boost=boost, kept=points, left=total, facts=facts)
        opens = bought_at + timedelta(days=promise.pending_days)
        self.credit(person, award, opens, self.closing(bought_at, promise.expiry_months))
        person.counted += award.points
        person.visits += 1
        person.boosted += award.boost
        return award

    def worth(self, total: int, promise: Promise, tier: int, visit: int, room: int) -> tuple[int, int]:
        """Points of a purchase in cents, and how many of them are a limited factor's."""
        if not total:
            return 0, 0
        base = Fraction(total * promise.per_euro, 100)
        percent, boost = promise.tier_percent[tier], Fraction()
        has_boost = promise.factor_percent > 100
        only_boost = has_boost and promise.best_factor_only and promise.factor_percent > percent
        if not only_boost:
            base = base * percent / 100
        if only_boost or (has_boost and not promise.best_factor_only):
            boost = min(base * (promise.factor_percent - 100) / 100, Fraction(max(room, 0)))
        bonus = promise.first_purchase if visit == 1 else 0
        whole = int(base + boost)
        return whole + bonus, whole - int(base)

    def closing(self, moment: datetime, months: int | None) -> datetime:
        if months is None:
            return NEVER
        local = moment.astimezone(self.zone)
        year, month = local.year, local.month
        for _ in range(months):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year + 1, 1, 1, tzinfo=self.zone)

    def credit(self, person: Person, award: Award, opens: datetime, closes: datetime) -> None:
        if award.points:
            award.heaps.append(self.heap(opens, closes, award.points))
        person.awards.append(award)
        self.repay(person)
        # A purchase of long ago may bring what is gone already.
        self.go_to(self.now)

    def heap(self, opens: datetime, closes: datetime, points: int) -> Heap:
        self.heaps += 1
        return Heap(opens, closes, points, is_open=opens <= self.now, number=self.heaps)

    def redeem(self, person: Person, points: int) -> Redemption:
        redemption = Redemption(points, [])
        for award, heap in self.soonest(person):
            taken = min(heap.left, points)
            if taken:
                heap.left -= taken
                points -= taken
                redemption.taken.append((award, heap, taken))
        person.redemptions.append(redemption)
        return redemption

    def cancel(self, person: Person, redemption: Redemption) -> None:
        """Debts are paid first; the rest lies where it lay, but for a month at least."""
        person.redemptions.remove(redemption)
        paid = min(person.debt, redemption.points)
        person.debt -= paid
        day = (self.now + timedelta(days=30)).astimezone(self.zone).date() + timedelta(days=1)
        least = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        for award, heap, taken in redemption.taken:
            from_this = min(paid, taken)
            paid -= from_this
            if heap.closes < least or redemption.has_moved:
                award.heaps.append(self.heap(heap.opens, max(heap.closes, least), taken - from_this))
            else:
                heap.left += taken - from_this

    def spend(self, person: Person, points: int) -> None:
        person.debt += points
        self.repay(person)

    def take_back(self, person: Person, award: Award, points: int) -> None:
        """What has expired of an award was taken by time, once for all that is taken back of it."""
        award.reversed += points
        points = max(award.reversed - award.expired, award.taken) - award.taken
        award.taken += points
        for heap in sorted(award.heaps, key=lambda heap: heap.is_open):
            taken = min(heap.left, points)
            heap.left -= taken
            points -= taken
        self.spend(person, points)

    def bring_back(self, person: Person, award: Award, total: int) -> None:
        """Goods come back: what is kept is bought again on the purchase's day, and the difference goes."""
        award.left -= total
        points, boost = self.worth(award.left, *award.facts)
        kept = min(points, award.kept)
        self.take_back(person, award, award.kept - kept)
        person.counted -= award.kept - kept
        person.boosted -= award.boost - boost
        award.kept, award.boost = kept, boost
        if not award.left:
            person.visits -= 1

    def void(self, person: Person, award: Award) -> None:
        self.take_back(person, award, award.kept)
        person.counted -= award.kept
        person.visits -= 1
        person.boosted -= award.boost

    def join(self, gone: Person, stays: Person) -> None:
        self.people.remove(gone)
        for heap in sorted(gone.heaps(), key=lambda heap: heap.number):
            self.heaps += 1
            heap.number = self.heaps
        for redemption in gone.redemptions:
            redemption.has_moved = True
        stays.awards += gone.awards
        stays.redemptions += gone.redemptions
        stays.debt += gone.debt
        stays.counted += gone.counted
        stays.visits += gone.visits
        stays.boosted += gone.boosted
        self.repay(stays)

    def repay(self, person: Person) -> None:
        """Whatever is owed is taken from what is there, soonest to close first."""
        for _award, heap in self.soonest(person):
            paid = min(heap.left, person.debt)
            heap.left -= paid
            person.debt -= paid

    def soonest(self, person: Person) -> list[tuple[Award, Heap]]:
        there = [(award, heap) for award in person.awards for heap in award.heaps if heap.is_open]
        return sorted(there, key=lambda one: (one[1].closes, one[1].number))
