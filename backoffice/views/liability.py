"""What the shop owes its customers in points at the end of a day, month by month, and as a file for the accountant."""

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import EARLIEST, DayForm, PointValueForm
from backoffice.pages import show
from ledger.liability import ENOUGH_LOTS, Liability, liability, point_value, state_point_value
from ledger.proof import latest_proof
from tenants.csv import Cell, amount_cell, csv_response
from tenants.money import amount_text
from tenants.scope import current_tenant

# The file holds them all.
MONTHS_SHOWN = 12


def page(request: MemberRequest, *, value_form: PointValueForm | None = None) -> HttpResponse:
    now = timezone.now()
    form = DayForm(request.GET or None, today=timezone.localdate(now))
    found = liability(on=form.day, now=now)
    stated = point_value(at=now)
    currency = request.tenant.currency
    initial = {"per_hundred": amount_text(stated, currency=currency) if stated else ""}
    return show(
        request,
        "backoffice/liability.html",
        form=value_form or form,
        day_form=form,
        value_form=value_form or PointValueForm(initial=initial),
        owed=found,
        day=found.on.isoformat(),
        months=found.months[: -MONTHS_SHOWN - 1 : -1],
        enough=ENOUGH_LOTS,
        proof=latest_proof(),
        operations_url=reverse("backoffice:operations") if request.actor.may("operations.read") else "",
        can_state_value=request.actor.may("program.write"),
    )


def state_value(request: MemberRequest) -> HttpResponse:
    form = PointValueForm(request.POST)
    now = timezone.now()
    if not form.carried_out(
        lambda: state_point_value(per_hundred=form.cleaned_data["per_hundred"], actor=request.actor, now=now)
    ):
        return page(request, value_form=form)
    messages.success(request, _("The value is saved."))
    return redirect("backoffice:liability")


def export(request: MemberRequest) -> HttpResponseBase:
    """Figures of the whole shop, nothing about anybody."""
    now = timezone.now()
    day = _day_in(request.GET.get("on", ""), today=timezone.localdate(now))
    return csv_response(f"{_('points owed')}-{day}.csv", _lines(liability(on=day, now=now)))


def _day_in(text: str, *, today: date) -> date:
    """As the page's link says it."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if not EARLIEST <= day <= today:
        raise Http404
    return day


def _lines(owed: Liability) -> Iterator[list[Cell]]:
    currency = current_tenant().currency
    yield [
        _("Month"),
        _("Opening"),
        _("Earned"),
        _("Taken over"),
        _("Redeemed"),
        _("Expired"),
        _("Returned or voided"),
        _("Adjusted"),
        _("Joined customers"),
        _("Closing"),
        _("Value of the closing in %(currency)s") % {"currency": currency},
    ]
    for month in owed.months:
        value = owed.value_of(month.closing)
        yield [f"{month.first:%Y-%m}", month.opening, *month.movements, month.closing, amount_cell(value)]
