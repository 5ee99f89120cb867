"""The figures of a period as the rows of a file: each with its unit and the parts it is made of."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.gathering import Overview
from analytics.kpis import Cost, Ratio, rounded
from analytics.models import JoiningFigures
from tenants.csv import Cell, amount_cell
from tenants.locales import number_text, short_date_text
from tenants.scope import current_tenant

PERCENT: Final = "%"
# Where customers enrol, by `Customer.source`; other words are told as they are.
SOURCES: Final[dict[str, Any]] = {
    "till": gettext_lazy("at the till"),
    "desk": gettext_lazy("in the back office"),
    "portal": gettext_lazy("on the enrolment page"),
    "api": gettext_lazy("by another system"),
    "import": gettext_lazy("by an import"),
}
Row = list[Cell]


def overview_rows(found: Overview) -> Iterator[Row]:
    """Headings first. What has nothing to divide by is an empty cell."""
    yield [_("Figure"), _("Value"), _("Unit"), _("Part"), _("Out of")]
    yield _plain(_("From"), short_date_text(found.period.first))
    yield _plain(_("To"), short_date_text(found.period.last))
    yield _plain(_("Days for which a customer is active after a purchase"), found.window.days)
    yield from _customers(found)
    yield from _sales(found)
    yield from _programme(found)
    yield from _recommendation(found)


def _customers(found: Overview) -> Iterator[Row]:
    base, repeats = found.base, found.repeats
    yield _plain(_("Active customers before the period"), base.start)
    yield _plain(_("Active customers at its end"), base.end)
    yield _plain(_("New customers"), base.new)
    yield _plain(_("Returned customers"), base.returned)
    yield _rate(_("Retention rate"), base.retention)
    yield _rate(_("Churn rate, without new customers"), base.churn)
    yield _rate(_("Net change of active customers"), base.growth)
    yield _rate(_("Repeat purchase rate since the beginning"), repeats.ever)
    yield _rate(_("Repeat purchase rate among active customers"), repeats.lately)
    yield _plain(_("Purchases per active customer and month"), _tenths(found.frequency))
    yield _money(_("Customer value, roughly estimated"), found.customer_value)


def _sales(found: Overview) -> Iterator[Row]:
    sales = found.sales
    yield _plain(_("Purchases"), sales.purchases)
    yield _money(_("Turnover"), sales.total)
    yield _money(_("Average purchase"), sales.average)
    yield _money(_("Average purchase with a card (an association, not an effect)"), sales.card_average)
    yield _money(_("Average purchase without a card (an association, not an effect)"), sales.other_average)
    yield _rate(_("Purchases with a card"), found.sales.sign_up)


def _programme(found: Overview) -> Iterator[Row]:
    yield _rate(_("Active members"), found.members)
    if found.enrolled is not None:
        yield _plain(_("Enrolments"), found.enrolled.count)
        for source, count in sorted(found.enrolled.by_source.items()):
            yield _plain(_("Enrolments %(place)s") % {"place": SOURCES.get(source, source)}, count)
    yield _rate(_("Enrolments by an invitation"), found.referred)
    yield _plain(_("Rewards redeemed"), found.sales.redemptions)
    yield _rate(_("Redemption rate"), found.redeemed)
    yield _rate(_("Points that expired unused"), found.breakage)
    yield _money(_("Cost of the rewards"), found.sales.reward_cost)
    yield _plain(_("Rewards without a stated cost"), found.sales.uncosted)
    yield _money(_("Cost of the rewards per 100 of turnover with a card"), found.reward_cost_per_hundred)
    if found.cost is not None:
        yield from _cost(found, found.cost)
    if found.joining is not None:
        yield from _joining(found.joining)


def _cost(found: Overview, cost: Cost) -> Iterator[Row]:
    yield _money(_("Running costs in the period"), _whole(cost.running))
    yield _money(_("Cost of the programme per 100 of turnover with a card"), found.cost_per_hundred)
    yield _money(_("Cost of the programme per active customer and month"), _whole(cost.per_member))
    yield _plain(_("Left of sales"), _tenths(cost.margin_percent), PERCENT)
    yield _money(_("Left of an average purchase with a card"), _whole(cost.left))
    yield _money(_("The same after its share of rewards"), _whole(cost.brings))
    yield _plain(_("Further visits a month from which on it pays"), _tenths(cost.extra_visits))


def _joining(drawn: JoiningFigures) -> Iterator[Row]:
    yield _plain(_("Members whose purchases before joining are known"), drawn.members)
    yield _money(_("Spent in the three months before joining (an association, not an effect)"), drawn.before)
    yield _money(_("Spent in the three months after joining (an association, not an effect)"), drawn.after)
    yield _money(_("Difference, at least (95 % sure)"), drawn.low)
    yield _money(_("Difference, at most (95 % sure)"), drawn.high)


def _recommendation(found: Overview) -> Iterator[Row]:
    low, high = found.recommendation_interval or (None, None)
    yield _plain(_("Recommendation (NPS)"), found.recommendation)
    yield _plain(_("Recommendation, at least (95 % sure)"), low)
    yield _plain(_("Recommendation, at most (95 % sure)"), high)
    yield _plain(_("Answers"), found.answers)
    yield _rate(_("Would recommend (9 or 10)"), found.would_recommend)


def _plain(name: str, value: Cell, unit: str = "") -> Row:
    return [name, value, unit, None, None]


def _rate(name: str, rate: Ratio | None) -> Row:
    if rate is None:
        return _plain(name, None, PERCENT)
    return [name, _tenths(rate.percent), PERCENT, rate.part, rate.whole]


def _money(name: str, minor: int | Decimal | None) -> Row:
    cell = amount_cell(None if minor is None else int(minor))
    return _plain(name, cell, current_tenant().currency)


def _whole(amount: Fraction | None) -> Decimal | None:
    """In minor units."""
    return None if amount is None else rounded(amount, to=Decimal(1))


def _tenths(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value, places=1)
