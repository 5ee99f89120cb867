"""The programme: what a purchase earns, what points are called, which tiers there are, with a live preview."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.programme_form import ProgrammeForm
from programs.models import ProgramVersion
from programs.publishing import draft_in_force, publish_program, what_it_earns
from programs.queries import points_name
from programs.tiers import moves
from tenants.errors import Invalid
from tenants.money import minor_units, rate_text, typed_amount
from tenants.scope import current_tenant

# The purchase that the preview begins with, in units of the currency.
EXAMPLE = 25


def programme(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    currency = request.tenant.currency
    form = ProgrammeForm(request.POST or None, draft=draft_in_force(now=now))
    if request.method == "POST" and form.is_valid() and sent_before(request):
        return redirect("backoffice:programme")
    if request.method == "POST" and form.carried_out(
        lambda: publish_program(form.draft(), actor=request.actor, now=now)
    ):
        messages.success(request, _("The programme is published and counts from now on."))
        return redirect("backoffice:programme")
    context = {
        "form": form,
        "may_write": request.actor.may("program.write"),
        "unit": rate_text(minor_units(Decimal(1), currency=currency), currency=currency),
        "versions": ProgramVersion.objects.order_by("-number")[:5],
    }
    return show(request, "backoffice/programme.html", **context | _preview(form, str(EXAMPLE), now=now))


def preview(request: MemberRequest) -> HttpResponse:
    """The fragment beside the form; nothing is saved."""
    now = timezone.now()
    form = ProgrammeForm(request.POST, draft=draft_in_force(now=now))
    shown = _preview(form, request.POST.get("amount", ""), now=now)
    return render(request, "backoffice/_programme_preview.html", shown)


def _preview(form: ProgrammeForm, amount: str, *, now: datetime) -> dict[str, Any]:
    """What a purchase earns in every tier and who changes tiers; empty where form or amount make no sense yet."""
    try:
        total = typed_amount(amount, currency=current_tenant().currency)
    except Invalid as refusal:
        return {"amount": amount, "preview_error": str(refusal)}
    draft = form.shown_draft()
    if draft is None:
        return {"amount": amount, "preview_error": _("Complete the form to see what a purchase earns.")}
    earned = what_it_earns(draft, total=total)
    most = max((earning.points for _tier, earning in earned), default=0)
    return {
        "amount": amount,
        "earned": [{"tier": tier, "points": earning.points} for tier, earning in earned],
        "most": most or 1,
        "word": points_name(draft.terms()),
        "moves": moves(draft.terms(), now=now),
        "visits": _visits(draft.tiers, earned[0][1].points if earned else 0),
    }


def _visits(tiers: Any, points: int) -> list[dict[str, Any]]:
    """How many such purchases lead from the lowest tier to each of the others."""
    return [{"tier": tier, "count": -(-tier.threshold // points)} for tier in tiers if tier.threshold and points]
