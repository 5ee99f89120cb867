"""Points, or stamps, as heaps of coins: nothing but lists, and time that takes from them."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from tests.machine.promises import NEVER

_numbers = count()


@dataclass(eq=False)
class Heap:
    """Points of one award: usable from `opens`, gone from `closes`."""

    opens: datetime
    closes: datetime
    left: int
    is_open: bool = False
    # Of two that close together the older one goes first.
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(eq=False)
class Award:
    """What a purchase, a present or a tap brought, and what has become of it."""

    points: int
    heaps: list[Heap] = field(default_factory=list)
    reversed: int = 0
    taken: int = 0
    expired: int = 0


@dataclass(eq=False)
class Redemption:
    """What somebody spent, from which points; `has_moved` with them to another purse."""

    points: int
    taken: list[tuple[Award, Heap, int]] = field(default_factory=list)
    has_moved: bool = False


@dataclass(eq=False)
class Purse:
    awards: list[Award] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)
    debt: int = 0

    def heaps(self) -> list[Heap]:
        return [heap for award in self.awards for heap in award.heaps]

    @property
    def balance(self) -> int:
        return sum(heap.left for heap in self.heaps() if heap.is_open) - self.debt

    @property
    def pending(self) -> int:
        return sum(heap.left for heap in self.heaps() if not heap.is_open)

    def go_to(self, moment: datetime) -> None:
        """Everything that falls due happens one after another, openings before closings of the same moment."""
        while due := self._next_due(moment):
            award, heap = due
            if not heap.is_open and heap.opens <= heap.closes:
                heap.is_open = True
                self.repay()
            else:
                award.expired += heap.left
                heap.left = 0

    def _next_due(self, moment: datetime) -> tuple[Award, Heap] | None:
        found: tuple[datetime, int, Award, Heap] | None = None
        for award in self.awards:
            for heap in award.heaps:
                if not heap.left:
                    continue
                opening = not heap.is_open and heap.opens <= heap.closes
                at = heap.opens if opening else heap.closes
                if at <= moment and (found is None or (at, 0 if opening else 1) < found[:2]):
                    found = (at, 0 if opening else 1, award, heap)
        return (found[2], found[3]) if found else None

    def credit(self, points: int, *, opens: datetime, closes: datetime, now: datetime) -> Award:
        award = Award(points)
        if points:
            award.heaps.append(Heap(opens, closes, points, is_open=opens <= now))
        self.awards.append(award)
        self.repay()
        # A purchase of long ago may bring what is gone already.
        self.go_to(now)
        return award

    def redeem(self, points: int) -> Redemption:
        redemption = Redemption(points)
        for award, heap in self._soonest():
            taken = min(heap.left, points)
            if taken:
                heap.left -= taken
                points -= taken
                redemption.taken.append((award, heap, taken))
        self.redemptions.append(redemption)
        return redemption

    def cancel(self, redemption: Redemption, *, least: datetime) -> None:
        """Debts are paid first; the rest lies where it lay, but until `least`."""
        self.redemptions.remove(redemption)
        paid = min(self.debt, redemption.points)
        self.debt -= paid
        for award, heap, taken in redemption.taken:
            from_this = min(paid, taken)
            paid -= from_this
            if heap.closes < least or redemption.has_moved:
                award.heaps.append(Heap(heap.opens, max(heap.closes, least), taken - from_this, is_open=True))
            else:
                heap.left += taken - from_this

    def spend(self, points: int) -> None:
        self.debt += points
        self.repay()

    def take_back(self, award: Award, points: int) -> None:
        """What has expired of an award was taken by time, once for all that is taken back of it."""
        award.reversed += points
        points = max(award.reversed - award.expired, award.taken) - award.taken
        award.taken += points
        for heap in sorted(award.heaps, key=lambda heap: heap.is_open):
            taken = min(heap.left, points)
            heap.left -= taken
            points -= taken
        self.spend(points)

    def date_what_never_ends(self, closes: datetime) -> None:
        for heap in self.heaps():
            if heap.left and heap.closes == NEVER:
                heap.closes = closes

    def take_over(self, gone: "Purse") -> None:
        for heap in sorted(gone.heaps(), key=lambda heap: heap.number):
            heap.number = next(_numbers)
        for redemption in gone.redemptions:
            redemption.has_moved = True
        self.awards += gone.awards
        self.redemptions += gone.redemptions
        self.debt += gone.debt
        self.repay()

    def repay(self) -> None:
        """Whatever is owed is taken from what is there, soonest to close first."""
        for _award, heap in self._soonest():
            paid = min(heap.left, self.debt)
            heap.left -= paid
            self.debt -= paid

    def _soonest(self) -> list[tuple[Award, Heap]]:
        there = [(award, heap) for award in self.awards for heap in award.heaps if heap.is_open]
        return sorted(there, key=lambda one: (one[1].closes, one[1].number))
