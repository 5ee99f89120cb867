"""How customers and the team will see a reward, and what it costs, while it is being filled in."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _

from programs.earning import Terms, TierTerms
from programs.forecast import Figures, forecast, what_it_earns
from programs.models import Tier
from programs.queries import points_name
from programs.terms import terms_at
from rewards.models import Reward, RewardPhoto
from rewards.services import RewardDraft
from rewards.wording import benefit_text, key_in_text, price_text
from tenants.money import minor_units, money_text, rate_text
from tenants.scope import current_tenant

TURNOVER: Final = 100
# How much of the price somebody has who has not enough yet: five eighths, as in any example.
HAS: Final = Fraction(5, 8)
# Any reference will do for an example.
REFERENCE: Final = "4K7P"


def preview(draft: RewardDraft, *, photo: RewardPhoto | None, now: datetime) -> dict[str, Any]:
    """For the templates; whatever is filled in so far."""
    terms = terms_at(now)
    word = points_name(terms)
    stated = {name: getattr(draft, name) for name in draft.__slots__} | {"conditions": draft.conditions.as_json()}
    reward = Reward(**stated, photo=photo)
    reward.name = reward.name or _("Reward")
    has = int(draft.points * HAS)
    return {
        "shown": reward,
        "price": price_text(reward, word),
        "benefit": benefit_text(reward, word),
        "is_given": draft.way != Reward.Way.CHOICE,
        "has": has,
        "missing": word.counted(draft.points - has),
        "till": key_in_text(reward, value=draft.value, percent=draft.percent),
        "reference": REFERENCE,
        "turnover_text": turnover_text(terms, draft.points, draft.tier),
        "cost": cost_of(terms, draft),
    }


def turnover_text(terms: Terms, points: int, tier: Tier | None) -> str:
    """For how much turnover a customer of the reward's tier, or of the lowest one, has so many points."""
    held = _held(terms, tier)
    if held is None or not points:
        return ""
    turnover = _turnover()
    earned = what_it_earns(terms, held, turnover).points
    if not earned:
        return ""
    needed = round(Fraction(points * turnover, earned))
    values = {"amount": rate_text(needed, currency=current_tenant().currency), "tier": held.name}
    return _("= %(amount)s turnover in %(tier)s") % values


def cost_of(terms: Terms, draft: RewardDraft) -> dict[str, str]:
    """What it costs for TURNOVER units of turnover, where all points go into it; empty where a figure is missing."""
    if not terms.tiers or not draft.points:
        return {}
    turnover = _turnover()
    worth = draft.value
    seen = forecast(terms, Figures(reward_points=draft.points, cost=draft.cost, price=worth), turnover=turnover)
    currency = current_tenant().currency
    known = {"at_cost": seen.at_cost, "at_price": seen.at_price}
    said = {name: money_text(each, currency=currency) for name, each in known.items() if each is not None}
    return said | {"per": rate_text(turnover, currency=currency)} if said else {}


def _held(terms: Terms, tier: Tier | None) -> TierTerms | None:
    own = next((held for held in terms.tiers if tier is not None and held.id == tier.pk), None)
    return own or next(iter(terms.tiers), None)


def _turnover() -> int:
    return minor_units(Decimal(TURNOVER), currency=current_tenant().currency)
