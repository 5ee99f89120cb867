"""What is worth doing today follows from the shop's own figures, and nothing is said that chance could have made."""

from datetime import timedelta
from typing import Final

import pytest

from analytics.groups import Group
from analytics.models import CustomerScore, DayFigures
from analytics.next_steps import (
    EXPIRING_DAYS,
    WEEKS,
    Kind,
    NextStep,
    Weekday,
    at_risk,
    expiring,
    next_steps,
    quietest,
    uncosted,
    unstated,
    unvalued,
)
from analytics.stating import state_cost
from customers.models import Consent, Customer
from ledger.liability import state_point_value
from ledger.models import Lot
from programs.members import Wanted, members
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, give_points, make_customer, make_purchase, make_reward

pytestmark = pytest.mark.django_db
DAY: Final = timedelta(days=1)


def score(customer: Customer, group: Group) -> Customer:
    CustomerScore.objects.create(customer=customer, group=group, recency=2, frequency=3, money=3, gap_days=7)
    return customer


def may_be_written_to(customer: Customer) -> Customer:
    Consent.objects.create(
        customer=customer, channel="email", address=customer.email, requested_at=NOW, confirmed_at=NOW
    )
    return customer


def buyer(*, days: int, total: int = 1_000) -> Customer:
    """With a purchase at the beginning and one so many days later."""
    customer = make_customer(email=f"kunde{days}-{total}@example.org")
    Customer.objects.filter(pk=customer.pk).update(email_confirmed_at=NOW)
    customer.refresh_from_db()
    for day in {0, days}:
        make_purchase(customer=customer, total=total, now=NOW + day * DAY)
    return customer


def test_who_may_be_leaving_is_counted_with_what_they_used_to_bring_a_month(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        score(buyer(days=0), Group.AT_RISK)
    with shop.scope():
        assert at_risk(NOW) is None
        # 20 euros in 61 days, and 30 in less than a month.
        may_be_written_to(score(buyer(days=60), Group.AT_RISK))
        score(buyer(days=3, total=1_500), Group.AT_RISK)
        score(buyer(days=5), Group.REGULAR)
        step = at_risk(NOW)
    assert step == NextStep(kind=Kind.AT_RISK, count=2, reachable=1, amount=int(2_000 * 30.436875 / 61) + 3_000)


def test_points_that_expire_soon_are_worth_what_the_shop_says(shop: Shop, other_shop: Shop) -> None:
    later = NOW + (EXPIRING_DAYS + 10) * DAY
    for each, points in ((shop, 300), (other_shop, 700)):
        with each.scope():
            assert expiring(NOW) is None
            for number in range(2):
                give_points(make_customer(), points + number)
            Lot.objects.update(expires_at=NOW + 20 * DAY)
            give_points(make_customer(), 10_000)
            Lot.objects.filter(remaining__gt=9_000).update(expires_at=later)
    with shop.scope():
        assert expiring(NOW) == NextStep(kind=Kind.EXPIRING, count=2, points=601)
        state_point_value(per_hundred=150, actor=SYSTEM, now=NOW)
        step = expiring(NOW + DAY)
        assert step is not None
        assert step.amount == 901
        assert members(Wanted(expiring_days=EXPIRING_DAYS), now=NOW).count() == step.count


def test_what_is_missing_is_asked_for_until_it_is_there(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        make_reward(name="Anderswo", cost=None)
        DayFigures.objects.create(day=NOW.date(), redemptions=3)
    with shop.scope():
        assert (uncosted(NOW), unstated(NOW), unvalued(NOW)) == (None, None, None)
        DayFigures.objects.create(day=NOW.date(), redemptions=3)
        assert unstated(NOW) == NextStep(kind=Kind.UNSTATED)
        state_cost(margin_percent=60, running=4_900, since=NOW.date(), actor=SYSTEM, now=NOW)
        assert unstated(NOW) is None
        make_reward(name="Kuchen", cost=None)
        make_reward(name="Kaffee", cost=75)
        give_points(make_customer(), 300)
        assert uncosted(NOW) == NextStep(kind=Kind.UNCOSTED, count=1, name="Kuchen")
        assert unvalued(NOW) == NextStep(kind=Kind.UNVALUED, count=1, points=300)
        state_point_value(per_hundred=150, actor=SYSTEM, now=NOW)
        assert unvalued(NOW + DAY) is None


def test_steps_come_in_order_no_more_than_wanted_and_only_of_the_kinds_that_somebody_may_do(shop: Shop) -> None:
    with shop.scope():
        make_reward(cost=None)
        give_points(make_customer(), 300)
        score(buyer(days=3), Group.AT_RISK)

        def kinds(most: int, *among: Kind) -> list[Kind]:
            return [step.kind for step in next_steps(now=NOW, most=most, among=among)]

        assert kinds(4, *Kind) == [Kind.AT_RISK, Kind.UNCOSTED, Kind.UNVALUED]
        assert kinds(1, *Kind) == [Kind.AT_RISK]
        assert kinds(4, Kind.UNVALUED, Kind.EXPIRING) == [Kind.UNVALUED]


def week(*purchases: int, days: int = WEEKS) -> list[Weekday]:
    return [
        Weekday(number, days, count * days, count * days * 500)
        for number, count in enumerate(purchases, start=1)
        if count
    ]


def test_the_quietest_day_is_clearly_below_the_others_or_not_named() -> None:
    found = quietest(week(20, 12, 21, 20, 22, 25))
    # 21.6 on other days, at five euros each.
    assert found == NextStep(kind=Kind.QUIET_DAY, weekday=1, amount=4_800)
    assert quietest(week(20, 18, 21, 20, 22, 25)) is None, "a little less"
    assert quietest(week(3, 2, 3, 3, 3)) is None, "too few to tell"
    assert quietest(week(20, 12)) is None, "two days are no week"
    assert quietest([*week(20, 21, 20, 22), Weekday(5, 3, 6, 3_000)]) is None, "hardly ever open"


def test_weekdays_are_read_from_what_the_night_has_drawn(shop: Shop, other_shop: Shop) -> None:
    for each, quiet in ((shop, 2), (other_shop, 5)):
        with each.scope():
            days = [(NOW - number * DAY).date() for number in range(1, 7 * WEEKS + 1)]
            DayFigures.objects.bulk_create(
                DayFigures(day=day, purchases=8 if day.isoweekday() == quiet else 20, total=900) for day in days
            )
    with shop.scope():
        (step,) = next_steps(now=NOW, most=4)
    assert (step.kind, step.weekday) == (Kind.QUIET_DAY, 1)
