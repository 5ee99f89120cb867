"""The engine against a naive one: the same points whatever rules a shop thinks of, and an explanation that adds up."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from programs.earning import PurchaseFacts, Terms, TierTerms, earning
from programs.rules import Channel, Conditions, Goods, Kind, Limits, LineFacts, Occasion, Rule, Stacking

WEDNESDAY = datetime(2026, 11, 25, 17, 30)  # noqa: DTZ001 - in the shop's zone
SILVER = TierTerms(1, "silver", "Silber", 1, 0, 100, 0)
GOLD = TierTerms(2, "gold", "Gold", 2, 5_000, 125, 5)
TEN_PER_EURO = Rule(code="amount", kind=Kind.PER_AMOUNT, points=10)
COFFEE = Goods(categories=("Heißgetränke",))


def terms(*rules: Rule, stacking: Stacking = Stacking.BEST, excluded: frozenset[str] = frozenset()) -> Terms:
    return Terms(
        version_id=1,
        program_id=1,
        points_name="",
        points_name_one="",
        rules=rules,
        tiers=(SILVER, GOLD),
        pending_days=0,
        expiry_months=None,
        stacking=stacking,
        excluded=excluded,
    )


def facts(total: int = 2490, **others: Any) -> PurchaseFacts:
    known = PurchaseFacts(total=total, tier=SILVER, at=WEDNESDAY)
    return replace(known, **others)


def bonus(points: int = 50, **conditions: Any) -> Rule:
    return Rule(code="bonus", kind=Kind.BONUS, points=points, conditions=Conditions(**conditions))


def doubled(**conditions: Any) -> Rule:
    return Rule(code="double", kind=Kind.MULTIPLIER, factor_percent=200, conditions=Conditions(**conditions))


def test_points_are_rounded_down_once_per_purchase() -> None:
    two = (
        Rule(code="a", kind=Kind.PER_AMOUNT, points=1, per_minor=200),
        replace(TEN_PER_EURO, points=1, per_minor=200),
    )
    assert earning(terms(*two), facts(300)).points == 3
    assert [line.points for line in earning(terms(*two), facts(300)).lines] == [1, 2]


def test_nothing_paid_earns_nothing_whatever_the_rules() -> None:
    visit = Rule(code="visit", kind=Kind.PER_VISIT, points=10)
    assert earning(terms(visit, bonus()), facts(0)).lines == []


def test_the_best_multiplier_wins_or_all_multiply_as_the_programme_states() -> None:
    gold = facts(1000, tier=GOLD)
    best = earning(terms(TEN_PER_EURO, doubled()), gold)
    assert (best.points, [line.rule for line in best.lines]) == (200, ["per_amount", "multiplier"])
    all_of_them = earning(terms(TEN_PER_EURO, doubled(), stacking=Stacking.MULTIPLY), gold)
    assert [line.points for line in all_of_them.lines] == [100, 25, 125]


def test_a_bonus_is_not_multiplied() -> None:
    assert earning(terms(TEN_PER_EURO, bonus(), doubled()), facts(1000)).points == 250


def test_excluded_goods_earn_nothing_and_a_rules_minimum_is_tested_on_what_remains() -> None:
    receipt = (LineFacts(1200, category="Speisen"), LineFacts(300, category="pfand "))
    shop = terms(TEN_PER_EURO, bonus(min_total=1500), excluded=frozenset({"Pfand"}))
    assert earning(shop, facts(1500, lines=receipt)).points == 120


def test_a_discount_on_the_receipt_is_spread_over_its_lines() -> None:
    receipt = (LineFacts(1000, category="Heißgetränke"), LineFacts(1000, category="Bücher"))
    per_coffee = replace(TEN_PER_EURO, conditions=Conditions(goods=COFFEE))
    assert earning(terms(per_coffee), facts(1500, lines=receipt)).points == 75


def test_points_per_item_of_a_category() -> None:
    receipt = (LineFacts(700, Decimal(2), category="heissgetränke"), LineFacts(900, Decimal(1), category="Kuchen"))
    rule = Rule(code="cups", kind=Kind.PER_ITEM, points=15, conditions=Conditions(goods=COFFEE))
    assert earning(terms(rule), facts(1600, lines=receipt)).points == 30
    assert earning(terms(rule), facts(1600)).points == 0


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"weekdays": (2,)}, True),
        ({"weekdays": (0, 1)}, False),
        ({"from_minute": 17 * 60, "until_minute": 18 * 60}, True),
        ({"from_minute": 16 * 60, "until_minute": 17 * 60 + 30}, False),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60}, False),
        ({"from_minute": 17 * 60 + 30}, True),
        ({"until_minute": 17 * 60}, False),
        ({"from_on": date(2026, 11, 25), "until_on": date(2026, 11, 25)}, True),
        ({"until_on": date(2026, 11, 24)}, False),
        ({"min_total": 2490}, True),
        ({"min_total": 2491}, False),
        ({"stores": (7,)}, True),
        ({"stores": (8,)}, False),
        ({"channels": (Channel.CHECKOUT.value,)}, True),
        ({"channels": (Channel.API.value,)}, False),
        ({"tiers": (SILVER.id,)}, True),
        ({"tiers": (GOLD.id,)}, False),
        ({"visit": 10}, True),
        ({"visit": 5}, False),
        ({"visit": 5, "every": True}, True),
        ({"visit": 3, "every": True}, False),
        ({"spend_reaches": 12_000}, True),
        ({"spend_reaches": 12_490}, True),
        ({"spend_reaches": 10_000}, False),
        ({"spend_reaches": 12_491}, False),
        ({"birthday_within": 3}, True),
        ({"birthday_within": 2}, False),
        ({"goods": COFFEE}, False),
    ],
)
def test_a_rule_holds_when_everything_that_it_states_does(conditions: dict[str, Any], holds: bool) -> None:
    known = facts(store_id=7, channel=Channel.CHECKOUT.value, visit=10, spent_before=10_000, birthday_in=-3)
    assert earning(terms(bonus(**conditions)), known).points == (50 if holds else 0)


def test_an_evening_that_ends_after_midnight_belongs_to_its_day() -> None:
    late = terms(bonus(weekdays=(2,), from_minute=22 * 60, until_minute=2 * 60))
    earned = {hours: earning(late, facts(at=WEDNESDAY + timedelta(hours=hours))).points for hours in (4, 5, 8, 9, -16)}
    assert earned == {4: 0, 5: 50, 8: 50, 9: 0, -16: 0}


def test_a_limited_rule_gives_what_is_left_and_says_so() -> None:
    limited = replace(TEN_PER_EURO, limits=Limits(per_day=300))
    earned = earning(terms(limited), facts(2490, left={"amount": 100}))
    assert (earned.points, earned.lines[0].facts["limited"]) == (100, True)
    assert earning(terms(limited), facts(9000)).points == 300


def test_what_any_purchase_earns_leaves_out_what_depends_on_the_day() -> None:
    some = terms(TEN_PER_EURO, doubled(weekdays=(2,)), bonus(visit=1), bonus(min_total=1000))
    assert earning(some.ordinary, facts(2490)).points == 299


conditions = st.builds(
    Conditions,
    goods=st.sampled_from([Goods(), COFFEE, Goods(skus=("4711",))]),
    min_total=st.sampled_from([0, 500, 5000]),
    weekdays=st.sampled_from([(), (2,), (5, 6)]),
    visit=st.sampled_from([None, 1, 2]),
    every=st.booleans(),
)
limits = st.builds(Limits, per_day=st.sampled_from([None, 0, 7, 250]))
kinds = st.sampled_from(list(Kind))
rules = st.lists(
    st.builds(
        Rule,
        code=st.just(""),
        kind=kinds,
        points=st.integers(1, 99),
        per_minor=st.sampled_from([1, 100, 300]),
        factor_percent=st.sampled_from([50, 133, 200]),
        conditions=conditions,
        limits=limits,
    ),
    max_size=5,
).map(lambda some: [replace(rule, code=str(number)) for number, rule in enumerate(some)])
lines = st.lists(
    st.builds(
        LineFacts,
        total=st.integers(-500, 5000),
        quantity=st.sampled_from([Decimal(1), Decimal("0.125"), Decimal(3)]),
        sku=st.sampled_from(["", "4711"]),
        category=st.sampled_from(["", "HEISSGETRÄNKE", "Pfand"]),
    ),
    max_size=4,
).map(tuple)


def naive(shop: Terms, known: PurchaseFacts) -> Fraction:
    """The rules of the merchant in the plainest words, from the amounts of single lines."""
    receipt = sum(line.total for line in known.lines)
    worth = [Fraction(line.total) for line in known.lines]
    if receipt > known.total:
        worth = [Fraction(line.total * known.total, receipt) for line in known.lines]
    counted = [line.category != "Pfand" or not shop.excluded for line in known.lines]
    lost = sum((value for value, counts in zip(worth, counted, strict=True) if not counts), Fraction())
    paid = max(known.total - max(lost, Fraction()), Fraction())
    if paid == 0:
        return Fraction()

    def chosen(rule: Rule) -> list[int]:
        names = rule.conditions.goods.categories + rule.conditions.goods.skus
        return [
            number
            for number, line in enumerate(known.lines)
            if counted[number]
            and (not names or line.sku in names or (line.category == "HEISSGETRÄNKE" and "Heißgetränke" in names))
        ]

    def active(rule: Rule) -> bool:
        wanted = rule.conditions
        nth = wanted.visit is None or known.visit == wanted.visit or (wanted.every and known.visit % wanted.visit == 0)
        day = wanted.weekdays == () or 2 in wanted.weekdays
        return paid >= wanted.min_total and day and nth and (not wanted.goods or chosen(rule) != [])

    def clipped(rule: Rule, points: Fraction) -> Fraction:
        return (
            points
            if rule.limits.per_day is None
            else min(points, Fraction(known.left.get(rule.code, rule.limits.per_day)))
        )

    base = Fraction()
    for rule in filter(active, shop.rules):
        if rule.kind == Kind.PER_AMOUNT:
            goods = sum((worth[number] for number in chosen(rule)), Fraction()) if rule.conditions.goods else paid
            base += clipped(rule, min(max(goods, Fraction()), paid) * rule.points / rule.per_minor)
        elif rule.kind == Kind.PER_ITEM:
            base += clipped(
                rule, sum((Fraction(known.lines[n].quantity) for n in chosen(rule)), Fraction()) * rule.points
            )
        elif rule.kind == Kind.PER_VISIT:
            base += clipped(rule, Fraction(rule.points))
    factors = [(rule.factor_percent, rule) for rule in shop.rules if rule.kind == Kind.MULTIPLIER and active(rule)]
    if shop.stacking == Stacking.BEST:
        best = max([known.tier.factor_percent, *(percent for percent, _ in factors)])
        factors = [] if best == known.tier.factor_percent else [next(f for f in factors if f[0] == best)]
        if best == known.tier.factor_percent:
            base = base * best / 100
    else:
        base = base * known.tier.factor_percent / 100
    for percent, rule in factors:
        base += clipped(rule, base * (percent - 100) / 100)
    return base + sum(
        clipped(rule, Fraction(rule.points)) for rule in shop.rules if rule.kind == Kind.BONUS and active(rule)
    )


@given(
    some=rules,
    total=st.integers(0, 9999),
    lines=lines,
    tier=st.sampled_from([SILVER, GOLD]),
    visit=st.integers(1, 4),
    stacking=st.sampled_from(list(Stacking)),
    excluded=st.sampled_from([frozenset[str](), frozenset({" pfand"})]),
)
@example([TEN_PER_EURO], 2490, (), GOLD, 1, Stacking.BEST, frozenset())
def test_the_engine_agrees_with_a_naive_one(
    some: list[Rule],
    total: int,
    lines: tuple[LineFacts, ...],
    tier: TierTerms,
    visit: int,
    stacking: Stacking,
    excluded: frozenset[str],
) -> None:
    shop = terms(*some, stacking=stacking, excluded=excluded)
    known = facts(total, lines=lines, tier=tier, visit=visit)
    earned = earning(shop, known)
    assert earned.points == floor(naive(shop, known))
    assert earned.points == sum(line.points for line in earned.lines)
    assert earned.points >= 0
    for line in earned.lines:
        if "code" in line.facts:
            assert line.points <= next(rule.limits.least for rule in some if rule.code == line.facts["code"])


@given(rules)
def test_a_rule_is_the_same_after_it_was_stored(some: list[Rule]) -> None:
    more = [
        Rule(
            code="x",
            kind=Kind.BONUS,
            occasion=Occasion.BIRTHDAY,
            points=5,
            conditions=Conditions(from_minute=0, until_minute=60, from_on=date(2026, 1, 1), birthday_within=0),
            limits=Limits(budget=0, per_month=9),
        )
    ]
    for rule in some + more:
        assert Rule.from_json(rule.as_json()) == rule
        assert Conditions.from_json(rule.conditions.as_json()) == rule.conditions
        assert Limits(**rule.limits.as_json()) == rule.limits
