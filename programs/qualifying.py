"""How long what somebody bought counts for a tier, and how a tier goes down. Pure arithmetic: no database, no clock.

What counts is counted in a window: a lifetime, a calendar year or the last twelve months. A tier is held from the
moment at which the counter reaches it. When it no longer does, the tier is kept for the days of grace; then it goes
down to what is reached, or by one step and for another year, where the landing is soft. In a calendar year the tier
that the year before has reached holds from its start to its end, whatever is returned.

Tiers are ranks here: they outlast a tier that a later version no longer has.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from tenants.calendar import midnight

# Grace is over long before the next period ends.
MOST_GRACE_DAYS: Final = 180


class Basis(StrEnum):
    """What a tier is reached by: points earned, money spent in minor units, or purchases."""

    POINTS = "points"
    SPEND = "spend"
    VISITS = "visits"


class Window(StrEnum):
    LIFETIME = "lifetime"
    YEAR = "year"
    ROLLING = "rolling"


class Holder(Protocol):
    """What an account keeps for its tier. `kept` outlasts what the counters reach, `given` was given by hand."""

    qualifying_points: int
    qualifying_spend: int
    qualifying_visits: int
    qualifying_window: str
    # The first moment that counts; None where everything does.
    qualifying_since: datetime | None
    start_rank: int | None
    kept_rank: int | None
    kept_until: datetime | None
    given_rank: int | None
    given_until: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A purchase as it counts for a tier, at a moment in the shop's zone."""

    at: datetime
    points: int
    spend: int
    visits: int = 1


@dataclass(frozen=True, slots=True)
class TierRules:
    """What a version says about reaching and losing tiers; `steps` are (rank, threshold) from the lowest."""

    steps: tuple[tuple[int, int], ...]
    basis: Basis = Basis.POINTS
    window: Window = Window.LIFETIME
    grace_days: int = 0
    one_step_down: bool = False

    @property
    def lowest(self) -> int:
        return self.steps[0][0]

    def reached(self, counter: int) -> int:
        """The highest rank whose threshold is reached."""
        return max((rank for rank, threshold in self.steps if threshold <= counter), default=self.lowest)

    def standing(self, rank: int) -> int:
        """The highest rank that there is, up to this one."""
        return max((known for known, _ in self.steps if known <= rank), default=self.lowest)

    def below(self, rank: int) -> int:
        """One step down, as far as there is one."""
        return max((known for known, _ in self.steps if known < self.standing(rank)), default=self.lowest)

    def counter(self, holder: Holder) -> int:
        match self.basis:
            case Basis.SPEND:
                return holder.qualifying_spend
            case Basis.VISITS:
                return holder.qualifying_visits
        return holder.qualifying_points


# --- Windows ---


def window_begins(window: Window, at: datetime, *, zone: ZoneInfo) -> datetime | None:
    """The first moment that counts at a moment. A day still counts on the same day of the next year."""
    day = at.astimezone(zone).date()
    match window:
        case Window.YEAR:
            return midnight(day.replace(month=1, day=1), zone=zone)
        case Window.ROLLING:
            return midnight(year_before(day), zone=zone)
    return None


def year_before(day: date) -> date:
    """29 February looks back at the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def year_after(day: date) -> date:
    """What lasts a year from 29 February lasts to the end of the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def last_counting_day(day: date) -> date:
    """In the last twelve months: until when a purchase of this day counts. The reverse of `year_before`."""
    try:
        last = day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
    tomorrow = last + timedelta(days=1)
    return tomorrow if year_before(tomorrow) == day else last


def counts(holder: Holder, purchased_at: datetime) -> bool:
    """Whether a purchase lies in the window that the counters count."""
    return holder.qualifying_since is None or purchased_at >= holder.qualifying_since


def count(holder: Holder, *, points: int, spend: int, visits: int) -> None:
    """Below zero where it is taken off."""
    holder.qualifying_points += points
    holder.qualifying_spend += spend
    holder.qualifying_visits += visits


# --- The tier that is held ---


def held_rank(holder: Holder, rules: TierRules, *, at: datetime) -> int:
    """What the customer holds at a moment to which the holder has been brought forward."""
    given = holder.given_rank if _runs(holder.given_until, at) else None
    return rules.standing(max(earned_rank(holder, rules, at=at), given or 0))


def earned_rank(holder: Holder, rules: TierRules, *, at: datetime) -> int:
    """The same without what was given by hand."""
    kept = holder.kept_rank if _runs(holder.kept_until, at) else None
    return rules.standing(max(rules.reached(rules.counter(holder)), holder.start_rank or 0, kept or 0))


def _runs(until: datetime | None, at: datetime) -> bool:
    return until is not None and at < until


# --- What time does ---


def bring_forward(
    holder: Holder, rules: TierRules, *, to: datetime, zone: ZoneInfo, leaving: Iterable[Counted] = ()
) -> None:
    """Everything that has ended or left the window by a moment; `leaving` has left it since it was brought forward."""
    begins = window_begins(rules.window, to, zone=zone)
    if rules.window == Window.YEAR:
        while holder.qualifying_since is not None and begins is not None and holder.qualifying_since < begins:
            year = holder.qualifying_since.astimezone(zone).year + 1
            _turn_year(holder, rules, turn=midnight(date(year, 1, 1), zone=zone), zone=zone)
    if rules.window == Window.ROLLING and holder.qualifying_since is not None and begins is not None:
        # Purchases of two days leave at once where the later one is a leap day.
        by_last_day = groupby(sorted(leaving, key=_when), key=lambda left: last_counting_day(_day(left, zone)))
        for last_day, purchases in by_last_day:
            gone = midnight(last_day + timedelta(days=1), zone=zone)
            _leave_window(holder, rules, list(purchases), at=gone, zone=zone)
        holder.qualifying_since = max(holder.qualifying_since, begins)
    end_kept(holder, rules, at=to, zone=zone)
    if not _runs(holder.given_until, to):
        holder.given_rank = holder.given_until = None


def end_kept(holder: Holder, rules: TierRules, *, at: datetime, zone: ZoneInfo) -> None:
    """A tier that was kept until now goes down. A soft landing in a calendar year has been in its start already."""
    while holder.kept_until is not None and not _runs(holder.kept_until, at):
        ended, rank = holder.kept_until, holder.kept_rank or 0
        holder.kept_rank = holder.kept_until = None
        if rules.window == Window.ROLLING:
            _land(holder, rules, rank, at=ended, zone=zone)


def change_window(
    holder: Holder, rules: TierRules, *, held: int, counted: Iterable[Counted], at: datetime, zone: ZoneInfo
) -> None:
    """Begin to count in another window; what was held stays for the running period, and nobody drops overnight."""
    holder.qualifying_points = holder.qualifying_spend = holder.qualifying_visits = 0
    holder.qualifying_window = rules.window.value
    holder.qualifying_since = window_begins(rules.window, at, zone=zone)
    holder.start_rank = holder.kept_rank = holder.kept_until = None
    for purchase in counted:
        if counts(holder, purchase.at):
            count(holder, points=purchase.points, spend=purchase.spend, visits=purchase.visits)
    if rules.window == Window.YEAR:
        holder.start_rank = held
    elif rules.window == Window.ROLLING and held > rules.reached(rules.counter(holder)):
        holder.kept_rank, holder.kept_until = held, _in_a_year(at, zone=zone)


def join(stays: Holder, gone: Holder) -> None:
    """Two who are one, both brought forward: what they bought counts together, and the better of two tiers stays."""
    count(stays, points=gone.qualifying_points, spend=gone.qualifying_spend, visits=gone.qualifying_visits)
    gone.qualifying_points = gone.qualifying_spend = gone.qualifying_visits = 0
    stays.start_rank = max(filter(None, (stays.start_rank, gone.start_rank)), default=None)
    if _is_better(gone.kept_rank, gone.kept_until, than=(stays.kept_rank, stays.kept_until)):
        stays.kept_rank, stays.kept_until = gone.kept_rank, gone.kept_until
    if _is_better(gone.given_rank, gone.given_until, than=(stays.given_rank, stays.given_until)):
        stays.given_rank, stays.given_until = gone.given_rank, gone.given_until


def _is_better(rank: int | None, until: datetime | None, *, than: tuple[int | None, datetime | None]) -> bool:
    """A higher tier, or the same for longer."""
    other_rank, other_until = than
    if rank is None or until is None or other_rank is None or other_until is None:
        return rank is not None
    return (rank, until) > (other_rank, other_until)


def _turn_year(holder: Holder, rules: TierRules, *, turn: datetime, zone: ZoneInfo) -> None:
    earned = earned_rank(holder, rules, at=turn)
    reached = rules.reached(rules.counter(holder))
    start = max(reached, rules.below(earned)) if rules.one_step_down else reached
    if not _runs(holder.kept_until, turn):
        holder.kept_rank = holder.kept_until = None
    if earned > start and rules.grace_days:
        holder.kept_rank, holder.kept_until = earned, _days_after(turn, rules.grace_days, zone=zone)
    holder.start_rank = start
    holder.qualifying_since = turn
    holder.qualifying_points = holder.qualifying_spend = holder.qualifying_visits = 0


def _leave_window(holder: Holder, rules: TierRules, purchases: list[Counted], *, at: datetime, zone: ZoneInfo) -> None:
    end_kept(holder, rules, at=at, zone=zone)
    before = earned_rank(holder, rules, at=at)
    for left in purchases:
        count(holder, points=-left.points, spend=-left.spend, visits=-left.visits)
    if earned_rank(holder, rules, at=at) == before:
        return
    if rules.grace_days:
        holder.kept_rank, holder.kept_until = before, _days_after(at, rules.grace_days, zone=zone)
    else:
        _land(holder, rules, before, at=at, zone=zone)


def _land(holder: Holder, rules: TierRules, rank: int, *, at: datetime, zone: ZoneInfo) -> None:
    """One step below at most, for a year, where the landing is soft."""
    landing = rules.below(rank)
    if rules.one_step_down and landing > earned_rank(holder, rules, at=at):
        holder.kept_rank, holder.kept_until = landing, _in_a_year(at, zone=zone)


def _when(purchase: Counted) -> datetime:
    return purchase.at


def _day(purchase: Counted, zone: ZoneInfo) -> date:
    return purchase.at.astimezone(zone).date()


def _days_after(moment: datetime, days: int, *, zone: ZoneInfo) -> datetime:
    return midnight(moment.astimezone(zone).date() + timedelta(days=days), zone=zone)


def _in_a_year(moment: datetime, *, zone: ZoneInfo) -> datetime:
    return midnight(year_after(moment.astimezone(zone).date()), zone=zone)
