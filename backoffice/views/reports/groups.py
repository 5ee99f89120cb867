"""Customers in groups by what they do: the rule of each in words, what it brings, and who is in it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.grouped import Grouping, grouping
from analytics.groups import NEW_DAYS, Group
from analytics.models import CustomerScore
from backoffice.access import MemberRequest
from backoffice.estimates import rule_in_words
from tenants.csv import Cell, amount_cell, csv_response
from tenants.locales import number_text
from tenants.scope import current_tenant

_NAMES: Final = dict(CustomerScore.Group.choices)


def groups_shown(*, with_shares: bool) -> dict[str, Any] | None:
    """For the template: with shares of turnover where customers are many, else counts alone."""
    found = grouping()
    if found is None:
        return None
    rows = [
        {
            "name": _NAMES[each.group],
            "short": _short(each.group, found),
            "rule": rule_in_words(each.group, window_days=found.window_days),
            "customers": each.customers,
            "total": each.total,
            "percent": each.share.in_units(100, to=Decimal(1)) if each.share and with_shares else None,
            "is_at_risk": each.group == Group.AT_RISK,
            "url": f"{reverse('backoffice:customers')}?group={int(each.group)}",
        }
        for each in found.groups
    ]
    most = max((row["percent"] for row in rows if row["percent"] is not None), default=None)
    return {"rows": rows, "found": found, "with_shares": bool(most), "most": most}


def export(request: MemberRequest) -> HttpResponseBase:
    """The same as a file; how many, never who."""
    found = grouping()
    if found is None:
        raise Http404
    return csv_response(f"{_('groups')}-{found.day}.csv", _lines(found))


def _short(group: Group, found: Grouping) -> str:
    return {
        Group.CHAMPION: _("buy often and for much"),
        Group.REGULAR: _("come regularly"),
        Group.OCCASIONAL: _("come now and then"),
        Group.NEW: _("for less than %(days)s days") % {"days": NEW_DAYS},
        Group.AT_RISK: _("stay away for longer than usual"),
        Group.LOST: _("not here for %(days)s days") % {"days": found.window_days},
    }[group]


def _lines(found: Grouping) -> Iterator[list[Cell]]:
    yield [
        _("Group"),
        _("Rule"),
        _("Customers"),
        _("Turnover since the beginning in %(currency)s") % {"currency": current_tenant().currency},
        _("Share of the turnover of active customers in percent"),
    ]
    for each in found.groups:
        share = each.share.percent if each.share else None
        yield [
            str(_NAMES[each.group]),
            rule_in_words(each.group, window_days=found.window_days),
            each.customers,
            amount_cell(each.total),
            "" if share is None else number_text(share, places=1),
        ]
