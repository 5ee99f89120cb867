"""Changing the programme: each change is a new version that is in force at once; earlier purchases keep theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Final

from babel.numbers import get_currency_precision
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from events.services import publish
from programs import forecast
from programs.beginning import begin_versions
from programs.earning import Earning, Terms, TierTerms
from programs.errors import ProgramChanged
from programs.forecast import NO_FIGURES, Figures
from programs.models import EarningRule, Program, ProgramVersion, Tier
from programs.models import StampCard as StampCardRow
from programs.models import TierTerms as TierTermsRow
from programs.qualifying import MOST_GRACE_DAYS, Basis, Window
from programs.rule_checks import check_rules
from programs.rules import ExpiryEnd, Kind, Occasion, Rule, Stacking, StampCard
from programs.stamp_checks import check_stamp_cards
from programs.terms import terms_at
from tenants.contact import normal_name
from tenants.errors import Invalid
from tenants.locales import number_text
from tenants.models import longest
from tenants.roles import Actor
from tenants.scope import current_tenant

# The code of the rule for points per unit of the currency.
PER_UNIT: Final = "amount"
# What the codes of new stamp cards begin with.
CARD: Final = "card-"
MOST_TIERS: Final = 6
MOST_POINTS_PER_UNIT: Final = 1_000
MOST_FACTOR_PERCENT: Final = 1_000
MOST_POINTS: Final = 100_000_000
# Points last at least so many days for each month of their life, on whichever day they were earned.
DAYS_IN_A_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class TierDraft:
    """A tier as the merchant wants it; `id` None is a new one, which comes above the others."""

    id: int | None
    name: str
    threshold: int
    factor_percent: int
    discount_percent: int
    benefits: str = ""

    @property
    def factor(self) -> Decimal:
        """125 percent -> 1.25."""
        return (Decimal(self.factor_percent) / 100).normalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the programme should be. Expiry in months to the end of the year or of the month, or never.

    Points per unit of the currency for every purchase, 0 where the other rules are all there is. `version` is the
    number of the newest version when it was begun.
    """

    version: int | None
    name: str
    description: str = ""
    points_name: str = ""
    points_name_one: str = ""
    points_per_unit: int
    rules: Sequence[Rule] = ()
    stacking: Stacking = Stacking.BEST
    excluded: Sequence[str] = ()
    pending_days: int = 0
    expiry_months: int | None = None
    expiry_end: ExpiryEnd = ExpiryEnd.YEAR
    tier_basis: Basis = Basis.POINTS
    tier_window: Window = Window.LIFETIME
    grace_days: int = 0
    one_step_down: bool = False
    tiers: Sequence[TierDraft]
    stamp_cards: Sequence[StampCard] = ()
    # Rules that are switched off, and what the merchant reckons with: kept for the next change, in force for nobody.
    resting: Sequence[Rule] = ()
    figures: Figures = NO_FIGURES

    def all_rules(self) -> tuple[Rule, ...]:
        if not self.points_per_unit:
            return tuple(self.rules)
        per_unit = Rule(code=PER_UNIT, kind=Kind.PER_AMOUNT, points=self.points_per_unit, per_minor=_unit())
        return (per_unit, *self.rules)

    def terms(self) -> Terms:
        """The draft as the engine sees it, so that a preview is what would be credited."""
        return Terms(
            version_id=0,
            program_id=0,
            points_name=self.points_name,
            points_name_one=self.points_name_one,
            rules=self.all_rules(),
            tiers=tuple(
                TierTerms(
                    # A new one gets its id when it is published.
                    id=tier.id or -rank,
                    code="",
                    name=tier.name,
                    rank=rank,
                    threshold=tier.threshold,
                    factor_percent=tier.factor_percent,
                    discount_percent=tier.discount_percent,
                    benefits=tier.benefits,
                )
                for rank, tier in enumerate(self.tiers, start=1)
            ),
            pending_days=self.pending_days,
            expiry_months=self.expiry_months,
            stacking=self.stacking,
            excluded=frozenset(self.excluded),
            expiry_end=self.expiry_end,
            tier_basis=self.tier_basis,
            tier_window=self.tier_window,
            grace_days=self.grace_days,
            one_step_down=self.one_step_down,
            stamp_cards=tuple(self.stamp_cards),
        )


def draft_in_force(*, now: datetime) -> Draft:
    """The programme as it is, to begin a change with. Raises NotFound without any."""
    return draft_of(terms_at(now))


def draft_of(terms: Terms) -> Draft:
    """A published version as the beginning of the next one."""
    version = ProgramVersion.objects.select_related("program").get(pk=terms.version_id)
    program = version.program
    per_unit = next((rule for rule in terms.rules if rule.code == PER_UNIT), None)
    return Draft(
        version=newest_version(program),
        name=program.name,
        description=program.description,
        points_name=terms.points_name,
        points_name_one=terms.points_name_one,
        points_per_unit=per_unit.points * _unit() // per_unit.per_minor if per_unit else 0,
        rules=[rule for rule in terms.rules if rule is not per_unit],
        stacking=terms.stacking,
        excluded=sorted(terms.excluded),
        pending_days=terms.pending_days,
        expiry_months=terms.expiry_months,
        expiry_end=terms.expiry_end,
        tier_basis=terms.tier_basis,
        tier_window=terms.tier_window,
        grace_days=terms.grace_days,
        one_step_down=terms.one_step_down,
        tiers=[
            TierDraft(tier.id, tier.name, tier.threshold, tier.factor_percent, tier.discount_percent, tier.benefits)
            for tier in terms.tiers
        ],
        stamp_cards=terms.stamp_cards,
        resting=[Rule.from_json(rule) for rule in version.workings.get("resting", [])],
        figures=Figures(**version.workings.get("figures", {})),
    )


def what_it_earns(draft: Draft, *, total: int) -> list[tuple[TierDraft, Earning]]:
    """Any purchase of `total` minor units under the draft, for each tier, by the engine that credits."""
    terms = draft.terms()
    return [
        (tier, forecast.what_it_earns(terms, seen, total)) for tier, seen in zip(draft.tiers, terms.tiers, strict=True)
    ]


def newest_version(program: Program) -> int:
    newest: int = ProgramVersion.objects.filter(program=program).aggregate(number=Max("number"))["number"]
    return newest


def publish_program(draft: Draft, *, actor: Actor, now: datetime, starts_at: datetime | None = None) -> ProgramVersion:
    """Put a draft in force from now on, or from a later moment: then it replaces what was planned before it.

    Raises Invalid, and ProgramChanged where another version came between.

    Points that were earned keep their rules and dates. Tiers are read by the new version as soon as it begins, and
    events bring what is kept on the accounts after it.
    """
    starts_at = starts_at or now
    for refusal in refusals(draft):
        raise refusal
    if starts_at < now:
        raise Invalid(_("A programme cannot begin in the past."), field="starts_at")
    with transaction.atomic():
        program = Program.objects.select_for_update().order_by("pk")[0]
        newest = newest_version(program)
        if draft.version != newest:
            raise ProgramChanged
        begin_versions(actor=actor, now=now)
        program.name, program.description = normal_name(draft.name), draft.description.strip()
        program.save(update_fields=["name", "description"])
        version = write_version(program, draft, number=newest + 1, starts_at=starts_at, now=now)
        publish("program.published", actor=actor, program=program.pk, version=version.number)
        begin_versions(actor=actor, now=now)
    return version


def write_version(program: Program, draft: Draft, *, number: int, starts_at: datetime, now: datetime) -> ProgramVersion:
    version = ProgramVersion.objects.create(
        program=program,
        number=number,
        starts_at=starts_at,
        published_at=now,
        points_name=normal_name(draft.points_name),
        points_name_one=normal_name(draft.points_name_one),
        pending_days=draft.pending_days,
        expiry_months=draft.expiry_months,
        expiry_end=draft.expiry_end,
        tier_basis=draft.tier_basis,
        tier_window=draft.tier_window,
        grace_days=draft.grace_days,
        one_step_down=draft.one_step_down,
        stacking=draft.stacking,
        excluded=list(draft.excluded),
        workings={"figures": draft.figures.as_json(), "resting": [rule.as_json() for rule in draft.resting]},
    )
    write_rules(version, draft.all_rules())
    write_stamp_cards(version, draft.stamp_cards)
    for tier in draft.tiers:
        _add_tier(program, version, tier)
    return version


def write_rules(version: ProgramVersion, rules: Iterable[Rule]) -> None:
    EarningRule.objects.bulk_create(
        EarningRule(
            version=version,
            code=rule.code,
            kind=rule.kind,
            occasion=rule.occasion,
            name=rule.name,
            points=rule.points,
            per_minor=rule.per_minor,
            factor_percent=rule.factor_percent,
            conditions=rule.conditions.as_json(),
            limits=rule.limits.as_json(),
        )
        for rule in rules
    )


def write_stamp_cards(version: ProgramVersion, cards: Sequence[StampCard]) -> None:
    """One without a code is new and gets one that none has had."""
    used = StampCardRow.objects.filter(code__startswith=CARD).values_list("code", flat=True).distinct()
    numbers = [int(code.removeprefix(CARD)) for code in used if code.removeprefix(CARD).isdecimal()]
    free = count(max(numbers, default=0) + 1)
    StampCardRow.objects.bulk_create(
        StampCardRow(
            version=version,
            code=card.code or f"{CARD}{next(free)}",
            name=normal_name(card.name),
            goods=card.as_json().get("goods", {}),
            per=card.per,
            needed=card.needed,
            reward=normal_name(card.reward),
            expiry_months=card.expiry_months,
            at_once=card.at_once,
        )
        for card in cards
    )


def _add_tier(program: Program, version: ProgramVersion, draft: TierDraft) -> None:
    """A tier keeps its identity through all versions, so that customers who hold it keep it."""
    if draft.id is None:
        top = Tier.objects.filter(program=program).aggregate(rank=Max("rank"))["rank"]
        tier = Tier.objects.create(program=program, code=f"tier-{top + 1}", name=draft.name, rank=top + 1)
    else:
        tier = Tier.objects.get(program=program, pk=draft.id)
        if tier.name != draft.name:
            tier.name = draft.name
            tier.save(update_fields=["name"])
    TierTermsRow.objects.create(
        version=version,
        tier=tier,
        threshold=draft.threshold,
        factor_percent=draft.factor_percent,
        discount_percent=draft.discount_percent,
        benefits=draft.benefits,
    )


def refusals(draft: Draft) -> list[Invalid]:
    """What keeps a draft from being published, each at its field: the first of each part."""
    found = []
    for check in (_check_words, _check_points, _check_rules, lambda draft: _check_tiers(draft.tiers)):
        try:
            check(draft)
        except Invalid as refusal:
            found.append(refusal)
    return found


def _check_words(draft: Draft) -> None:
    if not normal_name(draft.name) or len(draft.name) > longest(Program, "name"):
        limit = longest(Program, "name")
        raise Invalid(_("Enter a name of at most %(limit)d characters.") % {"limit": limit}, field="name")
    if bool(normal_name(draft.points_name)) != bool(normal_name(draft.points_name_one)):
        raise Invalid(_("Name one and many, such as bean and beans, or neither."), field="points_name_one")


def _check_points(draft: Draft) -> None:
    least = 0 if any(rule.occasion == Occasion.PURCHASE for rule in draft.rules) else 1
    if not least <= draft.points_per_unit <= MOST_POINTS_PER_UNIT:
        text = _("Between 1 and %(most)s points.") % {"most": number_text(MOST_POINTS_PER_UNIT)}
        raise Invalid(text, field="points_per_unit")
    if draft.expiry_months is not None and draft.pending_days > DAYS_IN_A_MONTH * draft.expiry_months:
        raise Invalid(_("The points would expire before anybody can spend them."), field="pending_days")
    if not 0 <= draft.grace_days <= MOST_GRACE_DAYS:
        text = _("Between 0 and %(most)s days.") % {"most": number_text(MOST_GRACE_DAYS)}
        raise Invalid(text, field="grace_days")


def _check_rules(draft: Draft) -> None:
    check_rules(draft.rules)
    check_stamp_cards(draft.stamp_cards)


def _check_tiers(tiers: Sequence[TierDraft]) -> None:
    """Each error names its tier: `tier-2-threshold`."""
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise Invalid(_("Between one and %(most)s tiers.") % {"most": MOST_TIERS})
    ranks = dict(Tier.objects.filter(pk__in=[tier.id for tier in tiers if tier.id]).values_list("pk", "rank"))
    before: TierDraft | None = None
    for number, tier in enumerate(tiers):
        if tier.id is not None and tier.id not in ranks:
            raise Invalid(_("This tier does not exist."), field=f"tier-{number}-name")
        if tier.id and before is not None and (before.id is None or ranks[before.id] >= ranks[tier.id]):
            raise Invalid(_("This tier stands in the wrong place."), field=f"tier-{number}-name")
        if before is None and tier.threshold:
            raise Invalid(_("The lowest tier begins at 0."), field=f"tier-{number}-threshold")
        if before is not None and not before.threshold < tier.threshold <= MOST_POINTS:
            text = _("A tier begins above the one before it: more than %(points)s.")
            raise Invalid(text % {"points": number_text(before.threshold)}, field=f"tier-{number}-threshold")
        if not 1 <= tier.factor_percent <= MOST_FACTOR_PERCENT:
            limits = {"least": number_text(Decimal("0.01")), "most": number_text(MOST_FACTOR_PERCENT // 100)}
            raise Invalid(_("Between %(least)s and %(most)s.") % limits, field=f"tier-{number}-factor")
        if not 0 <= tier.discount_percent <= 100:
            raise Invalid(_("Between 0 and 100 percent."), field=f"tier-{number}-discount")
        before = tier


def _unit() -> int:
    """Minor units of one unit of the shop's currency."""
    return 10 ** get_currency_precision(current_tenant().currency)
