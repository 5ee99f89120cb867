"""Where an offer and a referral stand, as a chip says it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from backoffice.rewards.states import Chip
from referrals.models import Referral, ReferralOffer


class State(StrEnum):
    DRAFT = "draft"
    SOON = "soon"
    ACTIVE = "active"
    # Published and begun, while one that has begun later is in force.
    RESTING = "resting"
    OVER = "over"


CHIPS: Final = {
    State.DRAFT: Chip(_("Draft"), "warn", "edit"),
    State.SOON: Chip(_("Soon"), "", "clock"),
    State.ACTIVE: Chip(_("In force"), "ok", "check"),
    State.RESTING: Chip(_("Rests"), "", "clock"),
    State.OVER: Chip(_("Ended"), "", "lock"),
}
REFERRAL_CHIPS: Final[dict[str, Chip]] = {
    Referral.State.WAITING: Chip(_("Enrolled"), "", "user"),
    Referral.State.DUE: Chip(_("Has bought"), "", "clock"),
    Referral.State.HELD: Chip(_("To be decided"), "warn", "alert"),
    Referral.State.PAID: Chip(_("Thanked"), "ok", "check"),
    Referral.State.REFUSED: Chip(_("Refused"), "bad", "close"),
    Referral.State.TAKEN_BACK: Chip(_("Taken back"), "bad", "undo"),
    Referral.State.LAPSED: Chip(_("Lapsed"), "", "lock"),
}


def state_of(offer: ReferralOffer, *, in_force: ReferralOffer | None, now: datetime) -> State:
    """An end that is reached by date counts like one by hand."""
    if offer.state == ReferralOffer.State.DRAFT:
        return State.DRAFT
    if offer.state == ReferralOffer.State.ENDED or (offer.ends_at is not None and offer.ends_at <= now):
        return State.OVER
    if offer.starts_at is not None and offer.starts_at > now:
        return State.SOON
    return State.ACTIVE if offer.is_campaign or offer == in_force else State.RESTING


def is_passed_on(offer: ReferralOffer, *, now: datetime) -> bool:
    """Whether a partner can pass its code on, also before its first day."""
    return offer.is_campaign and state_of(offer, in_force=None, now=now) in (State.SOON, State.ACTIVE)


def chip_of(offer: ReferralOffer, *, in_force: ReferralOffer | None, now: datetime) -> Chip:
    return CHIPS[state_of(offer, in_force=in_force, now=now)]
