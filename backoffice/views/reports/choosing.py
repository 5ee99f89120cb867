"""Which page, which days, compared with what, and which store: chosen by links, and kept for the next page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.kpis import Period
from analytics.models.figures import SPANS
from backoffice.access import MemberRequest
from team.models import Store
from team.queries import stores

_CHOSEN: Final = "reports"
BEFORE: Final = "before"
YEAR: Final = "year"
USUAL_DAYS: Final = 90
SPAN_NAMES: Final = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("12 months")}
AGAINST_NAMES: Final = {BEFORE: gettext_lazy("period before"), YEAR: gettext_lazy("year before")}


@dataclass(frozen=True, slots=True)
class Choice:
    """`show` is what stands open on the page; it is not kept."""

    days: int
    against: str
    store: Store | None
    stores: Sequence[Store]
    show: str = ""

    def period(self, last: date) -> Period:
        return Period.ending(last, days=self.days)

    def compared(self, period: Period) -> Period:
        return period.year_before if self.against == YEAR else period.before

    def then(self, *, is_of_window: bool) -> str:
        """The time that is compared with, after „more than“; a figure of the window is of a day, not of the period."""
        if self.against == YEAR:
            return _("a year before")
        if is_of_window:
            return {30: _("30 days ago"), 90: _("90 days ago"), 365: _("12 months ago")}[self.days]
        return {30: _("in the 30 days before"), 90: _("in the 90 days before"), 365: _("in the 12 months before")}[
            self.days
        ]

    @property
    def within(self) -> str:
        """The chosen time, in a sentence."""
        return {30: _("in the last 30 days"), 90: _("in the last 90 days"), 365: _("in the last 12 months")}[self.days]

    @property
    def store_name(self) -> str:
        return self.store.name if self.store else _("all stores")

    @property
    def spans(self) -> list[dict[str, Any]]:
        return [{"text": SPAN_NAMES[days], "url": self.url(days=days), "on": days == self.days} for days in SPANS]

    @property
    def comparisons(self) -> list[dict[str, Any]]:
        return [
            {"text": text, "url": self.url(against=name), "on": name == self.against}
            for name, text in AGAINST_NAMES.items()
        ]

    @property
    def places(self) -> list[dict[str, Any]]:
        """Nothing where nothing is to be chosen."""
        if len(self.stores) < 2:
            return []
        everywhere = {"text": _("All stores"), "url": self.url(store=""), "on": self.store is None}
        return [everywhere] + [
            {"text": store.name, "url": self.url(store=store.code), "on": store == self.store} for store in self.stores
        ]

    def url(self, **changes: int | str) -> str:
        """The same page with another choice; all others stay as they are."""
        asked = changes if "show" in changes or not self.show else changes | {"show": self.show}
        return "?" + urlencode({name: value for name, value in asked.items() if value != "" or name != "show"})


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of the room; what is chosen holds for all of them, but the reports of months."""
    named = (
        ("reports", _("Retention")),
        ("report_programme", _("Programme & costs")),
        ("report_referrals", _("Referrals")),
        ("report_satisfaction", _("Satisfaction")),
        ("reviews", _("Monthly reports")),
    )
    return [
        {"text": text, "url": reverse(f"backoffice:{name}"), "on": name == current, "count": None}
        for name, text in named
    ]


def choice(request: MemberRequest, *, shows: Sequence[str] = (), usual_days: int = USUAL_DAYS) -> Choice:
    """What the address says goes before what was chosen last; what is no choice is left out."""
    known, asked = request.session.get(_CHOSEN, {}), request.GET
    all_stores = list(stores())
    # A shop's only store is the shop.
    codes = {store.code: store for store in all_stores} if len(all_stores) > 1 else {}
    days = _one_of(SPANS, asked.get("days"), known.get("days"), usual=usual_days)
    against = _one_of(AGAINST_NAMES, asked.get("against"), known.get("against"), usual=BEFORE)
    code = _one_of(["", *codes], asked.get("store"), known.get("store"), usual="")
    chosen = {"days": days, "against": against, "store": code}
    if any(name in asked for name in chosen) and chosen != known:
        request.session[_CHOSEN] = chosen
    return Choice(days, against, codes.get(code), all_stores, _one_of(shows, asked.get("show"), usual=""))


def _one_of(choices: Any, *wanted: Any, usual: Any) -> Any:
    """The first of what is wanted that can be chosen."""
    known = {str(value): value for value in choices}
    return next((known[str(value)] for value in wanted if value is not None and str(value) in known), usual)
