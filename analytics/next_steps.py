"""What is worth doing today: one look at the figures for each kind of step, the most pressing first.

Another kind is another function in `LOOKS`; what it is called and where it leads says the back office.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Final

from django.db.models import Count, Sum

from analytics.groups import Group
from analytics.kpis import MONTH, Period
from analytics.models import CustomerScore, DayFigures, StatedCost
from analytics.queries import in_group
from customers.queries import known_customers
from ledger.liability import point_value
from ledger.queries import expiring_lots, open_points
from messaging.queries import reachable_by_mail
from programs.models import CustomerStat
from rewards.queries import offered_rewards
from tenants.calendar import day_of
from tenants.scope import current_tenant

# Of points that expire within so many days somebody should be told.
EXPIRING_DAYS: Final = 30
# A day of the week is judged by so many weeks and purchases, and only where it is open in most of them.
WEEKS: Final = 12
OPEN_WEEKS: Final = 9
ENOUGH_PURCHASES: Final = 300
# How far below the others it must lie to be called quiet, in percent, and in standard deviations of a count.
QUIET_PERCENT: Final = 15
BEYOND_CHANCE: Final = 3


class Kind(StrEnum):
    AT_RISK = "at_risk"
    EXPIRING = "expiring"
    UNCOSTED = "uncosted"
    UNSTATED = "unstated"
    UNVALUED = "unvalued"
    QUIET_DAY = "quiet_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """`count` is of what the kind is about; `amount` is what is at stake, in minor units, where that can be said."""

    kind: Kind
    count: int = 0
    reachable: int = 0
    amount: int | None = None
    points: int = 0
    # Monday is 0.
    weekday: int = 0
    name: str = ""


Look = Callable[[datetime], NextStep | None]


def at_risk(now: datetime) -> NextStep | None:
    """Who had a rhythm and has been away for more than twice as long, and what they used to bring a month."""
    people = in_group(known_customers(), Group.AT_RISK)
    count = people.count()
    if not count:
        return None
    stats = CustomerStat.objects.filter(
        customer__in=CustomerScore.objects.filter(group=Group.AT_RISK).values("customer_id")
    )
    amount = sum(_a_month(*row) for row in stats.values_list("total", "first_on", "last_on"))
    return NextStep(kind=Kind.AT_RISK, count=count, reachable=reachable_by_mail(people).count(), amount=amount)


def expiring(now: datetime) -> NextStep | None:
    """Whose points expire soon; worth what the shop values points at."""
    lots = expiring_lots(now=now, days=EXPIRING_DAYS)
    sums = lots.aggregate(points=Sum("remaining", default=0), customers=Count("account__customer_id", distinct=True))
    if not sums["customers"]:
        return None
    value = point_value(at=now)
    amount = None if value is None else sums["points"] * value // 100
    return NextStep(kind=Kind.EXPIRING, count=sums["customers"], points=sums["points"], amount=amount)


def uncosted(now: datetime) -> NextStep | None:
    """Rewards of which nobody has said what they cost: without it the cost of the programme cannot be known."""
    names = list(offered_rewards().filter(cost=None).values_list("name", flat=True))
    return NextStep(kind=Kind.UNCOSTED, count=len(names), name=names[0]) if names else None


def unstated(now: datetime) -> NextStep | None:
    """Rewards are handed out, and nobody has said what runs anyway and what is left of sales."""
    if StatedCost.objects.exists() or not DayFigures.objects.filter(redemptions__gt=0).exists():
        return None
    return NextStep(kind=Kind.UNSTATED)


def unvalued(now: datetime) -> NextStep | None:
    """Points are open and nobody has said what they are worth."""
    if point_value(at=now) is not None:
        return None
    points, customers = open_points()
    return NextStep(kind=Kind.UNVALUED, count=customers, points=points) if points else None


def quiet_day(now: datetime) -> NextStep | None:
    """The day of the week with the fewest purchases, where that is no chance; money as it brings less than others."""
    today = day_of(now, zone=current_tenant().zone)
    weeks = Period.ending(today - timedelta(days=1), days=7 * WEEKS)
    rows = DayFigures.objects.filter(day__range=(weeks.first, weeks.last), purchases__gt=0)
    sums = rows.values("day__iso_week_day").order_by("day__iso_week_day")
    counted = sums.annotate(days=Count("day", distinct=True), bought=Sum("purchases"), money=Sum("total"))
    return quietest([Weekday(*row) for row in counted.values_list("day__iso_week_day", "days", "bought", "money")])


LOOKS: Final[dict[Kind, Look]] = {
    Kind.AT_RISK: at_risk,
    Kind.EXPIRING: expiring,
    Kind.UNCOSTED: uncosted,
    Kind.UNSTATED: unstated,
    Kind.UNVALUED: unvalued,
    Kind.QUIET_DAY: quiet_day,
}


def next_steps(*, now: datetime, most: int, among: Collection[Kind] = tuple(Kind)) -> list[NextStep]:
    """Not more than `most`; what lies behind the last of them is not looked at."""
    return list(islice(_found(now, among), most))


def _found(now: datetime, among: Collection[Kind]) -> Iterator[NextStep]:
    for kind, look in LOOKS.items():
        step = look(now) if kind in among else None
        if step is not None:
            yield step


def _a_month(total: int, first_on: date, last_on: date) -> int:
    """Of the time between first and last purchase, and never of less than a month."""
    days, parts = MONTH.numerator, MONTH.denominator
    return total * days // max(days, parts * ((last_on - first_on).days + 1))


@dataclass(frozen=True, slots=True)
class Weekday:
    """On how many days of its kind was anything sold, how much altogether; `number` is 1 on Mondays."""

    number: int
    days: int
    purchases: int
    total: int


def quietest(weekdays: list[Weekday]) -> NextStep | None:
    """Pure. None where too little is sold to tell, or where no day lies clearly below the others."""
    often_open = [day for day in weekdays if day.days >= OPEN_WEEKS]
    if len(often_open) < 3 or sum(day.purchases for day in often_open) < ENOUGH_PURCHASES:
        return None
    least = min(often_open, key=lambda day: Fraction(day.purchases, day.days))
    others = [day for day in often_open if day is not least]
    days = sum(day.days for day in others)
    usual = Fraction(sum(day.purchases for day in others), days)
    expected = usual * least.days
    missing = expected - least.purchases
    if missing * 100 < QUIET_PERCENT * expected or missing * missing < BEYOND_CHANCE**2 * expected:
        return None
    less = Fraction(sum(day.total for day in others), days) - Fraction(least.total, least.days)
    return NextStep(kind=Kind.QUIET_DAY, weekday=least.number - 1, amount=max(int(less), 0))
