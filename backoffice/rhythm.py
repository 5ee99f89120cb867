"""A customer's visits as points on a line that ends today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Where the first visit and today stand on a line of 330 units; the figures are in units, without decimals.
FIRST: Final = 6
TODAY: Final = 320


@dataclass(frozen=True, slots=True)
class Line:
    """`gap_from` is None where nobody is missed."""

    first: date
    visits: list[int]
    gap_from: int | None
    gap_width: int
    label: str


def line_of(visits: Sequence[date], *, today: date, gap_days: int | None, is_missed: bool) -> Line:
    """At least one visit, oldest first."""
    span = max((today - visits[0]).days, 1)
    places = [FIRST + (TODAY - FIRST) * (visit - visits[0]).days // span for visit in visits]
    return Line(
        first=visits[0],
        visits=places,
        gap_from=places[-1] if is_missed else None,
        gap_width=TODAY - places[-1],
        label=_label(len(visits), gap_days, (today - visits[-1]).days),
    )


def _label(visits: int, gap_days: int | None, pause_days: int) -> str:
    text = ngettext("%(count)s visit", "%(count)s visits", visits) % {"count": visits}
    if gap_days is not None:
        text += " " + ngettext("about every day", "about every %(days)s days", gap_days) % {"days": gap_days}
    pause = ngettext("then none for %(days)s day", "then none for %(days)s days", pause_days) % {"days": pause_days}
    return f"{text}, {pause}" if pause_days else f"{text}, " + _("the last one today")
