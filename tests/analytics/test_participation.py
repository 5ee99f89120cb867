"""What the first page says of many periods: members, enrolments, redemptions and open points, of each day as it was."""

from datetime import timedelta
from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.kpis import Period
from analytics.loyalty import course
from analytics.models import PointFigures
from analytics.participation import Participation, participation
from analytics.rollups.nightly import draw_figures
from customers.merging import merge
from customers.services import erase
from rewards.redeeming import use_voucher
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, give_points, make_customer, make_purchase, make_redemption, make_reward

pytestmark = pytest.mark.django_db
DAY: Final = timedelta(days=1)
TODAY: Final = NOW.date()
MONTH: Final = Period.ending(TODAY, days=30)


def seen(shop: Shop, *periods: Period) -> list[Participation]:
    draw_figures(shop.tenant, today=TODAY + DAY)
    with shop.scope():
        return participation(periods)


def test_members_are_those_who_are_still_there_and_enrolments_all_who_came(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        make_customer(now=NOW - 3 * DAY)
    with shop.scope():
        jana, twin, gone = (make_customer(now=NOW - days * DAY) for days in (70, 40, 10))
        make_customer(now=NOW - 29 * DAY)
        make_customer(now=NOW + DAY)
        merge(customer=twin, into=jana, actor=SYSTEM, now=NOW)
        erase(customer=gone, actor=SYSTEM, now=NOW)
    now, before = seen(shop, MONTH, MONTH.before)
    # Jana and the one of last month; the twin never was somebody else, who was erased has enrolled.
    assert (now.members, now.enrolled) == (2, 2)
    assert (before.members, before.enrolled) == (1, 0)


def test_redemptions_and_sales_are_of_the_period_and_points_of_its_last_day(shop: Shop, other_shop: Shop) -> None:
    for each, total in ((shop, 2_000), (other_shop, 9_000)):
        with each.scope():
            customer = make_customer(now=NOW - 90 * DAY)
            make_purchase(customer=customer, total=total, now=NOW - DAY)
            make_purchase(customer=customer, total=total, now=NOW - 31 * DAY)
            PointFigures.objects.create(day=TODAY, outstanding=total, granted=0, expired=0)
    with shop.scope():
        give_points(customer := make_customer(), 800)
        reward = make_reward(cost=75)
        use_voucher(redemption=make_redemption(customer=customer, reward=reward), actor=SYSTEM, now=NOW)
    now, before = seen(shop, MONTH, MONTH.before)
    assert (now.sales.card_total, now.sales.redemptions, now.sales.reward_cost, now.owed) == (2_000, 1, 75, 2_000)
    assert (before.sales.card_total, before.sales.redemptions, before.owed) == (2_000, 0, None)


def test_who_is_compared_with_is_not_missing_from_the_course(shop: Shop, other_shop: Shop) -> None:
    for each in (shop, other_shop):
        with each.scope():
            make_purchase(customer=make_customer(now=NOW - 50 * DAY), now=NOW - 31 * DAY)
    periods = [MONTH.before, *course(MONTH, points=3)]
    found = seen(shop, *periods)
    assert [each.period for each in found] == periods
    assert [each.enrolled for each in found] == [1, 0, 1, 0]


def test_a_year_costs_as_many_queries_as_a_month(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer())
    counted = []
    for points in (1, 12):
        draw_figures(shop.tenant, today=TODAY + DAY)
        with shop.scope(), CaptureQueriesContext(connection) as captured:
            assert len(participation(course(MONTH, points=points))) == points
        assert not any("programs_purchase" in query["sql"] for query in captured)
        counted.append(len(captured))
    assert counted == [3, 3]
