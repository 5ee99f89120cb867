"""Referrals as people see them: the offer, a customer's own invitation, and what waits for the merchant."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from customers.models import Customer
from programs.models import Purchase
from referrals.errors import UnknownOffer, UnknownReferral
from referrals.facts import THANKED
from referrals.invitations import offer_in_force
from referrals.models import Invitation, OfferReward, Referral, ReferralOffer, Side, Thanks
from referrals.settling import GRACE
from rewards.models import Reward
from rewards.situations import left_of

State = Referral.State
Referrals = QuerySet[Referral]


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's own invitations under the offer in force: `used` of `cap`, and how many friends are on the way."""

    offer: ReferralOffer
    used: int
    on_the_way: int

    @property
    def cap(self) -> int | None:
        return self.offer.per_referrer

    @property
    def left(self) -> int | None:
        """None where there is no limit."""
        return None if self.cap is None else max(self.cap - self.used, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """Thanks that somebody has still to choose, and from what."""

    referral: Referral
    side: Side
    rewards: Sequence[Reward]


def offers() -> QuerySet[ReferralOffer]:
    """Newest first; drafts before everything else."""
    return ReferralOffer.objects.order_by(F("starts_at").desc(nulls_first=True), "-pk")


def offer_by_id(public_id: uuid.UUID) -> ReferralOffer:
    """Raises UnknownOffer."""
    offer = ReferralOffer.objects.filter(public_id=public_id).first()
    if offer is None:
        raise UnknownOffer
    return offer


def rewards_of(offer: ReferralOffer) -> dict[str, list[Reward]]:
    """What each side can choose from."""
    return rewards_of_offers([offer])[offer.pk]


def rewards_of_offers(wanted: Collection[ReferralOffer]) -> dict[int, dict[str, list[Reward]]]:
    """The same for many, in one query."""
    found: dict[int, dict[str, list[Reward]]] = {offer.pk: {side: [] for side in Side.values} for offer in wanted}
    rows = OfferReward.objects.filter(offer__in=found).order_by("pk")
    for one in rows.select_related("reward__tier", "reward__early_tier"):
        found[one.offer_id][one.side].append(one.reward)
    return found


def standing_of(customer: Customer, *, now: datetime) -> Standing | None:
    """None where the shop invites nobody at the moment."""
    offer = offer_in_force(now=now)
    if offer is None:
        return None
    own = Referral.objects.filter(referrer=customer, offer=offer)
    counts = own.aggregate(
        used=Count("pk", filter=Exists(_thanks_of_referrer(state__in=THANKED))),
        on_the_way=Count("pk", filter=Q(state__in=(State.WAITING, State.DUE, State.HELD))),
    )
    return Standing(offer, **counts)


def referrals_by(customer: Customer) -> Referrals:
    """Whom a customer has invited, newest first, with what it has brought."""
    return _shown().filter(referrer=customer)


def referral_of(friend: Customer) -> Referral | None:
    """By whom or what a customer has come."""
    return _shown().filter(friend=friend).first()


def choices_of(customer: Customer, *, now: datetime) -> list[Choice]:
    """What a customer has still to choose, oldest first; of what is gone meanwhile nothing."""
    mine = Q(side=Side.REFERRER, referral__referrer=customer) | Q(side=Side.FRIEND, referral__friend=customer)
    waiting = Thanks.objects.filter(mine, state=Thanks.State.OPEN).order_by("pk")
    rows = list(waiting.select_related("referral__offer", "referral__friend"))
    rewards = rewards_of_offers([thanks.referral.offer for thanks in rows])
    return [
        Choice(one.referral, Side(one.side), left_of(rewards[one.referral.offer_id][one.side], now=now)) for one in rows
    ]


def referral_by_id(public_id: uuid.UUID) -> Referral:
    """Raises UnknownReferral."""
    referral = _shown().filter(public_id=public_id).first()
    if referral is None:
        raise UnknownReferral
    return referral


def referrals(
    *,
    states: Collection[str] = (),
    offer: ReferralOffer | None = None,
    channel: str = "",
    customer: Customer | None = None,
) -> Referrals:
    """For the merchant, newest first; `customer` on either side."""
    found = _shown()
    found = found.filter(state__in=states) if states else found
    found = found.filter(offer=offer) if offer else found
    found = found.filter(channel=channel) if channel else found
    return found.filter(Q(referrer=customer) | Q(friend=customer)) if customer else found


def held() -> Referrals:
    """What waits for the merchant, the longest waiting first."""
    return _shown().filter(state=State.HELD).order_by("claimed_at", "pk")


def invitation_with_code(customer: Customer) -> Invitation | None:
    return Invitation.objects.filter(customer=customer).first()


# What the morning's work looks for.


def due(*, now: datetime) -> Referrals:
    return Referral.objects.filter(state=State.DUE, pays_at__lte=now)


def with_unnoticed_purchase(*, now: datetime) -> Referrals:
    """Who waits and has bought; whether it is enough is for the service to say."""
    bought = Purchase.objects.filter(customer=OuterRef("friend"), voided_at=None, total__gt=F("returned_total"))
    return Referral.objects.filter(Exists(bought), state=State.WAITING)


def resting_on_nothing(*, now: datetime) -> Referrals:
    """Whose purchase was voided or returned without an event, as the undoing of an import does."""
    gone = Q(purchase__voided_at__isnull=False) | Q(purchase__returned_total__gt=0)
    return Referral.objects.filter(gone, state__in=(State.DUE, State.HELD, State.PAID))


def overdue(*, now: datetime) -> Referrals:
    return Referral.objects.filter(state=State.WAITING, offer__ends_at__lte=now - GRACE)


def _shown() -> Referrals:
    thanks = Prefetch("thanks", Thanks.objects.select_related("redemption__reward").order_by("-side"))
    rows = Referral.objects.select_related("offer", "referrer", "friend", "purchase").prefetch_related(thanks)
    return rows.order_by("-claimed_at", "-pk")


def _thanks_of_referrer(**wanted: object) -> QuerySet[Thanks]:
    return Thanks.objects.filter(referral=OuterRef("pk"), side=Side.REFERRER, **wanted)
