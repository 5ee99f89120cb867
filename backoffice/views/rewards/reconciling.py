"""The reconciliation: what was handed out on a day, to lay beside what the tills say."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import HandedOutForm
from backoffice.pages import show
from backoffice.wording import actor_name
from rewards.models import Redemption
from rewards.queries import handed_out, total_of
from rewards.wording import till_text
from team.queries import names_of_actors
from tenants.csv import Cell, amount_cell, csv_response
from tenants.locales import time_text
from tenants.scope import current_tenant

# The file holds them all.
SHOWN: Final = 200


def page(request: MemberRequest) -> HttpResponse:
    form = HandedOutForm(request.GET or None, today=timezone.localdate())
    store = form.chosen_store
    found = handed_out(form.day, store=store)
    wanted = {"on": form.day.isoformat(), **({"store": store.pk} if store else {})}
    return show(
        request,
        "backoffice/rewards/handed_out.html",
        form=form,
        day=form.day,
        store=store,
        rows=_rows(list(found[:SHOWN])),
        total=total_of(found),
        cancelled=found.filter(state=Redemption.State.CANCELLED).count(),
        shown=SHOWN,
        export_url=f"{reverse('backoffice:handed_out_export')}?{urlencode(wanted)}",
    )


def export(request: MemberRequest) -> HttpResponseBase:
    form = HandedOutForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        raise Http404
    rows = _rows(list(handed_out(form.day, store=form.chosen_store)))
    return csv_response(f"{_('rewards handed out')}-{form.day}.csv", _lines(rows))


def _rows(redemptions: Sequence[Redemption]) -> list[dict[str, Any]]:
    names = names_of_actors({redemption.used_by for redemption in redemptions})
    return [
        {
            "voucher": redemption,
            "till_text": till_text(redemption),
            "who": actor_name(redemption.used_by, names),
            "where": redemption.device or redemption.store,
            "is_cancelled": redemption.state == Redemption.State.CANCELLED,
        }
        for redemption in redemptions
    ]


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[list[Cell]]:
    currency = current_tenant().currency
    yield [
        _("Time"),
        _("Reference"),
        _("Reward"),
        _("To key in"),
        _("Worth in %(currency)s") % {"currency": currency},
        _("Cost in %(currency)s") % {"currency": currency},
        _("Points"),
        _("Customer number"),
        _("Staff"),
        _("Store"),
        _("Device"),
        _("Cancelled"),
    ]
    for row in rows:
        voucher: Redemption = row["voucher"]
        yield [
            time_text(voucher.used_at) if voucher.used_at else "",
            voucher.reference,
            voucher.reward.name,
            row["till_text"],
            amount_cell(voucher.value),
            amount_cell(voucher.cost),
            voucher.points,
            voucher.customer.number,
            row["who"],
            voucher.store.name if voucher.store else "",
            voucher.device.name if voucher.device else "",
            _("cancelled") if row["is_cancelled"] else "",
        ]
