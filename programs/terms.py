"""The terms in force at a moment, kept in memory because a published version never changes."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from programs.earning import Terms, TierTerms
from programs.models import EarningRule, ProgramVersion
from programs.models import StampCard as StampCardRow
from programs.models import TierTerms as TierTermsRow
from programs.qualifying import Basis, Window
from programs.rules import Conditions, ExpiryEnd, Goods, Kind, Limits, Occasion, Per, Rule, Stacking, StampCard
from tenants.errors import NotFound
from tenants.postgresql.reading import one, one_later
from tenants.scope import current_tenant

# The newest of those that have begun: it also replaces one that was planned for later and published earlier.
_IN_FORCE = "published_at IS NOT NULL AND starts_at <= %s ORDER BY number DESC LIMIT 1"
_FIRST = "published_at IS NOT NULL ORDER BY starts_at, number LIMIT 1"


def terms_at(moment: datetime) -> Terms:
    """The published version in force; the first one for moments before it. Raises NotFound without any."""
    return _of_version(one(ProgramVersion, _IN_FORCE, moment))


def terms_later(moment: datetime) -> Callable[[], Terms]:
    """The same, asked for with the next statement; to be called when they are needed."""
    in_force = one_later(ProgramVersion, _IN_FORCE, moment)
    return lambda: _of_version(in_force())


def _of_version(in_force: ProgramVersion | None) -> Terms:
    version = in_force or one(ProgramVersion, _FIRST)
    if version is None:
        raise NotFound
    return terms_of(version.pk)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The versions that are in force one after another."""

    starts: list[datetime]
    terms: list[Terms]

    def at(self, moment: datetime) -> Terms:
        return self.terms[max(bisect_right(self.starts, moment) - 1, 0)]


def timeline() -> Timeline:
    """`terms_at` for many moments, with one query. Raises NotFound without any version."""
    published = ProgramVersion.objects.filter(published_at__isnull=False).order_by("starts_at", "number")
    begun: list[tuple[datetime, int, int]] = []
    for starts_at, number, pk, published_at in published.values_list("starts_at", "number", "pk", "published_at"):
        if begun and begun[-1][0] == starts_at and published_at and published_at < starts_at:
            # Replaced before it began.
            begun.pop()
        if not begun or number > begun[-1][1]:
            begun.append((starts_at, number, pk))
    if not begun:
        raise NotFound
    return Timeline([starts_at for starts_at, _, _ in begun], [terms_of(pk) for _, _, pk in begun])


def terms_of(version_id: int) -> Terms:
    return _terms(current_tenant().pk, version_id)


@lru_cache(maxsize=1024)
def _terms(tenant_id: int, version_id: int) -> Terms:
    version = ProgramVersion.objects.get(pk=version_id)
    tiers = TierTermsRow.objects.filter(version=version).select_related("tier").order_by("tier__rank")
    return Terms(
        version_id=version.pk,
        number=version.number,
        program_id=version.program_id,
        points_name=version.points_name,
        points_name_one=version.points_name_one,
        rules=tuple(_rule(row) for row in EarningRule.objects.filter(version=version).order_by("id")),
        tiers=tuple(
            TierTerms(
                id=row.tier_id,
                code=row.tier.code,
                name=row.tier.name,
                rank=row.tier.rank,
                threshold=row.threshold,
                factor_percent=row.factor_percent,
                discount_percent=row.discount_percent,
                benefits=row.benefits,
            )
            for row in tiers
        ),
        pending_days=version.pending_days,
        expiry_months=version.expiry_months,
        stacking=Stacking(version.stacking),
        excluded=frozenset(version.excluded),
        expiry_end=ExpiryEnd(version.expiry_end),
        tier_basis=Basis(version.tier_basis),
        tier_window=Window(version.tier_window),
        grace_days=version.grace_days,
        one_step_down=version.one_step_down,
        stamp_cards=tuple(stamp_card(row) for row in StampCardRow.objects.filter(version=version).order_by("id")),
    )


def _rule(row: EarningRule) -> Rule:
    return Rule(
        code=row.code,
        kind=Kind(row.kind),
        name=row.name,
        occasion=Occasion(row.occasion),
        points=row.points,
        per_minor=row.per_minor,
        factor_percent=row.factor_percent,
        conditions=Conditions.from_json(row.conditions),
        limits=Limits(**row.limits),
    )


def stamp_card(row: StampCardRow) -> StampCard:
    return StampCard(
        code=row.code,
        name=row.name,
        goods=Goods(**{name: tuple(words) for name, words in row.goods.items()}),
        per=Per(row.per),
        needed=row.needed,
        reward=row.reward,
        expiry_months=row.expiry_months,
        at_once=row.at_once,
    )


def available_at(terms: Terms, purchased_at: datetime) -> datetime:
    return purchased_at + timedelta(days=terms.pending_days)


def expires_at(terms: Terms, purchased_at: datetime, *, zone: ZoneInfo) -> datetime | None:
    """The first moment after the last valid day: the end of the year, or of the month, of the last month."""
    if terms.expiry_months is None:
        return None
    last_month = _month(purchased_at.astimezone(zone)) + terms.expiry_months
    if terms.expiry_end == ExpiryEnd.YEAR:
        return datetime(last_month // 12 + 1, 1, 1, tzinfo=zone)
    return _beginning(last_month + 1, zone)


def stamps_expire_at(card: StampCard, stamped_at: datetime, *, zone: ZoneInfo) -> datetime | None:
    """The same for a stamp, which always lasts until the end of the month."""
    if card.expiry_months is None:
        return None
    return _beginning(_month(stamped_at.astimezone(zone)) + card.expiry_months + 1, zone)


def _month(day: datetime) -> int:
    """Counted from year 0."""
    return day.year * 12 + day.month - 1


def _beginning(month: int, zone: ZoneInfo) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)
