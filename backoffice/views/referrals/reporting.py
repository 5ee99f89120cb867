"""What referrals have brought in a period: cards, a table by channel, and the same as a file."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import MemberRequest
from backoffice.forms import EARLIEST
from backoffice.pages import show
from backoffice.rewards.form import DayText
from backoffice.views.referrals.overview import tabs
from referrals.models import Channel
from referrals.queries import held
from referrals.report import Report, report
from tenants.calendar import midnight
from tenants.csv import Cell, amount_cell, csv_response
from tenants.forms import ServiceForm
from tenants.locales import number_text
from tenants.scope import current_tenant

USUAL_DAYS = 30


class PeriodForm(ServiceForm):
    """First and last day, both belong to it."""

    since = DayText(label=gettext_lazy("From"), required=False)
    until = DayText(label=gettext_lazy("To"), required=False)

    def __init__(self, typed: Any, *, today: date) -> None:
        self._last, self._first = today, today - timedelta(days=USUAL_DAYS - 1)
        super().__init__(typed, initial={"since": self._first, "until": self._last})

    @property
    def days(self) -> tuple[date, date]:
        """What is no period is said, and the usual one is shown."""
        given = self.cleaned_data if self.is_valid() else {}
        return given.get("since") or self._first, given.get("until") or self._last

    def clean_since(self) -> date | None:
        return self._been("since")

    def clean_until(self) -> date | None:
        return self._been("until")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("since") or self._first, given.get("until") or self._last
        if first > last and not self.errors:
            self.add_error("until", gettext_lazy("The end lies before the beginning."))
        return given

    def _been(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day is not None and not EARLIEST <= day <= self._last:
            raise forms.ValidationError(gettext_lazy("Choose a day that has been."))
        return day


def page(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    form = PeriodForm(request.GET or None, today=timezone.localdate(now))
    first, last = form.days
    found = _report(first, last, now=now)
    return show(
        request,
        "backoffice/referrals/report.html",
        tabs=tabs("referral_report", waiting=held().count()),
        form=form,
        first=first,
        last=last,
        report=found,
        channels=_by_channel(found),
        export_query=f"since={first.isoformat()}&until={last.isoformat()}",
    )


def export(request: MemberRequest) -> HttpResponseBase:
    """Figures alone, nothing about anybody."""
    now = timezone.now()
    form = PeriodForm(request.GET, today=timezone.localdate(now))
    if not form.is_valid():
        raise Http404
    first, last = form.days
    return csv_response(f"{_('referrals')}-{first}-{last}.csv", _lines(_report(first, last, now=now)))


def _report(first: date, last: date, *, now: datetime) -> Report:
    zone = current_tenant().zone
    return report(since=midnight(first, zone=zone), until=midnight(last + timedelta(days=1), zone=zone), now=now)


def _by_channel(found: Report) -> list[dict[str, Any]]:
    """Those on which somebody has come or looked."""
    return [
        {"channel": channel.label, "clicks": found.clicks.get(channel, 0), "came": found.enrolments.get(channel, 0)}
        for channel in Channel
        if channel in found.clicks or channel in found.enrolments
    ]


def _lines(found: Report) -> Iterator[list[Cell]]:
    amount = {"currency": current_tenant().currency}
    yield [_("Figure"), _("Channel"), _("Value")]
    yield [_("Personal codes made"), "", found.invited]
    yield [_("Passed on for the first time"), "", found.shared]
    for row in _by_channel(found):
        yield [_("Invitations opened"), str(row["channel"]), row["clicks"]]
        yield [_("Enrolled by an invitation"), str(row["channel"]), row["came"]]
    yield [_("All enrolments"), "", found.all_enrolments]
    yield [_("Share of referred customers in percent"), "", _decimal(found.quota_percent)]
    yield [_("First purchases"), "", found.first_purchases]
    yield [_("Thanked"), "", found.paid]
    yield [_("Taken back"), "", found.taken_back]
    yield [_("Points credited"), "", found.points]
    yield [_("Cost of the points in %(currency)s") % amount, "", amount_cell(found.points_cost)]
    yield [_("Cost of the rewards in %(currency)s") % amount, "", amount_cell(found.rewards_cost)]
    yield [_("Cost for each new customer in %(currency)s") % amount, "", amount_cell(found.cost_per_customer)]
    yield [_("Turnover of a referred customer in %(currency)s") % amount, "", amount_cell(found.referred.average)]
    yield [_("Turnover of another customer in %(currency)s") % amount, "", amount_cell(found.others.average)]


def _decimal(value: Decimal | None) -> str:
    return "" if value is None else number_text(value)
