"""The rules of a whole shop once more in plain Python: no database, no cleverness, nothing shared with the product."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.machine.promises import (
    BEGINNING,
    UTC,
    Facts,
    Line,
    Promise,
    end_of_month,
    end_of_year,
    midnight_after,
    stamps,
    total_of,
    worth,
)
from tests.machine.purses import Award, Purse, Redemption
from tests.machine.tiers import Holder, Kept, Purchase, midnights, reached, standing, window_begins


@dataclass(eq=False)
class Person:
    holder: Holder
    points: Purse = field(default_factory=Purse)
    stamps: Purse = field(default_factory=Purse)
    visits: int = 0
    boosted: int = 0


class Oracle:
    """A shop whose clock only goes forward."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self.zone = zone
        self.promises = [BEGINNING]
        self.in_force = BEGINNING
        self.people: list[Person] = []

    def somebody_new(self) -> Person:
        person = Person(Holder(self.zone))
        self.people.append(person)
        return person

    # --- Time and promises ---

    def promise_at(self, moment: datetime) -> Promise:
        """The newest of those that have begun, whenever it was made."""
        return [promise for promise in self.promises if promise.starts_at <= moment][-1]

    def promised(self, promise: Promise) -> None:
        self.promises.append(promise)
        self._begin_promises(self.now)

    def begins_later(self, until: datetime) -> list[datetime]:
        """When another promise comes into force."""
        starts = sorted({promise.starts_at for promise in self.promises if self.now < promise.starts_at <= until})
        return [start for start in starts if self.promise_at(start).starts_at == start]

    def go_to(self, moment: datetime) -> None:
        for at in sorted({*midnights(self.now, moment, self.zone), *self.begins_later(moment), moment}):
            self.now = at.astimezone(UTC)
            for person in self.people:
                person.points.go_to(at)
                person.stamps.go_to(at)
            window = self.in_force.window
            self._begin_promises(at)
            # A window that has just begun has no day behind it.
            if at == midnight_after(at, self.zone, days=-1) and window == self.in_force.window:
                for person in self.people:
                    person.holder.day_begins(self.in_force, at)

    def _begin_promises(self, at: datetime) -> None:
        old, new = self.in_force, self.promise_at(at)
        if new is old:
            return
        self.in_force = new
        for person in self.people:
            if old.window != new.window:
                person.holder.window_changes(old, new, at)
            if old.expiry_months is None and new.expiry_months is not None:
                person.points.date_what_never_ends(end_of_year(new.starts_at, new.expiry_months, self.zone))

    def counts_since(self) -> datetime | None:
        return window_begins(self.in_force, self.now, self.zone)

    # --- Purchases ---

    def bought(self, total: int, lines: tuple[Line, ...], at: datetime) -> Purchase:
        return Purchase(at=at, promise=self.promise_at(at), paid=total, left=total, bought=lines, lines=lines)

    def buy(self, person: Person, purchase: Purchase) -> None:
        """By the promise of its day, for the tier held now, or what that promise gives for what is counted now."""
        promise = purchase.promise
        counted = reached(promise, person.holder.counted(promise, self.counts_since()))
        held = max(person.holder.held(self.in_force, self.now), counted)
        self._award(person, purchase, standing(promise, held))

    def claim(self, person: Person, purchase: Purchase) -> None:
        """The same for the tier that was held then."""
        held = person.holder.held_on(purchase.at, self.in_force, self.now)
        self._award(person, purchase, standing(purchase.promise, held))

    def _award(self, person: Person, purchase: Purchase, tier: int) -> None:
        promise = purchase.promise
        facts = Facts(promise, tier, person.visits + 1, promise.factor_limit - person.boosted)
        points, purchase.boost = worth(purchase.left, purchase.lines, facts)
        purchase.points, purchase.facts = points, facts
        purchase.stamps = stamps(purchase.left, purchase.lines, promise)
        opens = purchase.at + timedelta(days=promise.pending_days)
        closes = end_of_year(purchase.at, promise.expiry_months, self.zone)
        purchase.award = person.points.credit(points, opens=opens, closes=closes, now=self.now)
        if purchase.stamps:
            purchase.stamped = self.stamp(person, purchase.stamps, promise, purchase.at)
        person.holder.bought.append(purchase)
        person.visits += 1
        person.boosted += purchase.boost
        person.holder.write_down(self.in_force, self.now)

    def bring_back(
        self, person: Person | None, purchase: Purchase, *, total: int = 0, line: int = 0, pieces: int = 0
    ) -> None:
        """Goods come back: what is kept is bought again on the purchase's day, and the difference goes."""
        was_visit = purchase.visits
        if pieces:
            before = self._paid_for(purchase)
            gone = purchase.lines[line]
            lines = list(purchase.lines)
            lines[line] = replace(gone, pieces=gone.pieces - pieces)
            purchase.lines = tuple(lines)
            total = min(before - self._paid_for(purchase), purchase.left)
        purchase.left -= total
        if person is None or purchase.facts is None:
            return
        points, boost = worth(purchase.left, purchase.lines, purchase.facts)
        kept = stamps(purchase.left, purchase.lines, purchase.promise)
        self._reduce(person, purchase, min(points, purchase.points), boost, kept)
        person.visits -= was_visit - purchase.visits
        person.holder.write_down(self.in_force, self.now)

    def void(self, person: Person, purchase: Purchase) -> None:
        person.holder.bought.remove(purchase)
        self._reduce(person, purchase, 0, 0, 0)
        person.visits -= purchase.visits
        person.holder.write_down(self.in_force, self.now)

    def _reduce(self, person: Person, purchase: Purchase, points: int, boost: int, kept_stamps: int) -> None:
        if purchase.award is not None:
            person.points.take_back(purchase.award, purchase.points - points)
        if purchase.stamped is not None:
            person.stamps.take_back(purchase.stamped, purchase.stamps - kept_stamps)
        person.boosted -= purchase.boost - boost
        purchase.points, purchase.boost, purchase.stamps = points, boost, kept_stamps

    def _paid_for(self, purchase: Purchase) -> int:
        """What was paid for the lines that are left: a discount on the receipt is spread over them."""
        receipt = total_of(purchase.bought)
        share = Fraction(purchase.paid, receipt) if receipt > purchase.paid else Fraction(1)
        return int(share * total_of(purchase.lines) + Fraction(1, 2))

    # --- Points and stamps without a purchase ---

    def present(self, person: Person, points: int, closes: datetime | None = None) -> None:
        closes = closes or end_of_year(self.now, self.in_force.expiry_months, self.zone)
        person.points.credit(points, opens=self.now, closes=closes, now=self.now)

    def stamp(self, person: Person, count: int, promise: Promise, at: datetime) -> Award:
        assert promise.card
        closes = end_of_month(at, promise.card.months, self.zone)
        return person.stamps.credit(count, opens=at, closes=closes, now=self.now)

    def cancel(self, purse: Purse, redemption: Redemption) -> None:
        """What comes back lasts for a month at least."""
        purse.cancel(redemption, least=midnight_after(self.now + timedelta(days=30), self.zone))

    # --- Tiers and people ---

    def may_be_given(self, person: Person, rank: int) -> bool:
        promise = self.in_force
        holder = Holder(self.zone, person.holder.bought, person.holder.start, person.holder.kept)
        return bool(rank) and promise.thresholds[rank] is not None and holder.held(promise, self.now) <= rank

    def give(self, person: Person, rank: int, until: datetime) -> None:
        person.holder.given = Kept(rank, until)
        person.holder.write_down(self.in_force, self.now)

    def take_given(self, person: Person) -> None:
        person.holder.given = None
        person.holder.write_down(self.in_force, self.now)

    def write_down_tiers(self) -> None:
        for person in self.people:
            person.holder.write_down(self.in_force, self.now)

    def join(self, gone: Person, stays: Person) -> None:
        self.people.remove(gone)
        stays.points.take_over(gone.points)
        stays.stamps.take_over(gone.stamps)
        stays.holder.take_over(gone.holder, self.now)
        stays.visits += gone.visits
        stays.boosted += gone.boosted
        stays.holder.write_down(self.in_force, self.now)
