"""What the programme costs, in a sentence and worked out; what it brings, nobody can say without a control group."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.kpis import rounded
from analytics.programme import hundred
from backoffice.views.reports.choosing import Choice
from backoffice.views.start.cards import Morning
from backoffice.views.start.steps import Told
from tenants.locales import number_text, percent_text
from tenants.money import money_text, rate_text
from tenants.scope import current_tenant


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the programme costs, the most pressing thing to do, and the one button for it."""

    cost: str
    next: Told | None


def verdict(found: Morning | None, steps: list[Told], *, chosen: Choice) -> Verdict:
    return Verdict(_sentence(found, chosen) if found else "", steps[0] if steps else None)


def worked_out(found: Morning, *, chosen: Choice) -> dict[str, Any]:
    """The card behind the sentence, which stands nowhere else, and the sum behind its figure."""
    per_hundred, cost = found.cost_per_hundred, found.cost
    is_open = chosen.show == "cost"
    return {
        "figure": {"title": _("Cost per %(hundred)s of turnover") % {"hundred": _hundred()}, "unit": ""},
        "text": _money(per_hundred),
        "value": per_hundred,
        "is_open": is_open,
        "url": f"{chosen.url(show='' if is_open else 'cost')}#cost",
        "running": _money(cost.running),
        "per_member": _money(cost.per_member),
        "margin": None if cost.margin_percent is None else percent_text(cost.margin_percent),
        "left": _money(cost.left),
        "brings": _money(cost.brings),
        "visits": None if cost.extra_visits is None else number_text(cost.extra_visits, places=1),
    }


def _sentence(found: Morning, chosen: Choice) -> str:
    sales, within = found.now.sales, {"within": chosen.within}
    if not sales.redemptions:
        return _("No reward was redeemed %(within)s.") % within
    if sales.uncosted:
        return ngettext(
            "Rewards have cost at least %(amount)s %(within)s; the cost of %(number)s is not known.",
            "Rewards have cost at least %(amount)s %(within)s; the cost of %(number)s is not known.",
            sales.uncosted,
        ) % {"amount": _money(sales.reward_cost), "number": number_text(sales.uncosted), **within}
    if found.cost_per_hundred is None or not found.is_of_many:
        return _("Rewards have cost %(amount)s %(within)s.") % {"amount": _money(sales.reward_cost), **within}
    return _per_hundred(found)


def _per_hundred(found: Morning) -> str:
    """With what runs anyway and from where on it pays, where the merchant has said what is left of sales."""
    figures = {"amount": _money(found.cost_per_hundred), "hundred": _hundred()}
    if not found.cost.stretches:
        return _("Rewards cost %(amount)s per %(hundred)s of turnover with a card.") % figures
    visits = found.cost.extra_visits
    if visits is None:
        return _("Costs %(amount)s per %(hundred)s of turnover with a card.") % figures
    return _(
        "Costs %(amount)s per %(hundred)s of turnover with a card; pays from %(visits)s more visits a month on."
    ) % {**figures, "visits": number_text(visits, places=1)}


def _hundred() -> str:
    return rate_text(hundred(), currency=current_tenant().currency)


def _money(minor: Decimal | Fraction | int | None) -> str:
    if minor is None:
        return "–"
    return money_text(int(rounded(Fraction(minor), to=Decimal(1))), currency=current_tenant().currency)
