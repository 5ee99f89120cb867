"""Purchases with a card beside those without one: a chart over twelve months, the same as a table and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from analytics.comparison import FEWEST_IN_MONTH, Comparison, comparison
from analytics.overview import window
from backoffice.access import MemberRequest
from backoffice.charts import Line, axis, grid, lines
from tenants.csv import Cell, amount_cell, csv_response
from tenants.locales import month_name_text, short_month_text
from tenants.money import money_text, rate_text
from tenants.scope import current_tenant

# A chart of fewer months is none.
FEWEST_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Chart:
    """`ticks` are the labels of the axis from above, `grid` where they lie; `with_card` and `without` are the lines."""

    ticks: list[str]
    grid: list[str]
    months: list[str]
    with_card: Line
    without: Line


def compared(last: date) -> dict[str, Any] | None:
    """For the template; None where too little is known of either side."""
    found = comparison(last)
    if not found.is_telling:
        return None
    all_sales = found.all
    return {
        "with_card": _money(all_sales.card_average),
        "without": _money(all_sales.other_average),
        "share": all_sales.with_card.in_units(100, to=Decimal(1)),
        "chart": _chart(found),
        "rows": [
            {
                "month": month,
                "with_card": _money(sales.card_average),
                "card_purchases": sales.card_purchases,
                "without": _money(sales.other_average),
                "others": sales.others,
            }
            for month, sales in reversed(found.months)
        ],
        "label": _label(found),
    }


def export(request: MemberRequest) -> HttpResponseBase:
    """The averages and how many purchases each is made of; only where the page shows them."""
    drawn = window()
    found = comparison(drawn.last) if drawn.last else None
    if drawn.last is None or found is None or not found.is_telling:
        raise Http404
    return csv_response(f"{_('with-and-without-card')}-{drawn.last}.csv", _lines(found))


def _chart(found: Comparison) -> Chart | None:
    both = [
        (_drawn(sales.card_average, sales.card_purchases), _drawn(sales.other_average, sales.others))
        for _month, sales in found.months
    ]
    known = [value for pair in both for value in pair if value is not None]
    if sum(None not in pair for pair in both) < FEWEST_MONTHS or not any(known):
        return None
    ticks = axis(max(known))
    currency = current_tenant().currency
    return Chart(
        [rate_text(tick, currency=currency) for tick in ticks],
        grid(ticks),
        [month_name_text(month) for month, _sales in found.months],
        *lines(*zip(*both, strict=True), top=ticks[0]),
    )


def _drawn(average: Decimal | None, purchases: int) -> Decimal | None:
    return average if purchases >= FEWEST_IN_MONTH else None


def _label(found: Comparison) -> str:
    """For who cannot see the lines."""
    (first, was), (last, became) = found.months[0], found.months[-1]
    return _(
        "Average purchase by month, from %(first)s to %(last)s: with a card from %(was)s to %(became)s, without one "
        "from %(other_was)s to %(other_became)s. The axis begins at zero."
    ) % {
        "first": short_month_text(first),
        "last": short_month_text(last),
        "was": _money(was.card_average),
        "became": _money(became.card_average),
        "other_was": _money(was.other_average),
        "other_became": _money(became.other_average),
    }


def _money(minor: Decimal | None) -> str:
    return "–" if minor is None else money_text(int(minor), currency=current_tenant().currency)


def _lines(found: Comparison) -> Iterator[list[Cell]]:
    currency = {"currency": current_tenant().currency}
    yield [
        _("Month"),
        _("Average purchase with a card in %(currency)s (an association, not an effect)") % currency,
        _("Purchases with a card"),
        _("Average purchase without a card in %(currency)s (an association, not an effect)") % currency,
        _("Purchases without a card"),
    ]
    for month, sales in found.months:
        averages = [None if each is None else int(each) for each in (sales.card_average, sales.other_average)]
        yield [
            f"{month:%Y-%m}",
            amount_cell(averages[0]),
            sales.card_purchases,
            amount_cell(averages[1]),
            sales.others,
        ]
