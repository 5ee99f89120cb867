"""Rewards in words: what they cost, what to key into the till, and what stands in the way."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.rules import Conditions
from programs.wording import circumstances_in_words
from rewards.models import Redemption, Reward
from rewards.offers import Obstacle, Offer
from tenants.locales import Noun, day_month_text, number_text, percent_text
from tenants.money import money_text
from tenants.scope import current_tenant


def till_text(redemption: Redemption) -> str:
    """What the cashier keys in, e.g. `Discount 5.00 €`; the reference stands beside it."""
    return key_in_text(redemption.reward, value=redemption.value, percent=redemption.percent)


def key_in_text(reward: Reward, *, value: int | None, percent: int | None) -> str:
    """The same for a reward that would be redeemed."""
    match reward.kind:
        case Reward.Kind.PERCENT:
            return _("Discount %(percent)s") % {"percent": percent_text(percent or 0)}
        case Reward.Kind.SHIPPING:
            return _("Free shipping")
        case Reward.Kind.EVENT:
            return _("Admission: %(event)s") % {"event": reward.name}
    if value:
        return _("Discount %(amount)s") % {"amount": _money(value)}
    return _("Free of charge: %(reward)s") % {"reward": reward.name}


def benefit_text(reward: Reward, name: Noun) -> str:
    """What it brings, where its name does not say so; empty for goods."""
    if reward.chooses_points:
        values = {"amount": _money(reward.value or 0), "points": name.counted(reward.points)}
        return _("%(amount)s discount for %(points)s") % values
    match reward.kind:
        case Reward.Kind.AMOUNT:
            return _("%(amount)s discount") % {"amount": _money(reward.value or 0)}
        case Reward.Kind.PERCENT:
            return _("%(percent)s discount") % {"percent": percent_text(reward.percent or 0)}
    return ""


def price_text(reward: Reward, name: Noun) -> str:
    """`500 points`, `from 1 point` where the customer chooses, or that it costs nothing."""
    if reward.chooses_points:
        return _("any number of %(points)s") % {"points": name.unit(2)}
    return name.counted(reward.points) if reward.points else _("free of charge")


def least_purchase_text(reward: Reward) -> str:
    """What has to be bought with it; empty where nothing has."""
    return _("with a purchase of %(amount)s or more") % {"amount": _money(reward.min_total)} if reward.min_total else ""


def terms_in_words(reward: Reward) -> list[str]:
    """What holds for it, a short sentence each."""
    conditions = Conditions.from_json(reward.conditions)
    said = [
        _("from the tier %(tier)s on") % {"tier": reward.tier.name} if reward.tier else "",
        least_purchase_text(reward),
        ", ".join(circumstances_in_words(conditions)),
        _limit(reward),
        _("once a day") if reward.per_customer_day == 1 and reward.per_customer != 1 else "",
    ]
    return [f"{text[:1].upper()}{text[1:]}" for text in said if text]


def _limit(reward: Reward) -> str:
    if reward.per_customer is None:
        return ""
    text = ngettext("once for each customer", "up to %(count)s times for each customer", reward.per_customer)
    return text % {"count": number_text(reward.per_customer)}


def left_text(reward: Reward) -> str:
    """How many are left, where that is counted."""
    if reward.stock is None:
        return ""
    left = {"count": number_text(reward.stock)}
    if not reward.stock:
        return _("Fully booked") if reward.kind == Reward.Kind.EVENT else _("Sold out")
    if reward.kind == Reward.Kind.EVENT:
        return ngettext("%(count)s place left", "%(count)s places left", reward.stock) % left
    return ngettext("%(count)s left", "%(count)s left", reward.stock) % left


def obstacle_text(obstacle: Obstacle, offer: Offer) -> str:
    """Why somebody cannot have it now, in one short sentence."""
    conditions = offer.conditions
    match obstacle:
        case Obstacle.NOT_YET if conditions.from_on:
            return _("From %(day)s.") % {"day": day_month_text(conditions.from_on)}
        case Obstacle.PURCHASE_TOO_SMALL:
            return _("With a purchase of %(amount)s or more.") % {"amount": _money(offer.min_total)}
        case Obstacle.HAD_ENOUGH if offer.per_customer and offer.per_customer > 1:
            return _("No more than %(count)s times for each customer.") % {"count": number_text(offer.per_customer)}
    return str(_OBSTACLES[obstacle]())


_OBSTACLES = {
    Obstacle.ENDED: lambda: _("This reward has ended."),
    Obstacle.NOT_FOR_CHOICE: lambda: _("The shop gives this reward away itself."),
    Obstacle.TIER: lambda: _("This reward is for a higher tier."),
    Obstacle.OTHER_STORE: lambda: _("Not in this store."),
    Obstacle.NOT_YET: lambda: _("Not yet."),
    Obstacle.OVER: lambda: _("This offer is over."),
    Obstacle.SOLD_OUT: lambda: _("Sold out."),
    Obstacle.HAD_ENOUGH: lambda: _("Once for each customer, and redeemed already."),
    Obstacle.HAD_TODAY: lambda: _("Redeemed often enough for today."),
    Obstacle.NONE_TODAY: lambda: _("No more of it today."),
    Obstacle.HOURS: lambda: _("Not at this time."),
    Obstacle.PURCHASE_TOO_SMALL: lambda: _("The purchase is too small for it."),
    Obstacle.POINTS: lambda: _("There are not enough points."),
}


def _money(minor: int) -> str:
    return money_text(minor, currency=current_tenant().currency)
