"""What a customer has and what a purchase would bring, without writing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from ledger import queries as ledger
from ledger.models import Account, Entry, HeldAdjustment
from programs.earning import Earning, Terms, TierTerms, earning
from programs.facts import channel_of, facts_of, refuse_bad_purchase
from programs.forecast import what_it_earns
from programs.holding import as_at, tier_before, tier_of
from programs.limits import given_to
from programs.models import Program, Purchase
from programs.plausibility import refuse_implausible
from programs.qualifying import Basis
from programs.services import LineItem
from programs.stamping import Stamping, stamping
from programs.terms import terms_at
from programs.ways import Keep, NextTier, way_to_keep, way_up
from team.models import Device, Store
from tenants.errors import NotFound
from tenants.locales import Noun, number_text
from tenants.money import minor_units, rate_text
from tenants.roles import Actor
from tenants.scope import current_tenant

# What people spend when they try to imagine a programme.
EXAMPLE_UNITS = 25


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's account as everybody sees it."""

    balance: int
    pending: int
    tier: TierTerms
    next_tier: NextTier | None
    keep: Keep | None

    @property
    def deficit(self) -> int:
        """Points that were spent before they were taken back; the next ones fill it first."""
        return max(-self.balance, 0)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a purchase would earn now."""

    earning: Earning
    pending: int
    terms: Terms
    standing: Standing | None
    stamps: Sequence[Stamping] = ()


@dataclass(frozen=True, slots=True)
class Booked:
    """How many bookings there were, and the points that they gave."""

    count: int
    points: int


@dataclass(frozen=True, slots=True)
class Example:
    """What a purchase of `total` earns somebody in a tier."""

    tier: TierTerms
    total: int
    points: int
    # From when the tier is held, in words.
    since: str


def standing(customer: Customer, *, now: datetime) -> Standing:
    return standing_of(ledger.account_of(customer), terms_at(now), now=now)


def standing_of(account: Account, terms: Terms, *, now: datetime) -> Standing:
    figures = ledger.figures(account, now=now)
    seen = as_at([account], terms, now=now)[0]
    tier = tier_of(seen, terms, at=now)
    points = points_name(terms)
    return Standing(
        balance=figures.balance,
        pending=figures.pending,
        tier=tier,
        next_tier=way_up(seen, terms, tier, points=points, now=now),
        keep=way_to_keep(seen, terms, tier, points=points, now=now),
    )


def preview(
    *,
    customer: Customer | None,
    total: int,
    currency: str,
    actor: Actor,
    purchased_at: datetime,
    now: datetime,
    store: Store | None = None,
    lines: Sequence[LineItem] = (),
) -> Preview:
    """The engine's answer for a purchase that is not recorded. Raises what recording it would refuse."""
    refuse_bad_purchase(customer=customer, currency=currency, purchased_at=purchased_at, now=now)
    terms = terms_at(purchased_at)
    if customer is None:
        return Preview(earning=Earning(points=0), pending=0, terms=terms, standing=None)
    refuse_implausible(customer=customer, actor=actor, now=now)
    account = ledger.account_of(customer)
    current = terms if purchased_at == now else terms_at(now)
    seen = as_at([account], current, now=max(now, purchased_at))[0]
    tier = tier_before(seen, tier_of(seen, current, at=now), terms=terms)
    at = purchased_at.astimezone(current_tenant().zone)
    given = given_to([account.pk], terms.limited, at=at)
    facts = facts_of(
        Purchase(customer=customer, store=store, total=total, purchased_at=purchased_at),
        account=account,
        tier=tier,
        channel=channel_of(actor),
        lines=[line.facts for line in lines],
        left=given.left(terms.limited, account_id=account.pk, at=at),
    )
    earned = earning(terms, facts)
    return Preview(
        earning=earned,
        pending=terms.pending_part(earned.points, purchased_at, now=now),
        terms=terms,
        standing=standing_of(account, current, now=now),
        stamps=stamping(terms, facts),
    )


def examples(terms: Terms, *, units: int = EXAMPLE_UNITS) -> list[Example]:
    """What any round purchase earns in every tier, lowest first."""
    total = minor_units(Decimal(units), currency=current_tenant().currency)
    return [
        Example(
            tier=tier,
            total=total,
            points=what_it_earns(terms, tier, total).points,
            since=threshold_in_words(terms, tier),
        )
        for tier in terms.tiers
    ]


def threshold_in_words(terms: Terms, tier: TierTerms) -> str:
    """What a tier takes: `from 5,000 points`, by what the version counts."""
    if not tier.threshold:
        return _("from the start")
    match terms.tier_basis:
        case Basis.SPEND:
            amount = rate_text(tier.threshold, currency=current_tenant().currency)
            return _("from a turnover of %(amount)s") % {"amount": amount}
        case Basis.VISITS:
            text = ngettext("from %(count)s purchase", "from %(count)s purchases", tier.threshold)
            return text % {"count": number_text(tier.threshold)}
    return _("from %(points)s") % {"points": points_name(terms).counted(tier.threshold)}


def points_name(terms: Terms) -> Noun:
    """The shop's own word for points, or the usual one."""
    if terms.points_name:
        return Noun(one=terms.points_name_one or terms.points_name, many=terms.points_name)
    return Noun(one=_("point"), many=_("points"))


def description() -> str:
    """What the merchant says about the programme."""
    return Program.objects.order_by("pk").values_list("description", flat=True).first() or ""


def opens_at() -> datetime | None:
    """Since when, or from when, the public may join; None while the merchant has not started the programme."""
    return Program.objects.order_by("pk").values_list("opened_at", flat=True).first()


def has_opened(*, now: datetime) -> bool:
    """Whether the public may join; before that only the team tries the programme out."""
    return Program.objects.filter(opened_at__lte=now).exists()


def purchase_by_id(public_id: uuid.UUID) -> Purchase:
    """Raises NotFound."""
    purchase = Purchase.objects.select_related("customer", "store").filter(public_id=public_id).first()
    if purchase is None:
        raise NotFound
    return purchase


def purchases_at(device: Device, *, since: datetime, before: uuid.UUID | None = None) -> QuerySet[Purchase]:
    """The day list of a till, newest first, from behind the purchase with the public id `before`."""
    rows = Purchase.objects.filter(device=device, recorded_at__gte=since, customer__isnull=False)
    rows = rows.select_related("customer", "store").order_by("-recorded_at", "-id")
    last = rows.filter(public_id=before).first() if before else None
    if last is None:
        return rows
    return rows.filter(Q(recorded_at__lt=last.recorded_at) | Q(recorded_at=last.recorded_at, pk__lt=last.pk))


def booked_at(device: Device, *, since: datetime) -> Booked:
    """What stands at the head of the day list; voided bookings do not count."""
    standing = Purchase.objects.filter(device=device, recorded_at__gte=since, voided_at=None, customer__isnull=False)
    sums = standing.aggregate(count=Count("id"), points=Sum(F("points") - F("returned_points")))
    return Booked(count=sums["count"], points=sums["points"] or 0)


def purchases_of(customer: Customer, *, before: int | None = None) -> QuerySet[Purchase]:
    """What a customer has bought, newest first, from behind the purchase with the key `before`."""
    rows = Purchase.objects.filter(customer=customer).select_related("store").order_by("-purchased_at", "-pk")
    last = rows.filter(pk=before).first() if before else None
    if last is None:
        return rows
    return rows.filter(Q(purchased_at__lt=last.purchased_at) | Q(purchased_at=last.purchased_at, pk__lt=last.pk))


def purchases_of_entries(entries: list[Entry]) -> dict[int, Purchase]:
    """The purchases behind ledger entries, by id, in one query."""
    return Purchase.objects.in_bulk([entry.purchase_id for entry in entries if entry.purchase_id])


def last_purchases(customers: list[Customer]) -> dict[int, datetime]:
    """When each customer last bought, in one query."""
    rows = Purchase.objects.filter(customer__in=customers, voided_at=None).values("customer_id")
    return {row["customer_id"]: row["last"] for row in rows.annotate(last=Max("purchased_at"))}


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What customers with a card have bought and kept since a moment; `total` in minor units."""

    purchases: int
    total: int
    points: int


def booked(*, since: datetime, until: datetime) -> QuerySet[Purchase]:
    """What tills and web shops have booked for customers, newest first, voided or not; a file's are not."""
    rows = Purchase.objects.filter(recorded_at__gte=since, recorded_at__lte=until)
    return rows.filter(customer__isnull=False, import_key=None).order_by("-recorded_at", "-pk")


def day_at_the_till(*, since: datetime, until: datetime) -> DayFigures:
    rows = booked(since=since, until=until).filter(voided_at=None).order_by()
    total, points = F("total") - F("returned_total"), F("points") - F("returned_points")
    sums = rows.aggregate(purchases=Count("pk"), total=Sum(total), points=Sum(points))
    return DayFigures(purchases=sums["purchases"], total=sums["total"] or 0, points=sums["points"] or 0)


def waiting_adjustments() -> QuerySet[HeldAdjustment]:
    """What needs a second person, oldest first."""
    waiting = HeldAdjustment.objects.filter(state=HeldAdjustment.State.WAITING)
    return waiting.select_related("customer").order_by("asked_at", "id")
