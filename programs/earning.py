"""What a purchase earns: a pure function of its facts and the terms in force, which also explains itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any

from programs.qualifying import Basis, TierRules, Window
from programs.rules import ExpiryEnd, Kind, LineFacts, Occasion, Rule, Stacking, StampCard, same_word


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier as one version sees it. `threshold` in what the version counts, factor and discount in percent."""

    id: int
    code: str
    name: str
    rank: int
    threshold: int
    factor_percent: int
    discount_percent: int
    benefits: str = ""

    def discounted(self, price: int) -> int:
        """What is left to pay of a price; the discount is rounded as a till does, half a cent up."""
        return price - (price * self.discount_percent + 50) // 100

    @property
    def factor(self) -> Decimal:
        """125 percent -> 1.25."""
        return (Decimal(self.factor_percent) / 100).normalize()


@dataclass(frozen=True)
class Terms:
    """A published version: immutable, so that it may be kept in memory. Tiers from lowest to highest."""

    version_id: int
    program_id: int
    points_name: str
    points_name_one: str
    rules: tuple[Rule, ...]
    tiers: tuple[TierTerms, ...]
    pending_days: int
    expiry_months: int | None
    stacking: Stacking = Stacking.BEST
    # The version's number, as people know it; 0 for a draft.
    number: int = 0
    # Deposits, tips, vouchers …: categories that earn nothing.
    excluded: frozenset[str] = frozenset()
    expiry_end: ExpiryEnd = ExpiryEnd.YEAR
    tier_basis: Basis = Basis.POINTS
    tier_window: Window = Window.LIFETIME
    grace_days: int = 0
    one_step_down: bool = False

    @cached_property
    def tier_rules(self) -> TierRules:
        return TierRules(
            steps=tuple((tier.rank, tier.threshold) for tier in self.tiers),
            basis=self.tier_basis,
            window=self.tier_window,
            grace_days=self.grace_days,
            one_step_down=self.one_step_down,
        )

    stamp_cards: tuple[StampCard, ...] = ()

    @cached_property
    def purchase_rules(self) -> tuple[Rule, ...]:
        return self.bonuses(Occasion.PURCHASE)

    @cached_property
    def ordinary(self) -> "Terms":
        """What any purchase earns, on whichever day and of whichever goods: for examples."""
        always = [rule for rule in self.purchase_rules if rule.conditions.as_json().keys() <= {"min_total"}]
        return replace(self, rules=tuple(always))

    @cached_property
    def per_amount(self) -> tuple[Rule, ...]:
        """What every purchase earns by its amount: what the programme is told in one sentence by."""
        always = [
            rule for rule in self.purchase_rules if rule.kind == Kind.PER_AMOUNT and not rule.conditions.as_json()
        ]
        return tuple(always)

    @cached_property
    def looks_at_amount_only(self) -> bool:
        """Whether the same amount always earns the same within a tier, whatever was bought, when and where."""
        known = (Kind.PER_AMOUNT, Kind.PER_VISIT, Kind.MULTIPLIER, Kind.BONUS)
        return not self.excluded and all(
            rule.kind in known and not rule.conditions.as_json() and not rule.limits for rule in self.purchase_rules
        )

    @cached_property
    def limited(self) -> tuple[Rule, ...]:
        """Rules of purchases that give only so much; others need no look at what they have given."""
        return tuple(rule for rule in self.purchase_rules if rule.limits)

    def bonuses(self, occasion: Occasion) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.occasion == occasion)

    def pending_part(self, points: int, purchased_at: datetime, *, now: datetime) -> int:
        """How much of what a purchase earns is not yet available: all of it or nothing."""
        return points if purchased_at + timedelta(days=self.pending_days) > now else 0

    def tier_of(self, rank: int) -> TierTerms:
        """The tier of a rank, or the next below where this version has none of it."""
        standing = self.tier_rules.standing(rank)
        return next(tier for tier in self.tiers if tier.rank == standing)

    def tier_for(self, counter: int) -> TierTerms:
        """The highest tier whose threshold is reached."""
        return self.tier_of(self.tier_rules.reached(counter))

    def tier_after(self, tier: TierTerms) -> TierTerms | None:
        return next((higher for higher in self.tiers if higher.rank > tier.rank), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFacts:
    """What the rules may look at, as it was before the purchase. `total` in minor units, `at` in the shop's zone."""

    total: int
    tier: TierTerms
    at: datetime
    lines: tuple[LineFacts, ...] = ()
    store_id: int | None = None
    channel: str = ""
    # Which of the customer's purchases this is.
    visit: int = 1
    spent_before: int = 0
    # Days to the nearest birthday, below zero after it; None where it is not known.
    birthday_in: int | None = None
    # What limited rules may still give, by code; one that is not named has given nothing yet.
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the explanation: `points` it added, and the facts to say so in words."""

    rule: str
    points: int
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "points": self.points, **self.facts}


@dataclass(frozen=True, slots=True)
class Earning:
    """Whole points, and the lines that add up to them."""

    points: int
    lines: list[Line] = field(default_factory=list)

    def as_json(self) -> list[dict[str, Any]]:
        return [line.as_json() for line in self.lines]


@dataclass(frozen=True, slots=True)
class _Step:
    rule: str
    share: Fraction
    facts: dict[str, Any]


def earning(terms: Terms, facts: PurchaseFacts) -> Earning:
    """Points for a purchase, rounded down once. Nothing paid earns nothing.

    Points per amount, item and visit come first; multipliers, the tier's among them, raise their sum; bonuses follow
    as they are. Excluded goods earn nothing and do not count towards a rule's minimum. A discount on the whole receipt
    is spread over its lines. Line k carries floor(sum of the first k) - floor(sum of the first k-1), so that whole
    points add up.
    """
    paid = Paid(terms, facts)
    if not paid.total:
        return Earning(points=0)
    rules = [rule for rule in terms.purchase_rules if _holds(rule, facts, paid)]
    steps = [step for rule in rules if (step := _base(rule, facts, paid))]
    steps += _multiplied(terms, facts, rules, sum((step.share for step in steps), Fraction()))
    steps += [_limited(rule, Fraction(rule.points), facts, {}) for rule in rules if rule.kind == Kind.BONUS]
    return _in_whole_points(steps)


class Paid:
    """What was paid for which goods, after discounts and without those that earn nothing."""

    def __init__(self, terms: Terms, facts: PurchaseFacts) -> None:
        excluded = {same_word(category) for category in terms.excluded}
        self.lines = [line for line in facts.lines if same_word(line.category) not in excluded]
        receipt = sum(line.total for line in facts.lines)
        self._share = Fraction(facts.total, receipt) if receipt > facts.total else Fraction(1)
        out = self._share * sum(line.total for line in facts.lines if same_word(line.category) in excluded)
        self.total = max(facts.total - max(out, Fraction()), Fraction())

    def for_goods(self, rule: Rule) -> Fraction:
        goods = rule.conditions.goods
        if not goods:
            return self.total
        return min(
            max(self._share * sum(line.total for line in self.lines if goods.holds(line)), Fraction()), self.total
        )

    def items(self, rule: Rule) -> Fraction:
        held = [line for line in self.lines if rule.conditions.goods.holds(line)]
        return max(sum((Fraction(line.quantity) for line in held), Fraction()), Fraction())


def _holds(rule: Rule, facts: PurchaseFacts, paid: Paid) -> bool:
    wanted = rule.conditions
    return (
        paid.total >= wanted.min_total
        and (not wanted.goods or any(wanted.goods.holds(line) for line in paid.lines))
        and wanted.hold_at(facts.at)
        and (not wanted.stores or facts.store_id in wanted.stores)
        and (not wanted.channels or facts.channel in wanted.channels)
        and (not wanted.tiers or facts.tier.id in wanted.tiers)
        and wanted.hold_for_visit(facts.visit)
        and (
            wanted.spend_reaches is None
            or facts.spent_before < wanted.spend_reaches <= facts.spent_before + facts.total
        )
        and (
            wanted.birthday_within is None
            or (facts.birthday_in is not None and abs(facts.birthday_in) <= wanted.birthday_within)
        )
    )


def _base(rule: Rule, facts: PurchaseFacts, paid: Paid) -> _Step | None:
    stated: dict[str, Any]
    match rule.kind:
        case Kind.PER_AMOUNT:
            amount = paid.for_goods(rule)
            stated = {"total": floor(amount), "rate": rule.points, "per_minor": rule.per_minor}
            return _limited(rule, amount * rule.points / rule.per_minor, facts, stated)
        case Kind.PER_ITEM:
            items = paid.items(rule)
            stated = {"items": str(Decimal(items.numerator) / items.denominator), "rate": rule.points}
            return _limited(rule, items * rule.points, facts, stated) if items else None
        case Kind.PER_VISIT:
            return _limited(rule, Fraction(rule.points), facts, {})
    return None


def _multiplied(terms: Terms, facts: PurchaseFacts, rules: list[Rule], base: Fraction) -> Iterator[_Step]:
    """A step for each multiplier that counts: the best of them, or all, each on what the ones before have made."""
    factors: list[tuple[int, Rule | None]] = [(facts.tier.factor_percent, None)]
    factors += [(rule.factor_percent, rule) for rule in rules if rule.kind == Kind.MULTIPLIER]
    if terms.stacking == Stacking.BEST:
        factors = [max(factors, key=lambda factor: factor[0])]
    for percent, rule in factors:
        if percent == 100:
            continue
        stated: dict[str, Any] = {"factor_percent": percent}
        extra = base * (percent - 100) / 100
        if rule is None:
            step = _Step("tier_factor", extra, {"tier": facts.tier.name, **stated})
        else:
            step = _limited(rule, extra, facts, stated)
        base += step.share
        yield step


def _limited(rule: Rule, share: Fraction, facts: PurchaseFacts, stated: dict[str, Any]) -> _Step:
    """No more than the rule may still give."""
    said: dict[str, Any] = {"name": rule.name} if rule.name else {}
    if rule.limits:
        said["code"] = rule.code
        left = max(facts.left.get(rule.code, rule.limits.least), 0)
        if share > left:
            share, said = Fraction(left), {**said, "limited": True}
    return _Step(rule.kind.value, share, {**stated, **said})


def _in_whole_points(steps: list[_Step]) -> Earning:
    lines = []
    total, before = Fraction(), 0
    for step in steps:
        total += step.share
        lines.append(Line(rule=step.rule, points=floor(total) - before, facts=step.facts))
        before = floor(total)
    return Earning(points=before, lines=lines)
