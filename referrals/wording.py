"""Offers and referrals in plain words: what both get, what becomes of a friend, and why something waits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programs.messages import points_in_words
from referrals.invitations import found_invitation
from referrals.models import Referral, ReferralOffer, Side, Thanks
from referrals.queries import rewards_of
from referrals.verdict import Obstacle, Reason
from rewards.models import Reward
from tenants.errors import DomainError
from tenants.locales import Noun, date_text, number_text
from tenants.money import money_text
from tenants.scope import current_tenant

State = Referral.State

# Why something is held or refused, for the merchant.
REASONS: Final[Mapping[str, Any]] = {
    Reason.ONESELF.value: gettext_lazy("Both are the same person."),
    Reason.EXISTING.value: gettext_lazy("The friend was a customer before."),
    Reason.FRIEND_LEFT.value: gettext_lazy("The friend has deleted the account."),
    Reason.MERCHANT.value: gettext_lazy("Refused by the team."),
    Reason.SAME_TILL.value: gettext_lazy("Enrolled at the till at which the other one had just bought."),
    Reason.SAME_NETWORK.value: gettext_lazy("Enrolled within minutes in the network of the one who invited."),
    Reason.HOUSEHOLD.value: gettext_lazy("Probably one household: the same surname, and one network or mail address."),
    Reason.CARD_AT_TILL.value: gettext_lazy("Both cards were used at one till within minutes."),
    Reason.MANY.value: gettext_lazy("The fifth friend or more within a week."),
    Reason.RING.value: gettext_lazy("Customers who have invited each other in turn have reached the limit together."),
    Reason.NO_CONTACT.value: gettext_lazy("The friend has neither an e-mail address nor a phone number."),
    Reason.BLOCKED.value: gettext_lazy("One of the two is blocked."),
    Reason.NO_REWARD.value: gettext_lazy(
        "Of the promised rewards none is left. Offer one of them again before you approve, or thank them yourself."
    ),
}
OBSTACLES: Final[Mapping[str, Any]] = {
    Obstacle.CAP.value: gettext_lazy("As many friends have been thanked for as the offer allows."),
    Obstacle.LEFT.value: gettext_lazy("No longer a customer."),
    Obstacle.NO_REWARD.value: gettext_lazy("Of the promised rewards none was left."),
}
# What becomes of a friend, for the one who has invited; never why, which would say something about somebody else.
STATES: Final[Mapping[str, Any]] = {
    State.WAITING.value: gettext_lazy("Enrolled; the first purchase is still to come"),
    State.DUE.value: gettext_lazy("Has bought; the thanks follow after the return period"),
    State.HELD.value: gettext_lazy("Has bought; the shop is still checking"),
    State.PAID.value: gettext_lazy("Has bought"),
    State.REFUSED.value: gettext_lazy("Does not count"),
    State.TAKEN_BACK.value: gettext_lazy("The purchase was returned"),
    State.LAPSED.value: gettext_lazy("No purchase in time"),
}


def gift_in_words(offer: ReferralOffer, side: str, rewards: Sequence[Reward], *, word: Noun | None = None) -> str:
    """“500 Punkte”, “Cappuccino” or “Cappuccino or Croissant”; empty where a side gets nothing."""
    if points := offer.points_for(side):
        return word.counted(points) if word else points_in_words(points)
    return alternatives([reward.name for reward in rewards])


def gifts_in_words(
    offer: ReferralOffer, rewards: Mapping[str, Sequence[Reward]], *, word: Noun | None = None
) -> tuple[str, str]:
    """The friend's and the referrer's."""
    friend, referrer = (gift_in_words(offer, side, rewards[side], word=word) for side in (Side.FRIEND, Side.REFERRER))
    return friend, referrer


def alternatives(names: Sequence[str]) -> str:
    *others, last = names or [""]
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last


def offer_in_words(offer: ReferralOffer, rewards: Mapping[str, Sequence[Reward]], *, word: Noun | None = None) -> str:
    """What both get, in one sentence. Lists ask for the shop's word for points once and hand it on."""
    friend, referrer = gifts_in_words(offer, rewards, word=word)
    if friend and referrer:
        text = _("Who is invited gets %(friend)s, who invites gets %(referrer)s.")
    elif friend:
        text = _("Who is invited gets %(friend)s.")
    else:
        text = _("Who invites gets %(referrer)s.")
    return text % {"friend": friend, "referrer": referrer}


def invitation_in_words(offer: ReferralOffer, rewards: Mapping[str, Sequence[Reward]]) -> str:
    """What both get, to the one who invites."""
    friend, referrer = gifts_in_words(offer, rewards)
    if friend and friend == referrer:
        text = _("Invite friends – you both get %(friend)s")
    elif friend and referrer:
        text = _("Invite friends – they get %(friend)s, you get %(referrer)s")
    elif friend:
        text = _("Invite friends – they get %(friend)s")
    else:
        text = _("Invite friends – you get %(referrer)s for it")
    return text % {"friend": friend, "referrer": referrer}


def promise_in_words(offer: ReferralOffer, rewards: Mapping[str, Sequence[Reward]], *, name: str) -> str:
    """What both get and for what, to the friend and in one sentence; `name` is the referrer's first, if known."""
    friend, referrer = gifts_in_words(offer, rewards)
    if friend and referrer:
        text, name = _("You get %(friend)s and %(name)s gets %(referrer)s – %(when)s."), name or _("who invites you")
    elif friend:
        text = _("You get %(friend)s – %(when)s.")
    else:
        text, name = _("%(name)s gets %(referrer)s – %(when)s."), name or _("Who invites you")
    return text % {"friend": friend, "referrer": referrer, "name": name, "when": _when(offer)}


def occasion_in_words(offer: ReferralOffer) -> str:
    """For what there is something, as part of a sentence."""
    if not offer.smallest_purchase:
        return _("after the first purchase")
    return _("after the first purchase of at least %(amount)s") % {"amount": _smallest(offer)}


def _when(offer: ReferralOffer) -> str:
    occasion, days = occasion_in_words(offer), offer.waiting_days
    if not days:
        return occasion
    return ngettext("%(days)s day %(occasion)s", "%(days)s days %(occasion)s", days) % {
        "days": number_text(days),
        "occasion": occasion,
    }


def _smallest(offer: ReferralOffer) -> str:
    return money_text(offer.smallest_purchase, currency=current_tenant().currency)


def conditions_in_words(offer: ReferralOffer, *, to: Side = Side.REFERRER) -> list[str]:
    """When there is something, and how often: what customers are told; the limit is the referrer's."""
    lines = [
        _("For new customers, after the first purchase of at least %(amount)s.") % {"amount": _smallest(offer)}
        if offer.smallest_purchase
        else _("For new customers, after the first purchase."),
    ]
    if offer.waiting_days:
        text = ngettext(
            "The thank-you follows %(count)s day later, unless the purchase is returned.",
            "The thank-you follows %(count)s days later, unless the purchase is returned.",
            offer.waiting_days,
        )
        lines.append(text % {"count": offer.waiting_days})
    if offer.per_referrer is not None and not offer.is_campaign and to == Side.REFERRER:
        text = ngettext("For up to %(count)s friend.", "For up to %(count)s friends.", offer.per_referrer)
        lines.append(text % {"count": offer.per_referrer})
    if offer.last_day is not None:
        lines.append(_("Until %(day)s.") % {"day": date_text(offer.last_day)})
    return lines


def code_in_words(code: str, *, now: datetime) -> dict[str, str]:
    """For the team while a code is typed: what it promises now, or why it does not count."""
    if not code:
        return {}
    try:
        found = found_invitation(code, now=now)
    except DomainError as refusal:
        return {"code_refusal": str(refusal)}
    who = found.referrer.masked_name or found.referrer.number if found.referrer else found.offer.partner
    return {
        "inviter": who or found.offer.name,
        "promise": offer_in_words(found.offer, rewards_of(found.offer)),
        "condition": conditions_in_words(found.offer)[0],
    }


def noted_in_words(referral: Referral) -> str:
    """For the team, once a newcomer has come by it."""
    promise = offer_in_words(referral.offer, rewards_of(referral.offer))
    return _("The invitation is noted. %(promise)s") % {"promise": promise}


def reasons_in_words(codes: Iterable[str]) -> list[str]:
    return [str(REASONS[code]) for code in codes if code in REASONS]


def state_in_words(referral: Referral) -> str:
    """For the one who has invited; where only the friend is thanked it says why."""
    mine = next((one for one in referral.thanks.all() if one.side == Side.REFERRER), None)
    if mine is not None and mine.state == Thanks.State.REFUSED and mine.obstacle in OBSTACLES:
        return str(OBSTACLES[mine.obstacle])
    return str(STATES[referral.state])


def thanks_in_words(thanks: Thanks, *, word: Noun | None = None) -> str:
    """What somebody has got: points or a reward; empty where it is still to be chosen, or nothing."""
    if thanks.points:
        return word.counted(thanks.points) if word else points_in_words(thanks.points)
    return thanks.redemption.reward.name if thanks.redemption else ""
