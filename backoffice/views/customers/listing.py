"""The list of customers: search, filters, order and pages, and the same as a file."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.queries import in_group
from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.searches import recall, remember
from backoffice.views.customers.forms import FilterForm
from customers.downloads import record_download
from customers.errors import TooManyRows
from customers.models import Customer
from customers.queries import active_cards, consents_in_force_of, tags_of
from ledger import queries as ledger
from programs.holding import held_tiers
from programs.members import ACTIVE_DAYS, Counts, by_name, counts, members, new_from, newest_first
from programs.queries import last_purchases
from programs.terms import terms_at
from tenants.csv import Cell, csv_response
from tenants.pages import page_of, uuid_in

ROWS = 50
# Read and written together while a file is sent.
CHUNK = 500
SEARCH_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """What the address line asks for. The text of a search does not stand there, only a token for it."""

    form: FilterForm
    text: str
    token: str
    sort: str

    @property
    def query(self) -> dict[str, str]:
        """The parameters that make the same list again."""
        asked = {name: str(value) for name, value in self.form.asked.items()}
        return asked | ({"search": self.token} if self.text else {}) | ({"sort": self.sort} if self.sort else {})

    def url(self, *, without: str = "", **changes: str) -> str:
        query = {name: value for name, value in (self.query | changes).items() if value and name != without}
        path = reverse("backoffice:customers")
        return f"{path}?{urlencode(query)}" if query else path

    def rows(self, *, now: datetime) -> QuerySet[Customer]:
        rows = members(self.form.wanted(self.text), now=now)
        return in_group(rows, self.form.wanted_group) if self.form.wanted_group else rows


def customers(request: MemberRequest) -> HttpResponse:
    """Searching is POST, and leads to a list whose address names nobody."""
    now = timezone.now()
    listing = _searched(request, now=now) if request.method == "POST" else _addressed(request, now=now)
    if request.method == "POST" and listing.form.is_valid():
        return redirect(listing.url())
    found = listing.rows(now=now)
    after = uuid_in(request.GET.get("after", ""))
    ordered = by_name(found, after=after) if listing.sort else newest_first(found, after=after)
    page = page_of(ordered, size=ROWS)
    counted = counts(now=now)
    context = {
        "rows": _shown(page.rows, now=now),
        "q": listing.text,
        "form": listing.form,
        "filters": [{"text": listing.form.said(name), "url": listing.url(without=name)} for name in listing.form.asked],
        "clear_url": reverse("backoffice:customers"),
        "all_url": listing.url(without="search"),
        "tabs": _tabs(counted, listing, now=now),
        "counts": counted,
        "active_days": ACTIVE_DAYS,
        "total": found.count(),
        "sorts": [
            {"text": _("Newest first"), "name": "", "url": listing.url(without="sort"), "on": not listing.sort},
            {"text": _("By name"), "name": "name", "url": listing.url(sort="name"), "on": bool(listing.sort)},
        ],
        "export_url": f"{reverse('backoffice:customers_export')}?{urlencode(listing.query)}",
        "first_url": listing.url() if after else None,
        "next_url": listing.url(after=str(page.last.public_id)) if page.last else None,
        "enrol_url": reverse("backoffice:enrol_customer") if request.actor.may("customers.write") else None,
        "can_export": request.actor.could("customers.export"),
    }
    return show(request, "backoffice/customers.html", **context)


def export(request: MemberRequest) -> HttpResponseBase:
    """Everybody on the list as a file. The owner learns of it, and it stands in the audit log."""
    now = timezone.now()
    listing = _addressed(request, now=now)
    rows = listing.rows(now=now)
    try:
        event = record_download(
            rows=rows.count(),
            filters=sorted(listing.form.asked),
            searched=bool(listing.text),
            actor=request.actor,
            now=now,
        )
    except TooManyRows as refusal:
        messages.error(request, str(refusal))
        return redirect(listing.url())
    day = timezone.localdate(now)
    return csv_response(f"{_('customers')}-{day}-{event.pk}.csv", _lines(rows, now=now))


def _addressed(request: MemberRequest, *, now: datetime) -> Listing:
    token = request.GET.get("search", "")
    return Listing(FilterForm(request.GET, now=now), recall(token, member=request.member), token, _sort(request.GET))


def _searched(request: MemberRequest, *, now: datetime) -> Listing:
    text = request.POST.get("q", "").strip()[:SEARCH_LENGTH]
    token = remember(text, member=request.member) if text else ""
    return Listing(FilterForm(request.POST, now=now), text, token, _sort(request.POST))


def _sort(data: QueryDict) -> str:
    return "name" if data.get("sort") == "name" else ""


def _tabs(counted: Counts, listing: Listing, *, now: datetime) -> list[dict[str, Any]]:
    """Ready-made filters with their counts."""
    days = str(ACTIVE_DAYS)
    figures = asdict(counted)
    current = {name: value for name, value in listing.query.items() if name != "sort"}
    return [
        {"text": text, "count": figures[name], "url": f"?{urlencode(query)}" if query else ".", "on": query == current}
        for name, text, query in (
            ("known", _("All"), {}),
            ("active", _("Active"), {"seen": days}),
            ("new", _("New"), {"since": str(new_from(now))}),
            ("away", _("Long not seen"), {"away": days}),
            ("blocked", _("Blocked"), {"status": Customer.Status.BLOCKED.value}),
        )
    ]


def _shown(rows: list[Customer], *, now: datetime) -> list[dict[str, Any]]:
    """As many queries for fifty rows as for one."""
    cards = active_cards(rows)
    accounts = ledger.accounts_of(rows)
    bought = last_purchases(rows)
    figures = ledger.figures_of(accounts.values(), now=now)
    consents = consents_in_force_of(rows)
    tags = tags_of(rows)
    tiers = held_tiers(accounts.values(), terms_at(now), now=now)
    listed = []
    for row in rows:
        account = accounts[row.pk]
        card = cards.get(row.pk)
        listed.append(
            {
                "customer": row,
                "url": reverse("backoffice:customer", args=[row.public_id]),
                "card_short": card.text if card else "",
                "tier": tiers[account.pk],
                "balance": figures[account.pk].balance,
                "pending": figures[account.pk].pending,
                "last_purchase_on": bought.get(row.pk),
                "tags": tags.get(row.pk, []),
                "consents": [consent.get_channel_display() for consent in consents.get(row.pk, [])],
            }
        )
    return listed


def _lines(found: QuerySet[Customer], *, now: datetime) -> Iterator[list[Cell]]:
    """Head and rows of the file, read bit by bit while it is sent."""
    yield [
        *(_("Customer number"), _("Card"), _("Name"), _("E-mail"), _("Phone"), _("Birthday"), _("Language")),
        *(_("Status"), _("Tier"), _("Points"), _("Not yet available"), _("Member since"), _("Last purchase")),
        *(_("Tags"), _("Consents")),
    ]
    last = None
    while rows := list(newest_first(found, after=last)[:CHUNK]):
        yield from (_line(shown) for shown in _shown(rows, now=now))
        last = rows[-1].public_id


def _line(shown: dict[str, Any]) -> list[Cell]:
    customer: Customer = shown["customer"]
    return [
        customer.number,
        shown["card_short"],
        customer.name,
        customer.email,
        customer.phone,
        customer.birthday,
        customer.language,
        _(customer.status),
        shown["tier"].name,
        shown["balance"],
        shown["pending"],
        _day(customer.enrolled_at),
        _day(shown["last_purchase_on"]),
        ", ".join(tag.name for tag in shown["tags"]),
        ", ".join(map(str, shown["consents"])),
    ]


def _day(moment: datetime | None) -> str:
    """ISO dates, which every spreadsheet reads."""
    return timezone.localdate(moment).isoformat() if moment else ""
