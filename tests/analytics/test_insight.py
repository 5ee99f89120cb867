"""What the page of a customer says about rhythm and value."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest

from analytics.groups import Group
from analytics.insight import Insight, insight
from analytics.models import CustomerScore, FiguresState
from backoffice.rhythm import line_of
from customers.models import Customer
from customers.scoring import object_to_scoring
from programs.services import void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db
DAY: Final = timedelta(days=1)
LAST: Final = 63


def weekly(*, weeks: int = 10) -> Customer:
    """Ten purchases of 10 euros, every seven days; the last one on day 63."""
    customer = make_customer()
    for week in range(weeks):
        make_purchase(customer=customer, total=1_000, now=NOW + 7 * week * DAY)
    return customer


def seen(customer: Customer, *, day: int) -> Insight:
    found = insight(Customer.objects.get(pk=customer.pk), today=NOW.date() + day * DAY)
    assert found is not None
    return found


def test_who_came_every_week_is_missed_after_two_and_given_up_after_the_window(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        FiguresState.objects.create(window_days=180)
        customer = weekly()
        missed = {pause: seen(customer, day=LAST + pause).is_missed for pause in (0, 14, 15, 179, 180)}
        assert missed == {0: False, 14: False, 15: True, 179: True, 180: False}
        found = seen(customer, day=LAST + 31)
        assert (found.gap_days, found.pause_days, found.average) == (7, 31, Decimal(1_000))
        assert (found.purchases_in_a_year, found.total_in_a_year, len(found.visits)) == (10, 10_000, 10)
    with other_shop.scope():
        assert insight(make_customer(), today=NOW.date()) is None


def test_a_year_ago_counts_no_more_and_what_was_voided_never_did(shop: Shop) -> None:
    with shop.scope():
        customer = weekly(weeks=3)
        void_purchase(purchase=make_purchase(customer=customer, now=NOW + 15 * DAY).purchase, actor=SYSTEM, now=NOW)
        assert seen(customer, day=365).total_in_a_year == 2_000
        assert len(seen(customer, day=365).visits) == 3


def test_estimates_of_the_last_night_are_not_shown_of_somebody_who_came_today(shop: Shop) -> None:
    with shop.scope():
        customer = weekly(weeks=4)
        scores = {"recency": 3, "frequency": 3, "money": 3, "gap_days": 7, "silent_percent": 20, "expected": 9_000}
        CustomerScore.objects.create(customer=customer, group=Group.REGULAR, **scores)
        assert (seen(customer, day=22).return_percent, seen(customer, day=21).return_percent) == (80, None)


def test_who_objects_is_not_evaluated(shop: Shop) -> None:
    with shop.scope():
        customer = weekly()
        object_to_scoring(customer=customer, objects=True, actor=SYSTEM, now=NOW)
        assert insight(Customer.objects.get(pk=customer.pk), today=NOW.date()) is None


def test_visits_stand_on_a_line_that_ends_today() -> None:
    visits = [NOW.date(), NOW.date() + 10 * DAY]
    line = line_of(visits, today=NOW.date() + 20 * DAY, gap_days=10, is_missed=True)
    assert (line.visits, line.gap_from, line.gap_width) == ([6, 163], 163, 157)
    today = line_of(visits[:1], today=NOW.date(), gap_days=None, is_missed=False)
    assert (today.visits, today.gap_from) == ([6], None)
