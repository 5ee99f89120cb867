"""Whether a referral is thanked, waits for the merchant, or is refused: one pure function, and the reasons it gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    REFUSE = "refuse"
    HOLD = "hold"
    PAY = "pay"


class Reason(StrEnum):
    """Why nobody is thanked, or why a person should look at it first."""

    # Refused.
    ONESELF = "oneself"
    EXISTING = "existing"
    FRIEND_LEFT = "friend_left"
    MERCHANT = "merchant"
    # Held.
    SAME_TILL = "same_till"
    SAME_NETWORK = "same_network"
    HOUSEHOLD = "household"
    CARD_AT_TILL = "card_at_till"
    MANY = "many"
    RING = "ring"
    NO_CONTACT = "no_contact"
    BLOCKED = "blocked"
    # Held until the merchant has seen it, whatever was approved before.
    NO_REWARD = "no_reward"


class Obstacle(StrEnum):
    """Why a side gets nothing: the one who has invited for the first two, though the friend does."""

    CAP = "cap"
    LEFT = "left"
    NO_REWARD = "no_reward"


# So many friends within MANY_DAYS bring themselves to the merchant's notice.
MANY: Final = 4
MANY_DAYS: Final = 7
# How close in time two people at one till or in one network are.
MINUTES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a referral, whoever has found it out."""

    # Hard facts.
    is_oneself: bool = False
    is_existing: bool = False
    friend_left: bool = False
    referrer_left: bool = False
    # How many friends the referrer has been thanked for under the offer, and the whole chain of invitations.
    paid_before: int = 0
    paid_in_chain: int = 0
    cap: int | None = None
    # Suspicions.
    enrolled_at_till_of_referrer: bool = False
    in_network_of_referrer: bool = False
    is_household: bool = False
    referrers_card_at_till: bool = False
    friends_lately: int = 0
    friend_has_contact: bool = True
    somebody_is_blocked: bool = False
    # Of what was promised to a side nothing can be given any more.
    friend_without_reward: bool = False
    referrer_without_reward: bool = False
    # The merchant has looked at it and found it good; and knew then that a reward is missing.
    is_approved: bool = False
    is_approved_without_reward: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, with its reasons; `obstacle` says why the one who has invited is not thanked."""

    verdict: Verdict
    reasons: Sequence[Reason] = ()
    obstacle: Obstacle | None = None


def verdict(facts: Facts) -> Judged:
    """Hard facts refuse, whoever approved; suspicions hold what nobody has approved; the rest is paid.

    A promise that cannot be kept is held as well, until the merchant has approved just that.
    """
    if refusals := _refusals(facts):
        return Judged(Verdict.REFUSE, refusals)
    suspicions = _suspicions(facts)
    if _lacks_reward(facts):
        return Judged(Verdict.HOLD, [*suspicions, Reason.NO_REWARD])
    if suspicions and not facts.is_approved:
        return Judged(Verdict.HOLD, suspicions)
    return Judged(Verdict.PAY, obstacle=_obstacle(facts))


def _refusals(facts: Facts) -> list[Reason]:
    standing = {
        Reason.ONESELF: facts.is_oneself,
        Reason.EXISTING: facts.is_existing,
        Reason.FRIEND_LEFT: facts.friend_left,
    }
    return [reason for reason, stands in standing.items() if stands]


def _suspicions(facts: Facts) -> list[Reason]:
    has_room = facts.cap is None or facts.paid_before < facts.cap
    standing = {
        Reason.SAME_TILL: facts.enrolled_at_till_of_referrer,
        Reason.SAME_NETWORK: facts.in_network_of_referrer,
        Reason.HOUSEHOLD: facts.is_household,
        Reason.CARD_AT_TILL: facts.referrers_card_at_till,
        Reason.MANY: facts.friends_lately > MANY,
        # People who invite each other in turn share one cap; whoever has reached it alone gets nothing anyhow.
        Reason.RING: has_room and facts.cap is not None and facts.paid_in_chain >= facts.cap,
        Reason.NO_CONTACT: not facts.friend_has_contact,
        Reason.BLOCKED: facts.somebody_is_blocked,
    }
    return [reason for reason, stands in standing.items() if stands]


def _lacks_reward(facts: Facts) -> bool:
    """Whoever gets nothing anyhow lacks nothing."""
    if facts.is_approved_without_reward:
        return False
    return facts.friend_without_reward or (facts.referrer_without_reward and _obstacle(facts) is None)


def _obstacle(facts: Facts) -> Obstacle | None:
    if facts.referrer_left:
        return Obstacle.LEFT
    if facts.cap is not None and facts.paid_before >= facts.cap:
        return Obstacle.CAP
    return None
