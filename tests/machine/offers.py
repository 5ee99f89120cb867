"""What random shops promise, and how a promise becomes a version of the programme."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hypothesis import strategies as st

from programs.models import Tier
from programs.publishing import Draft, TierDraft, draft_in_force
from programs.qualifying import Basis, Window
from programs.rules import Conditions, Goods, Kind, Limits, Per, Rule, Stacking, StampCard
from tests.machine.promises import COFFEE, DEPOSIT, UTC, Card, Line, Promise

NOBODY_KNOWS_YET: Final = datetime(2000, 1, 1, tzinfo=UTC)
# What is counted, and from how much of it the tiers begin.
TIERS: Final = (
    ("points", (0, 500, 2_000)),
    ("points", (0, 100, 200)),
    ("points", (0, None, 300)),
    ("points", (0, 400, None)),
    ("spend", (0, 2_490, 12_345)),
    ("visits", (0, 2, 4)),
    ("visits", (0, None, 3)),
)
# In which time, with how many days of grace, and whether only one step down.
WINDOWS: Final = (
    *(("lifetime", 0, False), ("year", 0, False), ("year", 20, True), ("year", 180, False), ("year", 0, True)),
    *(("rolling", 0, False), ("rolling", 0, True), ("rolling", 20, True), ("rolling", 90, False)),
)
CARDS: Final = (
    None,
    Card(needed=5, months=None, at_once=3, for_visits=False, only_coffee=True),
    Card(needed=4, months=1, at_once=10, for_visits=False, only_coffee=False),
    Card(needed=3, months=2, at_once=4, for_visits=True, only_coffee=False),
    Card(needed=2, months=6, at_once=1, for_visits=True, only_coffee=True),
)
BASKETS: Final[tuple[tuple[Line, ...], ...]] = (
    (Line(3, 320, COFFEE), Line(1, 250)),
    (Line(2, 333, COFFEE), Line(4, 25, DEPOSIT)),
    (Line(1, 1_000), Line(1, 15, DEPOSIT)),
    (Line(2, 25, DEPOSIT),),
)


def _promise(
    tiers: tuple[str, tuple[int | None, ...]],
    window: tuple[str, int, bool],
    boost: tuple[int, int, bool],
    **rest: Any,
) -> Promise:
    basis, thresholds = tiers
    name, grace_days, one_step_down = window
    percent, limit, best = boost
    return Promise(
        starts_at=NOBODY_KNOWS_YET,
        basis=basis,
        thresholds=thresholds,
        window=name,
        grace_days=grace_days,
        one_step_down=one_step_down,
        factor_percent=percent,
        factor_limit=limit,
        best_factor_only=best,
        **rest,
    )


promises = st.builds(
    _promise,
    tiers=st.sampled_from(TIERS),
    window=st.sampled_from(WINDOWS),
    boost=st.sampled_from([(100, 30, True), (133, 500, True), (133, 30, False), (200, 500, False), (200, 30, True)]),
    per_euro=st.sampled_from([1, 7, 10]),
    first_purchase=st.sampled_from([0, 50]),
    deposit_counts=st.booleans(),
    pending_days=st.sampled_from([0, 0, 1, 14, 30]),
    expiry_months=st.sampled_from([None, 1, 12, 36]),
    tier_percent=st.sampled_from([(100, 125, 150), (100, 100, 300), (50, 80, 133)]),
    card=st.sampled_from(CARDS),
)


def draft_for(promise: Promise, *, card_code: str, now: datetime) -> Draft:
    first = Rule(code="first", kind=Kind.BONUS, points=promise.first_purchase, conditions=Conditions(visit=1))
    boost = Rule(
        code="boost",
        kind=Kind.MULTIPLIER,
        factor_percent=promise.factor_percent,
        limits=Limits(per_customer=promise.factor_limit),
    )
    tiers = zip(Tier.objects.order_by("rank"), promise.thresholds, promise.tier_percent, strict=True)
    return replace(
        draft_in_force(now=now),
        points_per_unit=promise.per_euro,
        rules=[*([first] if promise.first_purchase else []), *([boost] if promise.factor_percent > 100 else [])],
        stacking=Stacking.BEST if promise.best_factor_only else Stacking.MULTIPLY,
        excluded=[] if promise.deposit_counts else [DEPOSIT],
        pending_days=promise.pending_days,
        expiry_months=promise.expiry_months,
        tier_basis=Basis(promise.basis),
        tier_window=Window(promise.window),
        grace_days=promise.grace_days,
        one_step_down=promise.one_step_down,
        tiers=[
            TierDraft(tier.pk, tier.name, threshold, percent, discount_percent=0)
            for tier, threshold, percent in tiers
            if threshold is not None
        ],
        stamp_cards=[_stamp_card(promise.card, card_code)] if promise.card else [],
    )


def _stamp_card(card: Card, code: str) -> StampCard:
    return StampCard(
        code=code,
        name="Karte",
        goods=Goods(categories=(COFFEE,)) if card.only_coffee else Goods(),
        per=Per.VISIT if card.for_visits else Per.ITEM,
        needed=card.needed,
        reward="1 Kaffee gratis",
        expiry_months=card.months,
        at_once=card.at_once,
    )
