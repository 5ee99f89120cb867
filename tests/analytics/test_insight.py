"""What the page of a customer says about rhythm and value."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest
from django.utils import translation

from analytics.groups import Group
from analytics.insight import Insight, insight
from analytics.models import CustomerScore, FiguresState, ModelCheck, ScoringRun
from analytics.why import Why
from backoffice.estimates import limits_in_words, proof_in_words, reasons_in_words
from backoffice.rhythm import line_of
from customers.models import Customer
from customers.scoring import object_to_scoring
from programs.services import void_purchase
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db
DAY: Final = timedelta(days=1)
LAST: Final = 63


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


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
        assert (seen(customer, day=15).average, seen(customer, day=15).gap_days) == (Decimal(1_000), 7)


def test_estimates_of_the_last_night_are_not_shown_of_somebody_who_came_today(shop: Shop) -> None:
    with shop.scope():
        customer = weekly(weeks=4)
        scores = {"recency": 3, "frequency": 3, "money": 3, "gap_days": 7, "silent_percent": 20, "expected": 9_000}
        CustomerScore.objects.create(customer=customer, group=Group.REGULAR, **scores)
        assert (seen(customer, day=22).return_percent, seen(customer, day=21).return_percent) == (80, None)


def scored(customer: Customer, **said: int | None) -> None:
    """As a night leaves it behind in a shop of many customers."""
    facts = {"group": Group.REGULAR, "recency": 3, "frequency": 3, "money": 3, "gap_days": 7}
    estimate = {"silent_percent": 72, "expected": 18_000, "expected_low": 6_000, "expected_high": 31_049}
    CustomerScore.objects.create(customer=customer, **(facts | estimate | said))
    ran = {"window_days": 180, "customers": 400, "footing": "sound", "parameters": {"days": 6.4}, "ran_at": NOW}
    ScoringRun.objects.get_or_create(day=NOW.date(), defaults=ran)


@pytest.mark.usefixtures("english")
def test_why_an_estimate_is_what_it_is_is_said_with_the_customers_own_numbers(shop: Shop) -> None:
    with shop.scope():
        customer = weekly()
        scored(customer, reason=Why.LONG_PAUSE, second_reason=Why.MANY_RETURNS)
        found = seen(customer, day=LAST + 31)
        first, *said = reasons_in_words(found)
        assert first.startswith("Came 10 times since")
        assert first.endswith("usually after 7 days.")
        assert said == [
            "No break has ever been as long as now, 31 days.",
            "Has been here 10 times altogether, your customers on average 6.4 times.",
        ]
        assert found.score is not None
        assert limits_in_words(found.score) == "estimate, between €60 and €310"


@pytest.mark.usefixtures("english")
def test_a_sentence_that_its_figures_do_not_bear_out_is_left_out(shop: Shop) -> None:
    with shop.scope():
        customer = weekly(weeks=3)
        make_purchase(customer=customer, now=NOW + 60 * DAY)
        scored(customer, reason=Why.LONG_PAUSE, second_reason=Why.SHORT_PAUSE)
        assert [len(reasons_in_words(seen(customer, day=60 + pause))) for pause in (3, 30, 90)] == [2, 2, 2]
        assert "the longest break so far was 46 days" in reasons_in_words(seen(customer, day=90))[1]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("reason", Why)
def test_every_reason_can_be_said_of_whoever_came_once(shop: Shop, reason: Why) -> None:
    with shop.scope():
        customer = weekly(weeks=1)
        scored(customer, reason=reason)
        said = reasons_in_words(seen(customer, day=40))
        assert said[0].startswith("Has been here once so far")
        assert len(said) == 2


@pytest.mark.usefixtures("english")
def test_a_small_shop_is_told_the_rule_of_the_group(shop: Shop, other_shop: Shop) -> None:
    nothing = {"silent_percent": None, "expected": None, "expected_low": None, "expected_high": None}
    for each, customers in ((shop, 40), (other_shop, 400)):
        with each.scope():
            customer = weekly()
            scored(customer, group=Group.AT_RISK, **nothing)
            ScoringRun.objects.update(customers=customers)
            said = reasons_in_words(seen(customer, day=LAST + 31))
            assert ("more than twice as long as usual" in " ".join(said)) == (customers == 40)


@pytest.mark.usefixtures("english")
def test_how_markings_came_true_is_said_of_a_hundred_or_counted() -> None:
    facts = {"window_days": 90, "customers": 400, "judgement": {}}
    many = ModelCheck(marked=123, marked_silent=100, unmarked=277, unmarked_silent=64, **facts)
    assert proof_in_words(many) == (
        "Of 100 customers marked as at risk, 81 did not come again within 90 days; of 100 others, 23."
    )
    few = ModelCheck(marked=12, marked_silent=9, unmarked=388, unmarked_silent=80, **facts)
    assert proof_in_words(few) == "Of 12 customers marked as at risk, 9 did not come again within 90 days."
    assert proof_in_words(ModelCheck(marked=0, marked_silent=0, unmarked=9, unmarked_silent=1, **facts)) == ""


@pytest.mark.usefixtures("english")
def test_who_will_most_likely_bring_nothing_is_given_no_limits() -> None:
    assert limits_in_words(CustomerScore(expected=300, expected_low=0, expected_high=300)).endswith("likely nothing")
    assert limits_in_words(CustomerScore(expected=300)) == "estimate, often far off"


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
