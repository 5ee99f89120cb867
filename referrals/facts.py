"""From rows to what the verdict looks at."""

from datetime import datetime, timedelta

from django.db.models import Q

from customers.models import Customer
from programs.models import Purchase
from referrals.contacts import is_known_contact, is_same_person
from referrals.invitations import NETWORK_KEPT
from referrals.models import Invitation, OfferReward, Referral, ReferralOffer, Side, Thanks
from referrals.verdict import MANY_DAYS, MINUTES, Facts, Reason
from rewards.models import Reward
from rewards.situations import left_of

_NEAR = timedelta(minutes=MINUTES)
# What one side has got or may still choose.
THANKED = (Thanks.State.OPEN, Thanks.State.GIVEN)


def facts_of(referral: Referral, *, purchase: Purchase | None, now: datetime) -> Facts:
    """As it is now; what was noticed at the enrolment stands in the referral's reasons."""
    friend, referrer = referral.friend, referral.referrer
    left = (Customer.Status.ERASED, Customer.Status.MERGED)
    if friend is None or friend.status in left:
        return Facts(friend_left=True)
    is_approved = referral.decided_at is not None
    known = {
        "is_existing": is_known_contact(friend),
        "friend_has_contact": bool(friend.email or friend.phone),
        "friend_without_reward": is_without_reward(referral.offer, Side.FRIEND, now=now),
        "is_approved": is_approved,
        "is_approved_without_reward": is_approved and Reason.NO_REWARD in referral.reasons,
    }
    if referrer is None:
        return Facts(**known, somebody_is_blocked=friend.status == Customer.Status.BLOCKED)
    noticed = set(referral.reasons) | set(suspicions_at_enrolment(referral))
    return Facts(
        **known,
        is_oneself=is_same_person(referrer, friend),
        referrer_left=referrer.status in left,
        referrer_without_reward=is_without_reward(referral.offer, Side.REFERRER, now=now),
        paid_before=thanked(Q(referral__referrer=referrer), referral),
        paid_in_chain=thanked(Q(referral__root=referral.root_id), referral),
        cap=referral.offer.per_referrer,
        enrolled_at_till_of_referrer=Reason.SAME_TILL in noticed,
        in_network_of_referrer=Reason.SAME_NETWORK in noticed,
        is_household=Reason.HOUSEHOLD in noticed or _has_family_address(referrer, friend),
        referrers_card_at_till=purchase is not None and _is_at_same_till(referrer, purchase),
        friends_lately=_friends_lately(referral),
        somebody_is_blocked=Customer.Status.BLOCKED in {friend.status, referrer.status},
    )


def promised_rewards(offer: ReferralOffer, side: str) -> list[Reward]:
    """One, or several to choose from; none where a side gets points or nothing."""
    rows = OfferReward.objects.filter(offer=offer, side=side).order_by("pk")
    return [one.reward for one in rows.select_related("reward__tier", "reward__early_tier")]


def is_without_reward(offer: ReferralOffer, side: str, *, now: datetime) -> bool:
    """Whether of what was promised nothing is left."""
    promised = promised_rewards(offer, side)
    return bool(promised) and not left_of(promised, now=now)


def thanked(whose: Q, referral: Referral) -> int:
    """How many friends have brought thanks under the offer; counted behind its lock."""
    given = Thanks.objects.filter(whose, side=Side.REFERRER, state__in=THANKED, referral__offer=referral.offer_id)
    return given.exclude(referral=referral.pk).count()


def suspicions_at_enrolment(referral: Referral) -> list[str]:
    """What till and network tell; both are forgotten, so that it is noted when the friend enrols."""
    referrer = referral.referrer
    if referrer is None or referral.friend is None:
        return []
    found = []
    if referral.device_id is not None and _was_at(referral.device_id, referrer, referral.claimed_at):
        found.append(Reason.SAME_TILL.value)
    seen = Invitation.objects.filter(customer=referrer).exclude(seen_network="").first()
    if seen is not None and seen.seen_at is not None and referral.network == seen.seen_network:
        apart = abs(seen.seen_at - referral.claimed_at)
        if apart <= _NEAR:
            found.append(Reason.SAME_NETWORK.value)
        if apart <= NETWORK_KEPT and _has_same_surname(referrer, referral.friend):
            found.append(Reason.HOUSEHOLD.value)
    return found


def _is_at_same_till(referrer: Customer, purchase: Purchase) -> bool:
    return purchase.device_id is not None and _was_at(purchase.device_id, referrer, purchase.recorded_at)


def _was_at(device_id: int, customer: Customer, moment: datetime) -> bool:
    near = Purchase.objects.filter(device=device_id, recorded_at__range=(moment - _NEAR, moment + _NEAR))
    return near.filter(customer=customer).exists()


def _friends_lately(referral: Referral) -> int:
    since = referral.claimed_at - timedelta(days=MANY_DAYS)
    lately = Referral.objects.filter(referrer=referral.referrer_id, claimed_at__range=(since, referral.claimed_at))
    return lately.count()


def _has_same_surname(one: Customer, other: Customer) -> bool:
    return bool(_surname(one)) and _surname(one) == _surname(other)


def _has_family_address(one: Customer, other: Customer) -> bool:
    """The same surname, and mail under a domain of that name."""
    if not _has_same_surname(one, other):
        return False
    domains = {customer.email.rpartition("@")[2] for customer in (one, other)}
    return len(domains) == 1 and _surname(one) in domains.pop()


def _surname(customer: Customer) -> str:
    """None where only a first name is known."""
    return customer.surname_key if " " in customer.name_key else ""
