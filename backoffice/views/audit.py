"""The audit log: who did what, when, on which device. Events hold ids and figures, never personal text."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from backoffice.access import MemberRequest
from backoffice.forms import AuditForm
from backoffice.pages import show
from backoffice.wording import actor_name, event_title, fact_in_words
from customers.queries import public_ids
from events.models import Event
from events.queries import what_happened
from team.queries import names_of_actors, names_of_devices
from tenants.pages import page_of, seq_in

ROWS = 50
# What a reader of the log can do something with; ids of rows mean nothing to people.
SHOWN = (
    *("points", "reason", "role", "kind", "mail", "version", "source", "channel", "via", "scopes", "fields"),
    *(
        "reasons",
        "stamps",
        "last_day",
        "rows",
        "recorded",
        "refused",
        "pattern",
        "rhythm",
        "span",
        "what",
        "job",
        "metric",
    ),
)


def log(request: MemberRequest) -> HttpResponse:
    form = AuditForm(request.GET or None)
    # A value that is none is left out of the search, and the page says so.
    form.is_valid()
    chosen = form.cleaned_data if form.is_bound else {}
    found = what_happened(
        topic=chosen.get("topic", ""),
        actor=chosen.get("who", ""),
        since=_start_of(chosen.get("since")),
        until=_start_of(chosen.get("until"), days_later=1),
    )
    before = seq_in(request.GET.get("before", ""))
    page = page_of(found.filter(pk__lt=before) if before else found, size=ROWS)
    query = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    return show(
        request,
        "backoffice/audit.html",
        form=form,
        rows=log_rows(page.rows),
        is_filtered=bool(query),
        first_url=f"{request.path}?{urlencode(query)}" if before else None,
        next_url=f"{request.path}?{urlencode(query | {'before': page.last.pk})}" if page.last else None,
    )


def log_rows(events: list[Event]) -> list[dict[str, Any]]:
    """As many queries for fifty rows as for one."""
    names = names_of_actors({event.actor for event in events})
    devices = names_of_devices({event.device_id for event in events if event.device_id})
    customers = public_ids({event.payload["customer"] for event in events if event.payload.get("customer")})
    return [
        {
            "at": event.occurred_at,
            "title": event_title(event.name),
            "who": actor_name(event.actor, names),
            "device": devices.get(event.device_id or 0, ""),
            "facts": [fact for key in SHOWN if (fact := fact_in_words(key, event.payload.get(key)))],
            "customer_url": reverse("backoffice:customer", args=[public_id])
            if (public_id := customers.get(event.payload.get("customer") or 0))
            else None,
        }
        for event in events
    ]


def _start_of(day: Any, *, days_later: int = 0) -> datetime | None:
    if day is None:
        return None
    start = datetime.combine(day + timedelta(days=days_later), datetime.min.time())
    return timezone.make_aware(start)
