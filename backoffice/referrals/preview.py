"""What both sides read of an offer, what it costs, what publishing it means, and what a merchant should think about."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ledger.liability import point_value
from programs.terms import terms_at
from referrals.models import ReferralOffer, Side
from referrals.offers import OfferDraft, outcome_of_publishing
from referrals.wording import conditions_in_words, invitation_in_words, offer_in_words, promise_in_words
from rewards.models import Reward
from rewards.situations import left_of
from tenants.locales import date_text
from tenants.money import money_text
from tenants.scope import current_tenant

Rewards = Mapping[str, Sequence[Reward]]


def preview(draft: OfferDraft, *, offer: ReferralOffer | None, now: datetime) -> dict[str, Any]:
    """For the templates; whatever is filled in so far."""
    stated = {name: getattr(draft, name) for name in draft.__slots__ if not name.endswith("_rewards")}
    shown = ReferralOffer(**stated, pk=offer.pk if offer else None)
    rewards = {Side.REFERRER.value: draft.referrer_rewards, Side.FRIEND.value: draft.friend_rewards}
    return in_words(shown, rewards, now=now) | {"meaning": meaning_of(shown, now=now)}


def in_words(offer: ReferralOffer, rewards: Rewards, *, now: datetime) -> dict[str, Any]:
    """An offer as customers read it, and for the merchant what it costs and what may be wrong with it."""
    promises = any(offer.points_for(side) or rewards[side] for side in Side.values)
    return {
        "sentence": offer_in_words(offer, rewards) if promises else "",
        "read": _as_customers_read_it(offer, rewards) if promises else {},
        "conditions": conditions_in_words(offer),
        "cost": _cost_in_words(offer, rewards, now=now) if promises else "",
        "hints": list(_hints(offer, rewards, now=now)) if promises else [],
    }


def _as_customers_read_it(offer: ReferralOffer, rewards: Rewards) -> dict[str, str]:
    """In the shop's language, with du or Sie."""
    tenant = current_tenant()
    with translation.override(tenant.customer_language):
        friend = promise_in_words(offer, rewards, name="")
        referrer = "" if offer.is_campaign else invitation_in_words(offer, rewards)
    return {"friend": friend, "referrer": referrer, "language": tenant.language}


def meaning_of(offer: ReferralOffer, *, now: datetime) -> list[str]:
    """What publishing would do: from when it is in force, and what becomes of the others."""
    outcome = outcome_of_publishing(offer, now=now)
    if outcome.begins <= now:
        lines = [_("In force at once.")]
    else:
        lines = [_("In force from %(day)s.") % {"day": date_text(outcome.begins)}]
    for other in outcome.replaced:
        lines.append(_("It replaces “%(name)s”, which ends then.") % {"name": other.name})
    if outcome.resting is not None and offer.last_day is not None:
        facts = {"name": outcome.resting.name, "day": date_text(offer.last_day)}
        lines.append(_("“%(name)s” rests meanwhile and goes on after %(day)s.") % facts)
    lines.append(_("Published, it changes no more; whoever has come by it keeps what was promised."))
    return lines


def _cost_in_words(offer: ReferralOffer, rewards: Rewards, *, now: datetime) -> str:
    value = point_value(at=now)
    parts = [_of_side(offer, rewards, side, value, "cost") for side in Side.values]
    if None in parts:
        return _("What it costs stands here once you have stated what your points are worth and your rewards cost.")
    cost = money_text(sum(part for part in parts if part is not None), currency=current_tenant().currency)
    return _("Costs you %(cost)s for each new customer who buys.") % {"cost": cost}


def _hints(offer: ReferralOffer, rewards: Rewards, *, now: datetime) -> Iterator[str]:
    """Nothing of this is forbidden."""
    for side in Side:
        yield from _gone_in_words(side, rewards[side], now=now)
    currency, value = current_tenant().currency, point_value(at=now)
    known = (_of_side(offer, rewards, side, value, "value") for side in Side.values)
    worth = sum(part for part in known if part is not None)
    if worth > offer.smallest_purchase:
        facts = {
            "worth": money_text(worth, currency=currency),
            "amount": money_text(offer.smallest_purchase, currency=currency),
        }
        if offer.smallest_purchase:
            yield _("The thanks are worth %(worth)s, more than the smallest purchase of %(amount)s.") % facts
        else:
            yield _("The thanks are worth %(worth)s, and the smallest purchase is enough.") % facts
    waiting = terms_at(now).pending_days
    if not offer.waiting_days:
        yield _("Without a waiting time the thanks come before goods can be returned.")
    elif waiting and offer.waiting_days < waiting:
        yield _("Your points are available after %(days)s days; these come earlier.") % {"days": waiting}
    if offer.per_referrer is None and not offer.is_campaign:
        yield _("Without a limit one person can be thanked for any number of friends.")


def _gone_in_words(side: Side, promised: Sequence[Reward], *, now: datetime) -> Iterator[str]:
    """What was promised to a side and cannot be given any more."""
    left = left_of(promised, now=now)
    if promised and not left:
        text = _("%(side)s: of the promised rewards none is left. Whoever has bought waits for your decision.")
        yield text % {"side": side.label}
        return
    for reward in promised:
        if reward not in left:
            yield _("%(side)s: “%(reward)s” has ended or is sold out.") % {"side": side.label, "reward": reward.name}


def _of_side(offer: ReferralOffer, rewards: Rewards, side: str, per_hundred: int | None, column: str) -> int | None:
    """Minor units; of several rewards the dearest. None where the merchant has not said it."""
    if points := offer.points_for(side):
        return None if per_hundred is None else points * per_hundred // 100
    stated = [getattr(reward, column) for reward in rewards[side]]
    return None if None in stated else max(stated, default=0)
