"""Every night each customer of a shop is put into a group and, in a shop with enough of them, estimated."""

from datetime import timedelta
from typing import Any, Final

import numpy as np
import pytest
from django.db import connection
from django.db.models import F

from analytics.checking import recalibration_of
from analytics.churn.recalibration import Learned, Recalibration
from analytics.groups import ESTIMATED_FROM, Group
from analytics.jobs import draw, rate
from analytics.models import CustomerScore, FiguresState, ModelCheck, ScoringRun
from analytics.why import Why
from customers.merging import merge
from customers.models import Customer
from customers.scoring import object_to_scoring
from customers.services import erase
from programs.bulk import PastPurchase, record_past_purchases
from programs.models import CustomerStat
from tenants.roles import SYSTEM
from tests.factories import NOW, Shop, make_customer, make_purchase

pytestmark = pytest.mark.django_db
DAY: Final = timedelta(days=1)
TODAY: Final = NOW.date()


def live_through(count: int, *, seed: int = 1) -> list[Customer]:
    """So many customers with half a year of purchases; each has a rhythm, and some leave."""
    chance = np.random.default_rng(seed)
    past: list[PastPurchase] = []
    people = []
    for number in range(count):
        customer = make_customer(now=NOW - 200 * DAY)
        people.append(customer)
        gap, at = chance.uniform(3, 40), chance.uniform(0, 150)
        while at < 200 and (not past or past[-1].customer != customer or chance.random() > 0.15):
            total, key = int(chance.integers(200, 5_000)), f"{number:08}{len(past):08}".encode()
            past.append(PastPurchase(customer, total, NOW - (200 - at) * DAY, import_key=key))
            at += max(chance.exponential(gap), 1.0)
    record_past_purchases(past, actor=SYSTEM, now=NOW)
    return people


def night(shop: Shop, *, days: int = 1) -> None:
    for job in (draw, rate):
        job(shop.tenant, TODAY + days * DAY)


def test_a_shop_with_enough_customers_learns_who_keeps_away_and_what_comes(shop: Shop, other_shop: Shop) -> None:
    with shop.scope():
        people = live_through(220)
    with other_shop.scope():
        make_purchase(customer=make_customer())
    for each in (shop, other_shop):
        night(each)
    with shop.scope():
        run, scores = ScoringRun.objects.get(), list(CustomerScore.objects.all())
        assert (run.customers, run.footing, len(scores)) == (len(people), "sound", len(people))
        assert run.expected_low < run.expected < run.expected_high
        known = [score.expected for score in scores if score.expected is not None]
        assert len(known) == len(people)
        assert sum(known) == pytest.approx(run.expected, rel=0.02)
        # 300, 350, 400; and of fewer than ten cents each.
        assert all(each % max(10 ** (len(str(each)) - 1) // 2, 1) == 0 for each in known)
        assert {score.silent_percent for score in scores} <= {1, *range(5, 100, 5), 99}
        silent = {group: mean(score.silent_percent for score in scores if score.group == group) for group in Group}
        assert silent[Group.LOST] > silent[Group.REGULAR] > 0
        assert sum(each["customers"] for each in run.groups.values()) == len(people)
        assert all(score.gap_days for score in scores if score.group == Group.AT_RISK)
        assert not CustomerScore.objects.filter(expected_high=None).exists()
        assert CustomerScore.objects.filter(expected_high__gt=F("expected")).exists()
        said = {score.reason for score in scores}
        assert {Why.LONG_PAUSE, Why.SELDOM} & said
        assert said | {score.second_reason for score in scores} <= {None, *Why}
        assert run.days_on_average == pytest.approx(mean(CustomerStat.objects.values_list("days", flat=True)), abs=0.1)
    with other_shop.scope():
        assert (CustomerScore.objects.get().group, ScoringRun.objects.get().footing) == (Group.NEW, "few")


def mean(values: Any) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def test_on_sundays_the_model_is_held_against_what_happened(shop: Shop, other_shop: Shop) -> None:
    sunday = 5
    with shop.scope():
        FiguresState.objects.create(window_days=60)
        live_through(240)
    with other_shop.scope():
        live_through(20, seed=2)
    for each in (shop, other_shop):
        night(each, days=sunday)
    with shop.scope():
        check = ModelCheck.objects.get()
        assert ScoringRun.objects.get().model_check_id == check.pk
        assert ESTIMATED_FROM <= check.customers == check.marked + check.unmarked
        assert check.judgement["auc"] > 0.7
        assert check.judgement["calibration_error"] < 0.15
        assert sum(each["customers"] for each in check.judgement["bins"]) == check.customers
        # Of those who were marked far more have stayed away.
        assert check.marked_silent / check.marked > 1.5 * check.unmarked_silent / check.unmarked
    with other_shop.scope():
        assert not ModelCheck.objects.exists()
        assert ScoringRun.objects.get().model_check_id is None


def test_in_a_large_shop_a_sample_is_judged(shop: Shop, other_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sunday, sample = 5, 160
    monkeypatch.setattr("analytics.churn.backtest.SAMPLE", sample)
    no_correction = Recalibration(0.0, np.array([1.0, 0, 0, 0, 0]), np.zeros(5), np.ones(5))
    monkeypatch.setattr("analytics.churn.backtest.recalibrate", lambda silent, *_: Learned(no_correction, silent))
    with shop.scope():
        FiguresState.objects.create(window_days=60)
        live_through(240)
    for each in (shop, other_shop):
        night(each, days=sunday)
    with shop.scope():
        check = ModelCheck.objects.get()
        assert check.recalibration is not None
        assert check.customers == check.marked + check.unmarked <= sample
        assert sum(each["customers"] for each in check.judgement["bins"]) == check.customers
    with other_shop.scope():
        assert not ModelCheck.objects.exists()


def test_what_a_check_has_learned_is_kept_to_the_last_digit(shop: Shop) -> None:
    learned = {"intercept": 0.1, "slopes": [0.3, 0, 0, 0, 0], "means": [0.0] * 5, "spreads": [1.0] * 5}
    with shop.scope():
        live_through(220)
        night(shop)
        plain = mean(CustomerScore.objects.values_list("silent_percent", flat=True))
        facts = dict.fromkeys(("customers", "marked", "marked_silent", "unmarked", "unmarked_silent"), 0)
        days = ScoringRun.objects.get().window_days
        check = ModelCheck.objects.create(
            day=TODAY, window_days=days, judgement={}, recalibration=learned, ran_at=NOW, **facts
        )
        found = recalibration_of(check)
        assert found is not None
        assert (found.intercept, found.slopes.tolist()) == (0.1, learned["slopes"])
        night(shop, days=2)
        assert mean(CustomerScore.objects.values_list("silent_percent", flat=True)) != plain


def test_a_small_shop_has_groups_and_no_estimates(shop: Shop) -> None:
    with shop.scope():
        live_through(12)
    night(shop)
    with shop.scope():
        scores = CustomerScore.objects.all()
        assert len(scores) == 12
        estimates = ("silent_percent", "expected", "expected_low", "expected_high", "reason", "second_reason")
        assert set(scores.values_list(*estimates)) == {(None,) * len(estimates)}


def test_a_shop_without_customers_is_scored_too(shop: Shop) -> None:
    night(shop)
    with shop.scope():
        run = ScoringRun.objects.get()
        assert (run.customers, run.footing, run.expected, run.parameters["coming"]) == (0, "nobody", 0, None)


def test_a_night_writes_only_what_has_moved(shop: Shop) -> None:
    with shop.scope():
        people = live_through(30)
    night(shop)
    before = versions(shop)
    night(shop)
    assert versions(shop) == before
    with shop.scope():
        make_purchase(customer=people[0], now=NOW + DAY)
    night(shop, days=2)
    moved = {pk for pk, version in versions(shop).items() if version != before[pk]}
    assert people[0].pk in moved
    assert len(moved) < len(people)


def versions(shop: Shop) -> dict[int, str]:
    with shop.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, xmin::text FROM analytics_customerscore")
        return dict(cursor.fetchall())


def test_who_objects_leaves_or_is_joined_with_another_has_no_score(shop: Shop) -> None:
    with shop.scope():
        objects, leaves, gone, stays = live_through(4)
    night(shop)
    with shop.scope():
        assert CustomerScore.objects.count() == 4
        object_to_scoring(customer=objects, objects=True, actor=SYSTEM, now=NOW)
        erase(customer=leaves, actor=SYSTEM, now=NOW)
        merge(customer=gone, into=stays, actor=SYSTEM, now=NOW)
        assert CustomerScore.objects.get().customer_id == stays.pk
    night(shop, days=2)
    with shop.scope():
        assert CustomerScore.objects.get().customer_id == stays.pk
        object_to_scoring(customer=objects, objects=False, actor=SYSTEM, now=NOW)
    night(shop, days=3)
    with shop.scope():
        assert set(CustomerScore.objects.values_list("customer", flat=True)) == {objects.pk, stays.pk}
