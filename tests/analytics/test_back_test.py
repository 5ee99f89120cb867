"""Splitting a history at a day, fitting to what was before, and judging by what came after."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.churn import Purchases, back_test, bought, fit, known, probability_silent, score
from analytics.churn.backtest import auc, judge_counts, judge_score, naive_purchases
from analytics.churn.customers import Floats
from analytics.churn.recalibration import features, recalibrate
from tests.analytics.cdnow import END, MIDDLE, WEEKS_TO_JUDGE, cdnow, purchases
from tests.analytics.shoppers import model, shoppers

AT, UNTIL = MIDDLE.toordinal(), END.toordinal()


def plain_auc(scores: list[float], happened: list[bool]) -> float:
    pairs = [(yes, no) for yes, is_yes in zip(scores, happened, strict=True) if is_yes
             for no, is_no in zip(scores, happened, strict=True) if not is_no]  # fmt: skip
    return sum((yes > no) + 0.5 * (yes == no) for yes, no in pairs) / len(pairs)


# --- Histories


def test_a_split_history_is_the_one_of_the_literature() -> None:
    before, table = known(purchases(), AT), cdnow()
    assert len(before.customers) == 2357
    assert before.customers.repeats.sum() == table.customers.repeats.sum() == 2457
    assert np.sort(before.customers.age / 7).round(2) == pytest.approx(np.sort(table.customers.age))
    assert before.customers.log_gaps is not None
    assert table.customers.log_gaps is not None
    in_weeks = before.customers.log_gaps.sum() - 2457 * math.log(7)
    assert in_weeks == pytest.approx(table.customers.log_gaps.sum())
    assert bought(purchases(), before.ids, AT, UNTIL).sum() == table.later.sum()


def test_purchases_at_one_time_are_one_with_their_sum() -> None:
    several = Purchases(
        customer=np.array([7, 3, 7, 7, 3, 9]),
        at=np.array([20.0, 5.0, 10.0, 10.0, 11.0, 30.0]),
        value=np.array([8.0, 1.0, 2.0, 4.0, 5.0, 6.0]),
    )
    at_twenty = known(several, 20)
    assert at_twenty.ids.tolist() == [3, 7]
    assert at_twenty.customers.repeats.tolist() == [1, 1]
    assert at_twenty.customers.last.tolist() == [6, 10]
    assert at_twenty.customers.age.tolist() == [15, 10]
    assert at_twenty.customers.log_gaps == pytest.approx([math.log(6), math.log(10)])
    assert at_twenty.mean_value.tolist() == [3, 7]
    assert known(several, 12).mean_value.tolist() == [3, 6]
    assert bought(several, at_twenty.ids, 9, 20).tolist() == [1, 2]
    assert bought(several, at_twenty.ids, 20, 40).tolist() == [0, 0]
    assert len(known(several, 1).ids) == 0


# --- Judging


@given(rows=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_auc_counts_the_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    scores, happened = [float(score) for score, _ in rows], [is_so for _, is_so in rows]
    found = auc(np.array(scores), np.array(happened, dtype=float))
    if len(set(happened)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(plain_auc(scores, happened))


def test_of_a_hundred_marked_so_many_did_not_come_back() -> None:
    judged = judge_score(np.array([0.9, 0.8, 0.7, 0.6, 0.2, 0.1]), np.array([1.0, 1, 1, 0, 1, 0]))
    assert (judged.marks.marked, judged.marks.marked_silent) == (4, 3)
    assert (judged.marks.unmarked, judged.marks.unmarked_silent) == (2, 1)
    assert judged.marks.per_hundred == 75
    assert judged.auc == pytest.approx(7 / 8)
    assert judge_score(np.array([0.2]), np.array([1.0])).marks.per_hundred is None
    assert [each.customers for each in judged.bins] == [1] * 6


def test_errors_are_per_customer() -> None:
    judged = judge_counts(np.array([1.0, 2.0]), np.array([0, 5]))
    assert (judged.rmse, judged.bias) == pytest.approx((math.sqrt(5), -1))


# --- CDNOW


@pytest.mark.parametrize("penalty", [0.0, 1e-3])
def test_on_cdnow_it_is_as_good_as_measured(penalty: float) -> None:
    table = cdnow()
    fitted = fit(table.customers, penalty=penalty)
    judged = back_test(table.customers, table.mean_value, table.later, WEEKS_TO_JUDGE, model=fitted)
    assert judged.purchases.rmse <= 1.615
    assert abs(judged.purchases.bias) <= 0.17
    assert judged.score.auc is not None
    assert judged.score.auc >= 0.76
    assert judged.score.calibration_error <= 0.065
    assert judged.naive.rmse == pytest.approx(2.21, abs=0.01)
    assert judged.naive.bias > 2 * abs(judged.purchases.bias)
    assert judged.score.marks.per_hundred is not None
    assert judged.score.marks.per_hundred > 75


def test_the_shops_own_past_makes_the_score_better() -> None:
    before = known(purchases(), AT)
    later = bought(purchases(), before.ids, AT, UNTIL)
    judged = back_test(before.customers, before.mean_value, later, UNTIL - AT)
    assert judged.recalibrated is not None
    assert judged.recalibrated.auc is not None
    assert judged.recalibrated.auc >= 0.775
    assert judged.recalibrated.calibration_error < 0.03 < judged.score.calibration_error


def test_what_an_earlier_split_taught_holds_later() -> None:
    span = 19 * 7
    earlier = known(purchases(), AT - span)
    taught = back_test(earlier.customers, earlier.mean_value, bought(purchases(), earlier.ids, AT - span, AT), span)
    assert taught.recalibration is not None
    now = known(purchases(), AT)
    was_silent = (bought(purchases(), now.ids, AT, AT + span) == 0).astype(float)
    plain = score(now.customers, span)
    moved = score(now.customers, span, recalibration=taught.recalibration, mean_value=now.mean_value)
    assert moved.is_recalibrated
    assert not plain.is_recalibrated
    assert plain.silent is not None
    assert moved.silent is not None
    before, after = auc(plain.silent, was_silent), auc(moved.silent, was_silent)
    assert before is not None
    assert after is not None
    assert after > before


# --- Recalibration


def silences(count: int) -> tuple[Floats, Floats, Floats]:
    behaviour = model()
    customers, later = shoppers(behaviour, count, horizon=60)
    return probability_silent(behaviour, customers, 60), (later == 0).astype(float), np.full(count, 20.0)


def test_five_hundred_customers_are_too_few_to_learn_from() -> None:
    silent, was_silent, value = silences(501)
    wrong, (customers, _) = silent**3, shoppers(model(), 501, horizon=60)
    assert recalibrate(wrong, customers, value, was_silent) is not None
    few = customers.of(slice(500))
    assert recalibrate(wrong[:500], few, value[:500], was_silent[:500]) is None


def test_nothing_is_learned_where_all_did_the_same_or_the_scores_were_right() -> None:
    customers, _ = shoppers(model(), 2000, horizon=60)
    silent, _, value = silences(2000)
    assert recalibrate(silent, customers, value, np.ones(2000)) is None
    certain = (silent > 0.5).astype(float)
    assert recalibrate(certain.clip(0.001, 0.999), customers, value, certain) is None


def test_a_wrong_scale_is_put_right() -> None:
    customers, _ = shoppers(model(), 4000, horizon=60)
    silent, was_silent, value = silences(4000)
    learned = recalibrate(silent**3, customers, value, was_silent)
    assert learned is not None
    assert learned.unseen.mean() == pytest.approx(was_silent.mean(), abs=0.01)
    assert learned.recalibration(silent**3, customers, value).mean() == pytest.approx(was_silent.mean(), abs=0.01)
    assert learned.recalibration.of(features(silent**3, customers, value)).max() <= 1


def test_who_is_new_today_is_expected_to_do_nothing_by_the_naive_measure() -> None:
    customers = replace(shoppers(model(), 3)[0], repeats=np.zeros(3), last=np.zeros(3), age=np.array([0.0, 10, 20]))
    assert naive_purchases(customers, 30).tolist() == [0, 0, 0]
