"""What stands out in the bookings: each finding with what it rests on, decided by people."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import Finding
from analytics.queries import customers_behind, findings, open_count, purchases_behind, redemptions_behind
from analytics.services import confirm, dismiss
from analytics.wording import HARMLESS, reason
from backoffice.access import MemberRequest
from backoffice.forms import FindingForm, FindingsForm
from backoffice.pages import show
from backoffice.wording import actor_name
from team.queries import names_of_actors
from tenants.errors import NotFound
from tenants.pages import page_of, seq_in

ROWS = 50
TONES = {Finding.Gravity.LOW: "", Finding.Gravity.MEDIUM: "warn", Finding.Gravity.HIGH: "bad"}


def listing(request: MemberRequest) -> HttpResponse:
    form = FindingsForm(request.GET or None)
    pattern = form.cleaned_data.get("pattern", "") if form.is_bound and form.is_valid() else ""
    shows_all = request.GET.get("show") == "all"
    before = seq_in(request.GET.get("before", ""))
    page = page_of(findings(only_open=not shows_all, pattern=pattern, before=before), size=ROWS)
    path = reverse("backoffice:findings")
    chosen = ({"show": "all"} if shows_all else {}) | ({"pattern": pattern} if pattern else {})
    return show(
        request,
        "backoffice/findings.html",
        form=form,
        shows_all=shows_all,
        is_filtered=bool(pattern),
        rows=[_row(finding) for finding in page.rows],
        tabs=[
            {"text": _("To be looked at"), "url": path, "on": not shows_all, "count": open_count() or None},
            {"text": _("All"), "url": f"{path}?show=all", "on": shows_all, "count": None},
        ],
        first_url=f"{path}?{urlencode(chosen)}" if before else None,
        next_url=f"{path}?{urlencode(chosen | {'before': page.last.pk})}" if page.last else None,
    )


def finding(request: MemberRequest, finding_id: int) -> HttpResponse:
    found = _finding(finding_id)
    form = FindingForm(request.POST or None)
    if request.method == "POST":
        if form.carried_out(lambda: _decide(found, form, request)):
            messages.success(request, _("The decision is noted."))
            return redirect("backoffice:finding", finding_id)
        # Somebody else may have decided.
        found = _finding(finding_id)
    decided_by = actor_name(found.decided_by, names_of_actors({found.decided_by})) if found.decided_by else ""
    return show(
        request,
        "backoffice/finding.html",
        form=form,
        **_row(found),
        harmless=HARMLESS[found.pattern],
        purchases=list(purchases_behind(found)),
        redemptions=list(redemptions_behind(found)),
        people=[person for person in customers_behind(found) if person != found.customer],
        decided_by=decided_by,
        audit_url=_audit_url(found),
    )


def _decide(found: Finding, form: FindingForm, request: MemberRequest) -> Finding:
    act = confirm if form.cleaned_data["decision"] == Finding.State.CONFIRMED else dismiss
    return act(finding=found, note=form.cleaned_data["note"], actor=request.actor, now=timezone.now())


def _finding(finding_id: int) -> Finding:
    found = findings().filter(pk=finding_id).first()
    if found is None:
        raise NotFound
    return found


def _row(found: Finding) -> dict[str, Any]:
    """About whom or what, never about whom of the team."""
    if found.customer is not None:
        about = found.customer.name or found.customer.number
        url = reverse("backoffice:customer", args=[found.customer.public_id])
    elif found.device is not None:
        about = f"{found.device.name}, {found.device.store.name}"
        url = reverse("backoffice:device", args=[found.device.pk]) if found.device.revoked_at is None else ""
    else:
        assert found.key is not None, "a finding is about something"
        about, url = found.key.name, reverse("backoffice:keys")
    gravity = Finding.Gravity(found.severity)
    return {
        "finding": found,
        "about": about,
        "about_url": url,
        "reason": reason(found),
        "gravity": gravity.label,
        "tone": TONES[gravity],
    }


def _audit_url(found: Finding) -> str:
    """Who booked stands in the log of those days."""
    days = {"since": timezone.localdate(found.first_at), "until": timezone.localdate(found.last_at)}
    return f"{reverse('backoffice:audit')}?{urlencode({name: day.isoformat() for name, day in days.items()})}"
