"""A real purchase log: every figure of a period is what the definitions say, counted from the file in plain Python."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from analytics.gathering import Overview, overview
from analytics.kpis import Base, Period, Repeats
from analytics.loyalty import loyalty
from analytics.models import FiguresState
from analytics.models.figures import SPANS
from analytics.rollups.nightly import draw_figures
from customers.bulk import Person, enrol_all
from programs.bulk import PastPurchase, record_past_purchases
from tenants.calendar import midnight
from tenants.roles import SYSTEM
from tests.factories import NOW, make_customer, make_purchase, make_shop

FILE = Path(__file__).parent.parent / "data" / "cdnow_sample.csv"
FIRST, LAST = date(1997, 1, 1), date(1998, 6, 30)
WINDOW = 90
DAY = timedelta(days=1)
# Days of an average month: 365.2425 / 12.
MONTH = Fraction(3_652_425, 120_000)
PERIODS = [
    Period(FIRST, LAST),
    Period(date(1997, 4, 1), date(1997, 6, 30)),
    Period(date(1997, 12, 1), date(1997, 12, 31)),
    Period(date(1998, 2, 22), date(1998, 2, 28)),
    Period(LAST, LAST),
    *(Period.ending(last, days=days) for days in (30, 90, 365) for last in (date(1997, 9, 30), LAST)),
]


@cache
def log() -> dict[str, list[tuple[date, int]]]:
    """By customer, each purchase's day and cents."""
    bought = defaultdict(list)
    with FILE.open() as file:
        for row in csv.DictReader(file):
            cents = int(row["total"].replace(".", ""))
            bought[row["customer"]].append((date.fromisoformat(row["purchased_on"]), cents))
    return bought


def between(first: date, last: date) -> dict[str, list[int]]:
    """What each customer has paid on these days; only those who bought."""
    paid = {who: [cents for day, cents in bought if first <= day <= last] for who, bought in log().items()}
    return {who: each for who, each in paid.items() if each}


def active(day: date) -> dict[str, list[int]]:
    return between(day - (WINDOW - 1) * DAY, day)


def rounded(value: Fraction, *, places: int = 1) -> Decimal:
    """Rounded half away from zero, without any help from decimal arithmetic."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def bring_in(zone: ZoneInfo) -> None:
    """As the import does; everybody enrolled on the day before the first purchase."""
    began = midnight(FIRST, zone=zone) - DAY
    people = enrol_all([Person(external_id=who) for who in log()], source="import", now=began).customers
    purchases = [
        PastPurchase(
            customer=people[who],
            total=cents,
            # Some come in the first hour of the day, some in the last.
            purchased_at=midnight(day, zone=zone) + timedelta(hours=int(who) % 24),
            import_key=f"{who}-{number}".encode().ljust(16),
        )
        for who, bought in log().items()
        for number, (day, cents) in enumerate(bought)
    ]
    assert record_past_purchases(purchases, actor=SYSTEM, now=NOW).purchases == 6_919


def test_every_figure_is_what_its_definition_says(db: None) -> None:
    shop, other = make_shop("cdnow", currency="USD", time_zone="America/New_York"), make_shop()
    with shop.scope():
        FiguresState.objects.create(window_days=WINDOW)
        bring_in(shop.tenant.zone)
    with other.scope():
        make_purchase(customer=make_customer(now=NOW), now=NOW)
    draw_figures(shop.tenant, today=LAST + DAY)
    with shop.scope():
        for period in PERIODS:
            found = overview(period)
            assert_base(found)
            assert_repeats(found)
            assert_sales(found)
            assert_value(found)
            assert_shown(found)


def assert_base(found: Overview) -> None:
    start, end = (set(active(day)) for day in (found.period.day_before, found.period.last))
    known = set(between(FIRST, found.period.day_before))
    new, returned = end - known, (end & known) - start
    base = found.base
    assert base == Base(start=len(start), end=len(end), kept=len(start & end), new=len(new))
    assert base.returned == len(returned)
    rates = (base.retention, base.churn, base.growth)
    if not start:
        assert [rate.percent for rate in rates] == [None] * 3
        return
    kept = Fraction(len(end) - len(new | returned), len(start))
    expected = [kept, 1 - kept, Fraction(len(end) - len(start), len(start))]
    assert [Fraction(rate.part, rate.whole) for rate in rates] == expected
    assert [rate.percent for rate in rates] == [rounded(100 * share) for share in expected]
    assert (found.members.part, found.members.whole) == (len(end), len(log()))


def assert_repeats(found: Overview) -> None:
    ever, lately = between(FIRST, found.period.last), active(found.period.last)
    again, lately_again = (sum(len(paid) > 1 for paid in each.values()) for each in (ever, lately))
    assert found.repeats == Repeats(bought=len(ever), bought_again=again, active=len(lately), active_again=lately_again)
    assert found.repeats.ever.percent == rounded(Fraction(100 * again, len(ever)))
    assert found.repeats.lately.percent == rounded(Fraction(100 * lately_again, len(lately)))


def assert_sales(found: Overview) -> None:
    paid = [cents for each in between(found.period.first, found.period.last).values() for cents in each]
    sales, average = found.sales, rounded(Fraction(sum(paid), len(paid)), places=0)
    assert (sales.purchases, sales.total) == (sales.card_purchases, sales.card_total) == (len(paid), sum(paid))
    assert (sales.average, sales.card_average, sales.other_average) == (average, average, None)
    assert (sales.sign_up, sales.reward_cost_per(10_000)) == (None, Decimal(0))
    lately = active(found.period.last)
    bought = sum(len(each) for each in lately.values())
    assert found.frequency == rounded(bought * MONTH / (len(lately) * lately_days(found.period.last)))


def lately_days(last: date) -> int:
    """Those of the window that there were, and a month at least."""
    return min(WINDOW, max((last - FIRST).days + 1, 30))


def assert_value(found: Overview) -> None:
    """Revenue per active customer and month, times the months until one of them leaves."""
    lately = active(found.period.last)
    start = set(active(found.period.last - 30 * DAY))
    left = start - set(lately)
    if not left:
        assert found.customer_value is None
        return
    revenue = sum(sum(paid) for paid in lately.values()) * MONTH / (len(lately) * lately_days(found.period.last))
    monthly_churn = Fraction(len(left), len(start)) * MONTH / 30
    assert found.customer_value == rounded(revenue / monthly_churn, places=0)


def assert_shown(found: Overview) -> None:
    """The page on how customers stay reads many periods at once, and says the same."""
    if found.period.days in SPANS:
        (page,) = loyalty([found.period], window_days=WINDOW)
        assert (page.base, page.last_month, page.repeats) == (found.base, found.monthly, found.repeats)
        assert (page.sales, page.lately) == (found.sales, found.lately)
