"""What referrals have brought in a period: from the invitation to the revenue, and what it has cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from customers.models import Customer
from ledger.liability import point_value
from programs.models import Purchase
from referrals.facts import THANKED
from referrals.models import Invitation, InvitationClicks, Referral, Thanks
from referrals.verdict import Reason
from tenants.scope import current_tenant

State = Referral.State


@dataclass(frozen=True, slots=True)
class PerHead:
    """What customers who enrolled in the period have spent since, in minor units."""

    customers: int
    revenue: int

    @property
    def average(self) -> int | None:
        return self.revenue // self.customers if self.customers else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of a period. What referred customers spend goes along with the invitation; it need not follow from it."""

    invited: int
    shared: int
    clicks: Mapping[str, int]
    enrolments: Mapping[str, int]
    all_enrolments: int
    first_purchases: int
    paid: int
    taken_back: int
    points: int
    # In minor units; None where the merchant has not said what points or rewards cost.
    points_cost: int | None
    rewards_cost: int | None
    referred: PerHead
    others: PerHead

    @property
    def click_count(self) -> int:
        return sum(self.clicks.values())

    @property
    def enrolled(self) -> int:
        return sum(self.enrolments.values())

    @property
    def quota_percent(self) -> Decimal | None:
        """Which part of those who enrolled in the period came by an invitation."""
        if not self.all_enrolments:
            return None
        share = Decimal(100 * self.referred.customers) / self.all_enrolments
        return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    @property
    def cost(self) -> int | None:
        parts = (self.points_cost, self.rewards_cost)
        return None if None in parts else sum(part for part in parts if part is not None)

    @property
    def cost_per_customer(self) -> int | None:
        """For each new customer who was thanked for."""
        return self.cost // self.paid if self.cost is not None and self.paid else None


@dataclass(frozen=True, slots=True)
class Enrolments:
    """Who enrolled in a period, by where they did, and how many of them came by an invitation."""

    by_source: Mapping[str, int]
    referred: int

    @property
    def count(self) -> int:
        return sum(self.by_source.values())


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """How one offer goes, since it began."""

    clicks: int = 0
    came: int = 0
    bought: int = 0
    paid: int = 0


def figures_by_offer() -> dict[int, OfferFigures]:
    """By the offer's key; those by which nobody has come and that nobody has opened are left out."""
    clicks = dict(InvitationClicks.objects.values_list("offer").annotate(clicks=Sum("count")).order_by())
    bought, paid = Q(purchase__isnull=False), Q(state=State.PAID)
    counts = _counted().values_list("offer").order_by()
    counts = counts.annotate(came=Count("pk"), bought=Count("pk", filter=bought), paid=Count("pk", filter=paid))
    came = {row[0]: row[1:] for row in counts}
    return {offer: OfferFigures(clicks.get(offer, 0), *came.get(offer, ())) for offer in clicks.keys() | came.keys()}


def report(*, since: datetime, until: datetime, now: datetime) -> Report:
    """Of a period that begins with `since` and ends before `until`; as many queries for a year as for a day."""
    came = _counted().filter(claimed_at__gte=since, claimed_at__lt=until)
    settled = Referral.objects.filter(settled_at__gte=since, settled_at__lt=until)
    invitations = Invitation.objects.aggregate(
        invited=Count("pk", filter=Q(created_at__gte=since, created_at__lt=until)),
        shared=Count("pk", filter=Q(shared_at__gte=since, shared_at__lt=until)),
    )
    states = dict(settled.values_list("state").annotate(count=Count("pk")).order_by())
    points, points_cost, rewards_cost = _costs(since, until, now=now)
    newcomers, by_referral = _newcomers(since, until), _by_referral()
    return Report(
        **invitations,
        clicks=_clicks(since, until),
        enrolments=dict(came.values_list("channel").annotate(count=Count("pk")).order_by()),
        all_enrolments=newcomers.count(),
        first_purchases=_counted().filter(purchase__purchased_at__gte=since, purchase__purchased_at__lt=until).count(),
        paid=states.get(State.PAID, 0),
        taken_back=states.get(State.TAKEN_BACK, 0),
        points=points,
        points_cost=points_cost,
        rewards_cost=rewards_cost,
        referred=_per_head(newcomers.filter(Exists(by_referral))),
        others=_per_head(newcomers.filter(~Exists(by_referral))),
    )


def enrolments(since: datetime, until: datetime) -> Enrolments:
    """From one moment until before another; in one query."""
    counts = _newcomers(since, until).values_list("source").order_by()
    rows = list(counts.annotate(all=Count("pk"), referred=Count("pk", filter=Exists(_by_referral()))))
    return Enrolments({source: count for source, count, _ in rows}, sum(referred for _, _, referred in rows))


def _newcomers(since: datetime, until: datetime) -> QuerySet[Customer]:
    enrolled = Customer.objects.filter(enrolled_at__gte=since, enrolled_at__lt=until)
    return enrolled.exclude(status=Customer.Status.MERGED)


def _by_referral() -> QuerySet[Referral]:
    return _counted().filter(friend=OuterRef("pk"))


def _counted() -> QuerySet[Referral]:
    """Without those who were customers before or invited themselves: they are no new customers."""
    no_friend = Q(reasons__contains=Reason.EXISTING.value) | Q(reasons__contains=Reason.ONESELF.value)
    return Referral.objects.exclude(no_friend, state__in=(State.REFUSED, State.TAKEN_BACK))


def _clicks(since: datetime, until: datetime) -> dict[str, int]:
    zone = current_tenant().zone
    first, after = since.astimezone(zone).date(), until.astimezone(zone).date()
    rows = InvitationClicks.objects.filter(day__gte=first, day__lt=max(after, first))
    return dict(rows.values_list("channel").annotate(clicks=Sum("count")).order_by())


def _costs(since: datetime, until: datetime, *, now: datetime) -> tuple[int, int | None, int | None]:
    """Points that were credited, what they are worth as the shop values points, and what the given rewards cost."""
    given = Thanks.objects.filter(given_at__gte=since, given_at__lt=until, state__in=THANKED)
    sums = given.aggregate(
        points=Sum("points", default=0),
        rewards=Sum("redemption__cost", default=0),
        unknown=Count("redemption", filter=Q(redemption__cost=None)),
    )
    value = point_value(at=now)
    points_cost = 0 if not sums["points"] else None if value is None else sums["points"] * value // 100
    return sums["points"], points_cost, None if sums["unknown"] else sums["rewards"]


def _per_head(customers: QuerySet[Customer]) -> PerHead:
    bought = Purchase.objects.filter(customer__in=customers.values("pk"), voided_at=None)
    revenue = bought.aggregate(sum=Sum(F("total") - F("returned_total"), default=0))["sum"]
    return PerHead(customers=customers.count(), revenue=int(revenue))
