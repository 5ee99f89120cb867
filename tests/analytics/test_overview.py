"""Everything that is said of a period, at once: for a large shop with as few queries as for a small one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from analytics.exporting import overview_rows
from analytics.gathering import Overview, overview
from analytics.jobs import draw_owed
from analytics.kpis import Period, Ratio
from analytics.models import PointFigures
from analytics.rollups.nightly import draw_figures
from customers.merging import merge
from customers.services import erase
from feedback.models import Response
from rewards.models import Redemption
from rewards.redeeming import use_voucher
from tenants.csv import csv_lines
from tenants.roles import SYSTEM
from tests.factories import (
    NOW,
    Shop,
    give_points,
    make_customer,
    make_offer,
    make_purchase,
    make_redemption,
    make_referral,
    make_reward,
    make_store,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NOW.date()


def seen(shop: Shop, *, days: int = 30, store_id: int | None = None) -> Overview:
    """At the end of the day, drawn by the night behind it."""
    draw_figures(shop.tenant, today=TODAY + DAY)
    with shop.scope():
        return overview(Period.ending(TODAY, days=days), store_id=store_id)


def hand_out(*, cost: int | None = 75) -> Redemption:
    customer = make_customer()
    give_points(customer, 800)
    reward = make_reward(name=f"Cappuccino {cost}", cost=cost)
    return use_voucher(redemption=make_redemption(customer=customer, reward=reward), actor=SYSTEM, now=NOW)


def answer(score: int) -> None:
    Response.objects.create(customer=make_customer(), channel="portal", asked_at=NOW, answered_at=NOW, score=score)


def test_a_shop_of_which_nothing_is_known_has_no_rates(shop: Shop, other_shop: Shop) -> None:
    with other_shop.scope():
        make_purchase(customer=make_customer(), total=1_000)
        answer(10)
    found = seen(shop)
    rates = (found.base.retention, found.repeats.ever, found.sales.with_card, found.members, found.would_recommend)
    assert [rate.percent for rate in rates] == [None] * 5
    assert found.redeemed == Ratio(0, 0)
    assert found.referred == Ratio(0, 0)
    nothing = (found.frequency, found.customer_value, found.breakage, found.reward_cost_per_hundred)
    assert (*nothing, found.recommendation, found.recommendation_interval) == (None,) * 6
    with shop.scope():
        assert len(list(overview_rows(found))) > 30


def test_in_a_young_shop_days_before_its_first_sale_do_not_count(shop: Shop, other_shop: Shop) -> None:
    for each, opened in ((shop, 45), (other_shop, 10)):
        with each.scope():
            anna, ben = (make_customer(now=NOW - opened * DAY) for _ in range(2))
            for customer, days in ((anna, opened - 1), (anna, 5), (ben, 0)):
                make_purchase(customer=customer, total=1_000, now=NOW - days * DAY)
    older, younger = seen(shop), seen(other_shop)
    # Three purchases of two customers in 45 days; in ten days, as if in a month.
    assert (older.window.days, older.lately_days, older.frequency) == (90, 45, Decimal("1.0"))
    assert (younger.lately_days, younger.frequency) == (30, Decimal("1.5"))


def test_a_large_shop_costs_as_many_queries_as_a_small_one(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna, harbour = make_customer(now=NOW - 90 * DAY), make_store(code="hafen")

    def add() -> None:
        hand_out()
        answer(9)
        make_referral(referrer=anna)
        make_purchase(customer=make_customer(), store=harbour)

    def queries() -> list[int]:
        counted = []
        draw_figures(shop.tenant, today=TODAY + DAY)
        with shop.scope():
            for days, store in ((30, None), (7, None), (7, harbour.pk)):
                with CaptureQueriesContext(connection) as captured:
                    overview(Period.ending(TODAY, days=days), store_id=store)
                counted.append(len(captured))
                assert not any("programs_purchase" in query["sql"] for query in captured if store is None)
        return counted

    with shop.scope():
        add()
    few = queries()
    with shop.scope():
        for _ in range(5):
            add()
    assert queries() == few
    assert max(few) <= 17


def test_members_are_active_who_bought_or_fetched_a_reward(shop: Shop) -> None:
    with shop.scope():
        jana, twin, gone, _sleeps = (make_customer(now=NOW - 400 * DAY) for _ in range(4))
        for customer in (jana, twin, gone):
            make_purchase(customer=customer, now=NOW - 10 * DAY)
        hand_out()
        merge(customer=twin, into=jana, actor=SYSTEM, now=NOW)
        erase(customer=gone, actor=SYSTEM, now=NOW)
        make_customer(now=NOW + DAY)
    found = seen(shop)
    # Jana bought, one has fetched a reward, one sleeps; who is gone stays in the base, by number.
    assert found.members == Ratio(2, 3)
    assert found.base.end == 2


def test_points_are_redeemed_or_still_there(shop: Shop) -> None:
    with shop.scope():
        make_purchase(customer=make_customer(), total=2_000)
        hand_out()
    found = seen(shop)
    assert found.redeemed == Ratio(500, 500 + 300 + 200)
    assert found.breakage is None


def test_what_was_owed_at_the_end_of_a_day_is_drawn_once_and_stays(shop: Shop, other_shop: Shop) -> None:
    for each, total in ((shop, 2_000), (other_shop, 7_000)):
        with each.scope():
            make_purchase(customer=make_customer(), total=total)
    counted = seen(shop).redeemed
    for _ in range(2):
        draw_owed(shop.tenant, TODAY + DAY)
    with shop.scope():
        make_purchase(customer=make_customer(), total=9_000, now=NOW + DAY)
        drawn = PointFigures.objects.get()
        assert (drawn.day, drawn.outstanding, drawn.granted) == (TODAY, 200, 0)
        with CaptureQueriesContext(connection) as captured:
            found = overview(Period.ending(TODAY, days=30))
        assert not any("ledger_entry" in query["sql"] for query in captured)
    assert found.redeemed == counted == Ratio(0, 200)
    with other_shop.scope():
        assert not PointFigures.objects.exists()


def test_rewards_cost_so_much_per_hundred_of_what_members_spend_unless_a_cost_is_missing(
    shop: Shop, other_shop: Shop
) -> None:
    for each in (shop, other_shop):
        with each.scope():
            make_purchase(customer=make_customer(), total=6_000)
            make_purchase(customer=None, total=90_000)
            hand_out()
    with other_shop.scope():
        hand_out(cost=None)
    assert seen(shop).reward_cost_per_hundred == Decimal(125)
    found = seen(other_shop)
    assert (found.sales.reward_cost, found.sales.uncosted, found.reward_cost_per_hundred) == (75, 1, None)


def test_who_enrolled_is_counted_by_where_and_by_whom(shop: Shop) -> None:
    with shop.scope():
        make_offer()
        anna = make_customer(now=NOW - 90 * DAY)
        make_referral(referrer=anna)
        make_customer(now=NOW)
        make_customer(now=NOW + DAY)
    found = seen(shop)
    assert found.enrolled is not None
    assert (found.enrolled.by_source, found.referred) == ({"test": 2}, Ratio(1, 2))


def test_answers_count_in_the_period_in_which_they_were_given(shop: Shop) -> None:
    with shop.scope():
        for score in (10, 9, 9, 7, 2):
            answer(score)
        Response.objects.create(
            customer=make_customer(), channel="portal", asked_at=NOW - 9 * DAY, answered_at=NOW - 8 * DAY, score=0
        )
    found = seen(shop, days=7)
    assert (found.recommendation, found.answers, found.would_recommend) == (40, 5, Ratio(3, 5))
    assert found.recommendation_interval == (-30, 80)
    assert seen(shop).answers == 6


def test_a_file_tells_each_figure_with_its_parts_as_the_reader_writes(shop: Shop) -> None:
    with shop.scope():
        jana = make_customer(now=NOW - 100 * DAY)
        for days in (95, 40, 3):
            make_purchase(customer=jana, total=1_250, now=NOW - days * DAY)
    found = seen(shop)
    with shop.scope():
        with translation.override("de"):
            german = list(csv_lines(overview_rows(found)))
        with translation.override("en"):
            english = list(csv_lines(overview_rows(found)))
    assert len(german) == len(english)
    assert 'Kundenbindungsrate";"100,0";"%";1;1\r\n' in german[8]
    assert 'Retention rate","100.0","%",1,1\r\n' in english[8]
    assert any('Durchschnittseinkauf";"12,50";"EUR"' in line for line in german)
