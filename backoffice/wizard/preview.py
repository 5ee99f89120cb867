"""What stands beside every step: purchases, the merchant's own calculation and the picture of a phone."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from programs.earning import Terms
from programs.forecast import NO_FIGURES, Figures, forecast, purchases_to, welcome_points
from programs.models import Tier
from programs.publishing import Draft, what_it_earns
from programs.qualifying import Basis
from programs.queries import points_name
from rewards.models import Reward
from rewards.queries import first_reward
from tenants.errors import Invalid
from tenants.locales import number_text
from tenants.money import amount_text, minor_units, money_text, rate_text, typed_amount
from tenants.scope import current_tenant

# The purchase that the preview begins with, and the turnover that costs are told by, in units of the currency.
EXAMPLE: Final = 25
TURNOVER: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of the calculation, how it comes about, or what is missing for it."""

    label: str
    how: str
    value: str


def preview(draft: Draft, *, amount: str | None, now: datetime) -> dict[str, Any]:
    """For the templates. `amount` is what was typed, None at first."""
    currency = current_tenant().currency
    first = amount_text(minor_units(Decimal(EXAMPLE), currency=currency), currency=currency)
    shown: dict[str, Any] = {"amount": first if amount is None else amount}
    terms = draft.terms()
    cheapest = first_reward(now=now)
    figures = _reckoned(draft.figures, cheapest)
    shown |= {"word": points_name(terms), "cheapest": cheapest, "has_own_figures": draft.figures != NO_FIGURES}
    if not terms.tiers:
        return shown | {"preview_error": _("Without a tier there is nothing to show.")}
    try:
        total = typed_amount(shown["amount"], currency=currency)
    except Invalid as refusal:
        return shown | {"preview_error": str(refusal)}
    earned = what_it_earns(draft, total=total)
    codes = dict(Tier.objects.values_list("pk", "code"))
    return shown | {
        "total": total,
        "earned": [
            {"tier": replace(tier, code=codes.get(tier.id, "")), "points": earning.points}
            for tier, (_draft, earning) in zip(terms.tiers, earned, strict=True)
        ],
        "most": max((earning.points for _tier, earning in earned), default=0) or 1,
        "leaves_out": len(terms.purchase_rules) > len(terms.ordinary.purchase_rules),
        "visits": _visits(terms, total),
        "calculation": _calculation(terms, figures),
        "own_figures": _own_figures(draft.figures),
        "has_figures": figures != NO_FIGURES,
        "takes_cheapest": figures.reward_points != draft.figures.reward_points,
        "phone": _phone(terms, figures, earned[0][1].points),
    }


def _reckoned(own: Figures, cheapest: Reward | None) -> Figures:
    """The merchant's own figures; who names no reward means the cheapest of the catalogue."""
    if cheapest is None or own.reward or own.reward_points:
        return own
    return replace(
        own,
        reward=cheapest.name,
        reward_points=cheapest.points,
        cost=cheapest.cost if own.cost is None else own.cost,
        price=cheapest.value if own.price is None else own.price,
    )


def _visits(terms: Terms, total: int) -> list[dict[str, Any]]:
    """How many such purchases lead from the lowest tier to each of the others."""
    counted = [(tier, purchases_to(terms, tier, total)) for tier in terms.tiers if tier.threshold]
    return [{"tier": tier, "count": count} for tier, count in counted if count]


def _calculation(terms: Terms, figures: Figures) -> list[Row]:
    currency = current_tenant().currency
    turnover = minor_units(Decimal(TURNOVER), currency=currency)
    seen, word = forecast(terms, figures, turnover=turnover), points_name(terms)
    missing = [] if figures.reward_points else [_("what the first reward takes")]
    first = _first_reward(figures, seen.visits, seen.per_visit, seen.welcome, missing, str(word))
    per = rate_text(turnover, currency=currency)
    rows = [first]
    for label, each, cost, lacks in (
        (_("Cost in goods"), figures.cost, seen.at_cost, _("what it costs you")),
        (_("Cost at the selling price"), figures.price, seen.at_price, _("its selling price")),
    ):
        if each is None or cost is None or seen.rewards is None:
            rows.append(Row(label, _missing([*missing, *([lacks] if each is None else [])]), "–"))
            continue
        count = number_text(round(Decimal(seen.rewards.numerator) / seen.rewards.denominator, 2).normalize())
        values = {"per": per, "count": count, "reward": _reward(figures), "each": money_text(each, currency=currency)}
        how = _("for a turnover of %(per)s: %(count)s × %(reward)s at %(each)s") % values
        rows.append(Row(label, how, money_text(cost, currency=currency)))
    return rows


def _first_reward(
    figures: Figures, visits: int | None, per_visit: int | None, welcome: int, missing: list[str], word: str
) -> Row:
    label = _("First reward after")
    lacks = [*missing, *([] if figures.average else [_("your average purchase")])]
    if lacks:
        return Row(label, _missing(lacks), "–")
    if visits is None:
        return Row(label, _("An average purchase brings nothing of itself."), "–")
    values = {"points": number_text(figures.reward_points or 0), "each": number_text(per_visit or 0), "name": word}
    if welcome:
        values["welcome"] = number_text(welcome)
        how = _("(%(points)s − %(welcome)s as a welcome) ÷ %(each)s %(name)s a visit") % values
    else:
        how = _("%(points)s ÷ %(each)s %(name)s a visit") % values
    return Row(label, how, _visits_text(visits))


def _visits_text(visits: int) -> str:
    if visits == 1:
        return _("1 visit")
    return _("%(count)s visits") % {"count": number_text(visits)}


def _missing(what: list[str]) -> str:
    return _("Missing: %(what)s.") % {"what": ", ".join(what)}


def _reward(figures: Figures) -> str:
    return figures.reward or _("reward")


def _own_figures(figures: Figures) -> str:
    """Which of the amounts are the merchant's word."""
    currency = current_tenant().currency
    said = [money_text(each, currency=currency) for each in (figures.average, figures.cost, figures.price) if each]
    return ", ".join(said)


def _phone(terms: Terms, figures: Figures, earned: int) -> dict[str, Any]:
    """Somebody who has just joined and bought once; the goal is the first reward, or the next tier."""
    balance = welcome_points(terms) + earned
    goal, called = figures.reward_points, _reward(figures)
    if not goal and len(terms.tiers) > 1 and terms.tier_basis == Basis.POINTS:
        goal, called = terms.tiers[1].threshold, terms.tiers[1].name
    missing = max((goal or 0) - balance, 0)
    return {"balance": balance, "earned": earned, "goal": goal, "missing": missing, "called": called}
