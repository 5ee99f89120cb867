"""What a customer still needs, and by when: for the next tier, and for keeping the one that is held."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from ledger.models import Account
from programs.earning import Terms, TierTerms
from programs.holding import purchases_in_window
from programs.qualifying import Basis, Window, last_counting_day
from tenants.locales import Noun, number_text
from tenants.money import money_text
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class NextTier:
    """The way to the next tier, in what the version counts; `until` is the last day, where there is one."""

    tier: TierTerms
    reached: int
    terms: Terms
    points: Noun
    until: date | None = None

    @property
    def basis(self) -> Basis:
        return self.terms.tier_basis

    @property
    def threshold(self) -> int:
        return self.tier.threshold

    @property
    def missing(self) -> int:
        return max(self.tier.threshold - self.reached, 0)

    @property
    def missing_text(self) -> str:
        return amount_text(self.missing, self.terms, points=self.points)

    @property
    def missing_figure(self) -> str:
        return lone_figure(self.missing, self.terms, points=self.points)

    @property
    def reached_figure(self) -> str:
        return figure_text(self.reached, self.terms, points=self.points)

    @property
    def threshold_text(self) -> str:
        return amount_text(self.threshold, self.terms, points=self.points)

    @property
    def threshold_figure(self) -> str:
        return figure_text(self.threshold, self.terms, points=self.points)


@dataclass(frozen=True, slots=True)
class Keep:
    """What is missing for the tier that is held, and the last day to collect it."""

    tier: TierTerms
    missing: int
    until: date
    terms: Terms
    points: Noun

    @property
    def basis(self) -> Basis:
        return self.terms.tier_basis

    @property
    def missing_text(self) -> str:
        return amount_text(self.missing, self.terms, points=self.points)

    @property
    def missing_figure(self) -> str:
        return lone_figure(self.missing, self.terms, points=self.points)


def amount_text(amount: int, terms: Terms, *, points: Noun) -> str:
    """`120 points`, `45.00 €` or `3 purchases`."""
    match terms.tier_basis:
        case Basis.SPEND:
            return money_text(amount, currency=current_tenant().currency)
        case Basis.VISITS:
            return Noun(one=_("purchase"), many=_("purchases")).counted(amount)
    return points.counted(amount)


def figure_text(amount: int, terms: Terms, *, points: Noun) -> str:
    """The same without its word, where it stands beside one."""
    return amount_text(amount, terms, points=points) if terms.tier_basis == Basis.SPEND else number_text(amount)


def way_up(account: Account, terms: Terms, held: TierTerms, *, points: Noun, now: datetime) -> NextTier | None:
    """Of an account that has been brought forward."""
    higher = terms.tier_after(held)
    if higher is None:
        return None
    until = _end_of_year(now) if terms.tier_window == Window.YEAR else None
    return NextTier(higher, terms.tier_rules.counter(account), terms, points, until)


def way_to_keep(account: Account, terms: Terms, held: TierTerms, *, points: Noun, now: datetime) -> Keep | None:
    """None where the tier stays: the lowest, one of a lifetime, or one that this year has reached again."""
    rules = terms.tier_rules
    counter = rules.counter(account)
    if held.rank == rules.lowest:
        return None
    if counter < held.threshold:
        until = _held_until(account, terms, held, now=now)
        return Keep(held, held.threshold - counter, until, terms, points) if until else None
    if terms.tier_window != Window.ROLLING:
        return None
    return _before_it_leaves(account, terms, held, counter, points=points)


def _held_until(account: Account, terms: Terms, held: TierTerms, *, now: datetime) -> date | None:
    """The last day on which a tier that is no longer reached is held."""
    ends = [
        _last_day(until)
        for rank, until in ((account.kept_rank, account.kept_until), (account.given_rank, account.given_until))
        if rank is not None and until is not None and until > now and rank >= held.rank
    ]
    if terms.tier_window == Window.YEAR and (account.start_rank or 0) >= held.rank:
        ends.append(_end_of_year(now))
    return max(ends, default=None)


def _before_it_leaves(account: Account, terms: Terms, held: TierTerms, counter: int, *, points: Noun) -> Keep | None:
    """When enough of the last twelve months will have left for the tier to be lost."""
    zone = current_tenant().zone
    for purchase in purchases_in_window(account):
        counter -= {Basis.POINTS: purchase.points, Basis.SPEND: purchase.spend}.get(terms.tier_basis, purchase.visits)
        if counter < held.threshold:
            until = last_counting_day(purchase.at.astimezone(zone).date())
            return Keep(held, held.threshold - counter, until, terms, points)
    return None


def _end_of_year(now: datetime) -> date:
    return now.astimezone(current_tenant().zone).date().replace(month=12, day=31)


def _last_day(until: datetime) -> date:
    return (until.astimezone(current_tenant().zone) - timedelta(microseconds=1)).date()


def lone_figure(amount: int, terms: Terms, *, points: Noun) -> str:
    """Points without their word, as what is counted where nothing else is said."""
    return number_text(amount) if terms.tier_basis == Basis.POINTS else amount_text(amount, terms, points=points)
