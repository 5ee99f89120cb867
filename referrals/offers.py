"""What a merchant does with offers: prepare, publish and end them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from events.services import publish
from programs.terms import terms_at
from referrals.errors import OfferEnded, OfferIsPublished
from referrals.facts import is_without_reward, promised_rewards
from referrals.invitations import normal_code
from referrals.models import ForgottenContact, Invitation, OfferReward, ReferralOffer, Side
from rewards.models import Reward
from tenants.contact import normal_name
from tenants.contention import busy_if_locked
from tenants.errors import Invalid
from tenants.money import MAX_MINOR
from tenants.roles import Actor
from tenants.scope import refuse_closed

State = ReferralOffer.State
MOST_POINTS: Final = 1_000_000
MOST_DAYS: Final = 365
# How long goods usually can be returned, where the programme does not say when points become available.
USUAL_DAYS: Final = 14
USUAL_CAP: Final = 10
SHORTEST_CODE: Final = 3
LONGEST_CODE: Final = 20
_LAST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDraft:
    """What a merchant states about an offer; the columns of `ReferralOffer` say what each means.

    Each side gets points, or one of its rewards, or nothing.
    """

    name: str
    code: str = ""
    partner: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    referrer_points: int = 0
    referrer_rewards: Sequence[Reward] = ()
    friend_points: int = 0
    friend_rewards: Sequence[Reward] = ()
    smallest_purchase: int = 0
    waiting_days: int = USUAL_DAYS
    per_referrer: int | None = USUAL_CAP
    in_total: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing an offer means: from when it is in force, which others end, and which one goes on after it."""

    begins: datetime
    replaced: Sequence[ReferralOffer] = ()
    resting: ReferralOffer | None = None


def usual_waiting_days(*, now: datetime) -> int:
    """As long as the programme's own points wait, where they do."""
    return terms_at(now).pending_days or USUAL_DAYS


def create_offer(*, draft: OfferDraft, actor: Actor, now: datetime) -> ReferralOffer:
    """A draft. Raises Invalid and ShopClosed."""
    refuse_closed()
    draft = _checked(draft)
    with transaction.atomic():
        _refuse_taken_code(draft.code)
        offer = ReferralOffer(**_columns(draft), created_at=now, changed_at=now, actor=actor.reference)
        offer.save(force_insert=True)
        _set_rewards(offer, draft)
        publish("referral_offer.created", actor=actor, occurred_at=now, offer=offer.pk)
    return offer


def change_offer(*, offer: ReferralOffer, draft: OfferDraft, actor: Actor, now: datetime) -> ReferralOffer:
    """As long as it is a draft. Raises Invalid, OfferIsPublished and ShopClosed."""
    refuse_closed()
    draft = _checked(draft)
    with transaction.atomic():
        current = _locked_draft(offer)
        _refuse_taken_code(draft.code, other_than=current)
        for name, value in _columns(draft).items():
            setattr(current, name, value)
        current.changed_at, current.actor = now, actor.reference
        current.save()
        _set_rewards(current, draft)
        publish("referral_offer.changed", actor=actor, occurred_at=now, offer=current.pk)
    return current


def discard_offer(*, offer: ReferralOffer, actor: Actor, now: datetime) -> None:
    """Delete a draft. Raises OfferIsPublished."""
    with transaction.atomic():
        current = _locked_draft(offer)
        publish("referral_offer.discarded", actor=actor, occurred_at=now, offer=current.pk)
        OfferReward.objects.filter(offer=current).delete()
        current.delete()


def publish_offer(*, offer: ReferralOffer, actor: Actor, now: datetime) -> ReferralOffer:
    """From its beginning on it is in force; what it covers to the end has ended by then, the rest goes on after it.

    Raises Invalid, OfferIsPublished and ShopClosed.
    """
    refuse_closed()
    with busy_if_locked(), transaction.atomic():
        others = _locked_offers()
        current = next((one for one in others if one.pk == offer.pk), None)
        if current is None or current.state != State.DRAFT:
            raise OfferIsPublished
        _refuse_incomplete(current, now=now)
        current.starts_at = max(current.starts_at or now, now)
        current.state, current.published_at = State.LIVE, now
        current.save(update_fields=["state", "starts_at", "published_at"])
        if not current.is_campaign:
            _replace(others, current, actor=actor, now=now)
        publish("referral_offer.published", actor=actor, occurred_at=now, offer=current.pk)
    return current


def outcome_of_publishing(offer: ReferralOffer, *, now: datetime) -> Outcome:
    """What would become of the other offers; nothing is done."""
    begins = max(offer.starts_at or now, now)
    if offer.is_campaign:
        return Outcome(begins)
    # What is not saved yet comes last.
    new = ReferralOffer(pk=offer.pk or _LAST, starts_at=begins, ends_at=offer.ends_at)
    others = ReferralOffer.objects.filter(state=State.LIVE, code="", starts_at__lte=begins).exclude(pk=new.pk)
    running = [other for other in others.order_by("starts_at", "pk") if not _is_over(other, at=begins)]
    replaced = [other for other in running if _is_covered(other, new)]
    resting = [other for other in running if other not in replaced]
    return Outcome(begins, replaced, resting[-1] if resting else None)


def _is_over(offer: ReferralOffer, *, at: datetime) -> bool:
    return offer.ends_at is not None and offer.ends_at <= at


def end_offer(*, offer: ReferralOffer, actor: Actor, now: datetime) -> ReferralOffer:
    """Nobody comes by it any more; who has come before keeps what was promised. Raises OfferEnded."""
    with busy_if_locked(), transaction.atomic():
        current = ReferralOffer.objects.select_for_update(no_key=True).get(pk=offer.pk)
        if current.state != State.LIVE:
            raise OfferEnded
        _end(current, at=now, actor=actor)
    return current


def end_what_is_over(*, actor: Actor, now: datetime) -> None:
    """Offers whose last moment has passed."""
    with transaction.atomic():
        over = ReferralOffer.objects.select_for_update(no_key=True).filter(state=State.LIVE, ends_at__lte=now)
        for offer in over.order_by("pk"):
            assert offer.ends_at is not None
            _end(offer, at=offer.ends_at, actor=actor)


def _end(offer: ReferralOffer, *, at: datetime, actor: Actor) -> None:
    assert offer.starts_at is not None
    # One that has not begun never was in force.
    offer.starts_at = min(offer.starts_at, at)
    offer.state, offer.ends_at = State.ENDED, at
    offer.save(update_fields=["state", "starts_at", "ends_at"])
    ForgottenContact.objects.filter(offer=offer).delete()
    publish("referral_offer.ended", actor=actor, occurred_at=at, offer=offer.pk)


def _replace(others: Iterable[ReferralOffer], new: ReferralOffer, *, actor: Actor, now: datetime) -> None:
    """Whatever the new one covers to the end is over with its beginning; of two that run the later one is in force."""
    assert new.starts_at is not None
    for other in others:
        if other.pk == new.pk or other.state != State.LIVE or other.is_campaign or not _is_covered(other, new):
            continue
        if new.starts_at <= now:
            _end(other, at=now, actor=actor)
        else:
            other.ends_at = new.starts_at
            other.save(update_fields=["ends_at"])


def _is_covered(other: ReferralOffer, new: ReferralOffer) -> bool:
    """From the beginning of the new one on, so that nothing of it would follow."""
    assert new.starts_at is not None
    assert other.starts_at is not None
    begins_before = other.starts_at < new.starts_at or (other.starts_at == new.starts_at and other.pk < new.pk)
    still_runs = other.ends_at is None or other.ends_at > new.starts_at
    ends_within = new.ends_at is None or (other.ends_at is not None and other.ends_at <= new.ends_at)
    return begins_before and still_runs and ends_within


def _locked_offers() -> list[ReferralOffer]:
    """All that have not ended, in key order: of two who publish, one comes second."""
    rows = ReferralOffer.objects.select_for_update(no_key=True).exclude(state=State.ENDED)
    return list(rows.order_by("pk"))


def _locked_draft(offer: ReferralOffer) -> ReferralOffer:
    current = ReferralOffer.objects.select_for_update(no_key=True).filter(pk=offer.pk).first()
    if current is None or current.state != State.DRAFT:
        raise OfferIsPublished
    return current


def _set_rewards(offer: ReferralOffer, draft: OfferDraft) -> None:
    OfferReward.objects.filter(offer=offer).delete()
    chosen = {Side.REFERRER: draft.referrer_rewards, Side.FRIEND: draft.friend_rewards}
    OfferReward.objects.bulk_create(
        OfferReward(offer=offer, side=side, reward=reward) for side, rewards in chosen.items() for reward in rewards
    )


def _columns(draft: OfferDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__slots__ if not name.endswith("_rewards")}


def _checked(draft: OfferDraft) -> OfferDraft:
    """Normal spelling, and nothing for a side that there is not. Raises Invalid at the field."""
    draft = replace(
        draft, name=normal_name(draft.name), partner=normal_name(draft.partner), code=normal_code(draft.code)
    )
    if not draft.name:
        raise Invalid(_("Enter a name."), field="name")
    if draft.code:
        draft = replace(draft, referrer_points=0, referrer_rewards=())
        if not SHORTEST_CODE <= len(draft.code) <= LONGEST_CODE:
            raise Invalid(_("Enter 3 to 20 letters and digits."), field="code")
    elif draft.partner:
        raise Invalid(_("A partner's campaign needs a code."), field="code")
    for side in Side.values:
        _refuse_bad_thanks(draft, side)
    _refuse_bad_figures(draft)
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        raise Invalid(_("The end lies before the beginning."), field="ends_at")
    return draft


def _refuse_bad_thanks(draft: OfferDraft, side: str) -> None:
    points, rewards = getattr(draft, f"{side}_points"), getattr(draft, f"{side}_rewards")
    if not 0 <= points <= MOST_POINTS:
        raise Invalid(_("Enter a number of points."), field=f"{side}_points")
    if points and rewards:
        raise Invalid(_("Choose either points or rewards."), field=f"{side}_rewards")
    if any(reward.published_at is None or reward.ended_at is not None for reward in rewards):
        raise Invalid(_("Choose rewards that are offered now."), field=f"{side}_rewards")
    if any(reward.chooses_points for reward in rewards):
        raise Invalid(_("A reward of which customers choose the points cannot be given."), field=f"{side}_rewards")


def _refuse_bad_figures(draft: OfferDraft) -> None:
    if not 0 <= draft.smallest_purchase <= MAX_MINOR:
        raise Invalid(_("Enter an amount."), field="smallest_purchase")
    if not 0 <= draft.waiting_days <= MOST_DAYS:
        raise Invalid(_("Enter a number of days."), field="waiting_days")
    for name in ("per_referrer", "in_total"):
        most = getattr(draft, name)
        if most is not None and not 1 <= most <= MOST_POINTS:
            raise Invalid(_("Enter a number above zero."), field=name)


def _refuse_incomplete(offer: ReferralOffer, *, now: datetime) -> None:
    if offer.ends_at is not None and offer.ends_at <= now:
        raise Invalid(_("The end lies in the past."), field="ends_at")
    sides = {side for side in Side.values if offer.points_for(side) or promised_rewards(offer, side)}
    if not sides:
        raise Invalid(_("Say what somebody gets for it."), field="friend_points")
    if offer.is_campaign and Side.FRIEND.value not in sides:
        raise Invalid(_("Say what newcomers get."), field="friend_points")
    for side in sides:
        if is_without_reward(offer, side, now=now):
            raise Invalid(_("Choose rewards that are offered now."), field=f"{side}_rewards")


def _refuse_taken_code(code: str, *, other_than: ReferralOffer | None = None) -> None:
    if not code:
        return
    same = Q(code=code) & ~Q(state=State.ENDED)
    taken = ReferralOffer.objects.filter(same)
    taken = taken.exclude(pk=other_than.pk) if other_than else taken
    if taken.exists() or Invitation.objects.filter(code=code).exists():
        raise Invalid(_("This code is taken."), field="code")
