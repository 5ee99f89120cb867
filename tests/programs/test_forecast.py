"""The merchant's own calculation: visits to the first reward, and what a turnover costs. Pure arithmetic."""

from dataclasses import replace
from fractions import Fraction

import pytest

from programs.earning import Terms, TierTerms
from programs.forecast import NO_FIGURES, Figures, forecast, purchases_to, welcome_points
from programs.qualifying import Basis
from programs.rules import Conditions, Goods, Kind, Occasion, Rule

SILVER = TierTerms(id=1, code="silver", name="Silber", rank=1, threshold=0, factor_percent=100, discount_percent=0)
GOLD = TierTerms(id=2, code="gold", name="Gold", rank=2, threshold=5_000, factor_percent=125, discount_percent=0)
PER_EURO = Rule(code="amount", kind=Kind.PER_AMOUNT, points=10, per_minor=100)
WELCOME = Rule(code="welcome", kind=Kind.BONUS, occasion=Occasion.SIGN_UP, points=100)
CAPPUCCINO = Figures(reward="Cappuccino", reward_points=500, average=640, cost=75, price=340)
HUNDRED = 10_000


def terms(*rules: Rule, basis: Basis = Basis.POINTS) -> Terms:
    return Terms(
        version_id=0,
        program_id=0,
        points_name="",
        points_name_one="",
        rules=rules,
        tiers=(SILVER, GOLD),
        pending_days=0,
        expiry_months=None,
        tier_basis=basis,
    )


def test_a_cappuccino_for_500_points_comes_after_seven_visits_and_costs_as_in_the_drawing() -> None:
    seen = forecast(terms(PER_EURO, WELCOME), CAPPUCCINO, turnover=HUNDRED)
    assert (seen.welcome, seen.per_visit, seen.visits) == (100, 64, 7)
    assert (seen.rewards, seen.at_cost, seen.at_price) == (Fraction(2), 150, 680)


@pytest.mark.parametrize(("welcome", "visits"), [(0, 8), (436, 1), (500, 0), (900, 0)])
def test_a_welcome_brings_the_first_reward_nearer(welcome: int, visits: int) -> None:
    rules = [PER_EURO, *([replace(WELCOME, points=welcome)] if welcome else [])]
    assert forecast(terms(*rules), CAPPUCCINO, turnover=HUNDRED).visits == visits


def test_nothing_is_filled_in_for_the_merchant() -> None:
    nothing = forecast(terms(PER_EURO), NO_FIGURES, turnover=HUNDRED)
    assert (nothing.per_visit, nothing.visits, nothing.rewards, nothing.at_cost) == (None, None, None, None)
    without_average = forecast(terms(PER_EURO), replace(CAPPUCCINO, average=None), turnover=HUNDRED)
    assert (without_average.visits, without_average.rewards, without_average.at_cost) == (None, Fraction(2), 150)
    without_cost = forecast(terms(PER_EURO), replace(CAPPUCCINO, cost=None), turnover=HUNDRED)
    assert (without_cost.visits, without_cost.at_cost, without_cost.at_price) == (8, None, 680)


def test_points_by_visit_cost_by_the_average_purchase() -> None:
    by_visit = terms(Rule(code="visit", kind=Kind.PER_VISIT, points=50))
    seen = forecast(by_visit, replace(CAPPUCCINO, average=2_000), turnover=HUNDRED)
    assert (seen.per_visit, seen.visits, seen.rewards) == (50, 10, Fraction(1, 2))


def test_points_for_certain_goods_only_bring_nothing_of_themselves() -> None:
    cake = Conditions(goods=Goods(categories=("Kuchen",)))
    seen = forecast(
        terms(Rule(code="goods", kind=Kind.PER_ITEM, points=5, conditions=cake)), CAPPUCCINO, turnover=HUNDRED
    )
    assert (seen.per_visit, seen.visits, seen.at_cost) == (0, None, 0)


def test_a_welcome_with_conditions_is_not_everybodys() -> None:
    limited = replace(WELCOME, conditions=Conditions(tiers=(2,)))
    assert welcome_points(terms(WELCOME, limited)) == 100


@pytest.mark.parametrize(("basis", "purchases"), [(Basis.POINTS, 20), (Basis.SPEND, 2), (Basis.VISITS, 5_000)])
def test_how_many_purchases_lead_to_a_tier_depends_on_what_it_counts(basis: Basis, purchases: int) -> None:
    assert purchases_to(terms(PER_EURO, basis=basis), GOLD, 2_500) == purchases


def test_purchases_that_bring_nothing_lead_nowhere() -> None:
    assert purchases_to(terms(), GOLD, 2_500) is None
