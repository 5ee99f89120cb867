"""Purchases with a card beside purchases without one, month by month. An association, never an effect."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from analytics.kpis import Period, Sales
from analytics.loyalty import ENOUGH
from analytics.overview import sales_by_month

MONTHS: Final = 12
# The average of fewer purchases in a month is drawn by chance.
FEWEST_IN_MONTH: Final = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """Months of the calendar, oldest first, the last of them up to the last day that is drawn."""

    months: list[tuple[date, Sales]]

    @property
    def all(self) -> Sales:
        names = [field.name for field in fields(Sales)]
        return Sales(**{name: sum(getattr(sales, name) for _, sales in self.months) for name in names})

    @property
    def is_telling(self) -> bool:
        """Whether the tills report purchases without a card as well, and enough of both."""
        return min(self.all.card_purchases, self.all.others) >= ENOUGH


def comparison(last: date) -> Comparison:
    year, month = divmod(last.year * 12 + last.month - MONTHS, 12)
    return Comparison(sales_by_month(Period(date(year, month + 1, 1), last)))
