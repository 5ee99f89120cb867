"""Who holds which tier, by going through a life day by day. Tiers are numbered from 0, the lowest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.machine.promises import Facts, Line, Promise
from tests.machine.purses import Award


@dataclass(eq=False)
class Purchase:
    """What somebody, or nobody yet, has bought; `left`, `lines`, `points` and `boost` are of what was kept."""

    at: datetime
    promise: Promise
    paid: int
    left: int
    bought: tuple[Line, ...]
    lines: tuple[Line, ...]
    facts: Facts | None = None
    points: int = 0
    boost: int = 0
    award: Award | None = None
    stamped: Award | None = None
    stamps: int = 0

    @property
    def visits(self) -> int:
        return 0 if self.paid and not self.left else 1


@dataclass(frozen=True)
class Kept:
    """A tier that is held whatever is counted, before a moment."""

    rank: int
    until: datetime

    def runs(self, at: datetime) -> bool:
        return at < self.until


def standing(promise: Promise, rank: int) -> int:
    """The highest tier that there is, up to this one."""
    return max(known for known, threshold in enumerate(promise.thresholds[: rank + 1]) if threshold is not None)


def reached(promise: Promise, counted: int) -> int:
    return max(
        rank for rank, threshold in enumerate(promise.thresholds) if threshold is not None and threshold <= counted
    )


def below(promise: Promise, rank: int) -> int:
    return standing(promise, max(standing(promise, rank) - 1, 0))


def window_begins(promise: Promise, at: datetime, zone: ZoneInfo) -> datetime | None:
    day = at.astimezone(zone).date()
    if promise.window == "lifetime":
        return None
    if promise.window == "year":
        return datetime(day.year, 1, 1, tzinfo=zone)
    leap_day = (day.month, day.day) == (2, 29)
    return datetime(day.year - 1, day.month, 28 if leap_day else day.day, tzinfo=zone)


def in_a_year(at: datetime, zone: ZoneInfo) -> datetime:
    day = at.astimezone(zone).date()
    if (day.month, day.day) == (2, 29):
        return datetime(day.year + 1, 3, 1, tzinfo=zone)
    return datetime(day.year + 1, day.month, day.day, tzinfo=zone)


@dataclass(eq=False)
class Holder:
    """What one person has bought, and what of it was promised to last."""

    zone: ZoneInfo
    bought: list[Purchase] = field(default_factory=list)
    # What the year began with, what is kept for a while, what was given by hand.
    start: int = 0
    kept: Kept | None = None
    given: Kept | None = None
    # What has been written down so far, and when.
    written: list[tuple[datetime, int]] = field(default_factory=list)

    def sums(self, since: datetime | None) -> tuple[int, int, int]:
        """Points, cents and visits of what is kept of everything since then."""
        counting = [purchase for purchase in self.bought if since is None or purchase.at >= since]
        points = sum(purchase.points for purchase in counting)
        spend = sum(purchase.left for purchase in counting)
        return points, spend, sum(purchase.visits for purchase in counting)

    def counted(self, promise: Promise, since: datetime | None) -> int:
        return dict(zip(("points", "spend", "visits"), self.sums(since), strict=True))[promise.basis]

    def earned(self, promise: Promise, at: datetime, since: datetime | None) -> int:
        kept = self.kept.rank if self.kept and self.kept.runs(at) else 0
        return standing(promise, max(reached(promise, self.counted(promise, since)), self.start, kept))

    def held(self, promise: Promise, at: datetime) -> int:
        given = self.given.rank if self.given and self.given.runs(at) else 0
        earned = self.earned(promise, at, window_begins(promise, at, self.zone))
        return standing(promise, max(earned, given))

    def held_on(self, moment: datetime, promise: Promise, at: datetime) -> int:
        """At an earlier moment, as far as it was written down."""
        if not self.written:
            return self.held(promise, at)
        return next((rank for then, rank in reversed(self.written) if then <= moment), 0)

    def write_down(self, promise: Promise, at: datetime) -> None:
        rank = self.held(promise, at)
        if rank != (self.written[-1][1] if self.written else 0):
            self.written.append((at, rank))

    # --- What time and merchants do ---

    def day_begins(self, promise: Promise, midnight: datetime) -> None:
        yesterday = window_begins(promise, midnight - timedelta(hours=1), self.zone)
        if promise.window == "year" and window_begins(promise, midnight, self.zone) == midnight:
            self._year_begins(promise, midnight, yesterday)
        if promise.window == "rolling":
            self._end_kept(promise, midnight, yesterday)
            self._leave_window(promise, midnight, yesterday)
        if self.kept and not self.kept.runs(midnight):
            self.kept = None

    def _year_begins(self, promise: Promise, midnight: datetime, last_year: datetime | None) -> None:
        earned = self.earned(promise, midnight, last_year)
        start = reached(promise, self.counted(promise, last_year))
        if promise.one_step_down:
            start = max(start, below(promise, earned))
        if earned > start and promise.grace_days:
            self.kept = Kept(earned, self._in_days(midnight, promise.grace_days))
        self.start = start

    def _end_kept(self, promise: Promise, midnight: datetime, since: datetime | None) -> None:
        if self.kept and not self.kept.runs(midnight):
            rank, self.kept = self.kept.rank, None
            self._land(promise, rank, midnight, since)

    def _leave_window(self, promise: Promise, midnight: datetime, yesterday: datetime | None) -> None:
        today = window_begins(promise, midnight, self.zone)
        before = self.earned(promise, midnight, yesterday)
        if self.earned(promise, midnight, today) == before:
            return
        if promise.grace_days:
            self.kept = Kept(before, self._in_days(midnight, promise.grace_days))
        else:
            self._land(promise, before, midnight, today)

    def _land(self, promise: Promise, rank: int, midnight: datetime, since: datetime | None) -> None:
        landing = below(promise, rank)
        if promise.one_step_down and landing > self.earned(promise, midnight, since):
            self.kept = Kept(landing, in_a_year(midnight, self.zone))

    def _in_days(self, midnight: datetime, days: int) -> datetime:
        day = midnight.astimezone(self.zone).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    def window_changes(self, old: Promise, new: Promise, at: datetime) -> None:
        """What was held without a hand's gift stays for the running period."""
        held = self.earned(old, at, window_begins(old, at - timedelta(seconds=1), self.zone))
        self.start, self.kept = 0, None
        if new.window == "year":
            self.start = held
        elif new.window == "rolling":
            since = window_begins(new, at, self.zone)
            if held > reached(new, self.counted(new, since)):
                self.kept = Kept(held, in_a_year(at, self.zone))

    def take_over(self, gone: "Holder", at: datetime) -> None:
        self.bought += gone.bought
        self.start = max(self.start, gone.start)
        self.kept = better(self.kept, gone.kept, at)
        self.given = better(self.given, gone.given, at)


def better(one: Kept | None, other: Kept | None, at: datetime) -> Kept | None:
    """The higher tier, or the same for longer."""
    running = [kept for kept in (one, other) if kept and kept.runs(at)]
    return max(running, key=lambda kept: (kept.rank, kept.until), default=None)


def midnights(after: datetime, until: datetime, zone: ZoneInfo) -> Iterable[datetime]:
    day: date = after.astimezone(zone).date()
    while True:
        day += timedelta(days=1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        if midnight > until:
            return
        yield midnight
