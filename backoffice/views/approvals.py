"""Adjustments above the limit: what waits for a second person, and the limit itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import AdjustmentLimitForm
from backoffice.pages import show
from backoffice.wording import actor_name, fact_in_words
from ledger.models import HeldAdjustment
from ledger.queries import accounts_of, figures_of
from programs.adjusting import adjustment_limit
from programs.approving import approve_adjustment, refuse_adjustment, set_adjustment_limit
from programs.queries import waiting_adjustments
from team.queries import names_of_actors
from tenants.errors import DomainError, NotFound

ROWS = 50


def approvals(request: MemberRequest, *, limit_form: AdjustmentLimitForm | None = None) -> HttpResponse:
    limit = adjustment_limit()
    return show(
        request,
        "backoffice/approvals.html",
        form=limit_form or AdjustmentLimitForm(initial={"points": limit}),
        limit=limit,
        can_set_limit=request.actor.may("points.limit"),
        rows=_rows(list(waiting_adjustments()[:ROWS]), request),
    )


def approve(request: MemberRequest, held_id: int) -> HttpResponse:
    try:
        approve_adjustment(held=_held(held_id), actor=request.actor, now=timezone.now())
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The points are booked."))
    return redirect("backoffice:approvals")


def refuse(request: MemberRequest, held_id: int) -> HttpResponse:
    try:
        refuse_adjustment(held=_held(held_id), actor=request.actor, now=timezone.now())
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Nothing was booked."))
    return redirect("backoffice:approvals")


def set_limit(request: MemberRequest) -> HttpResponse:
    form = AdjustmentLimitForm(request.POST)
    if not form.carried_out(
        lambda: set_adjustment_limit(points=form.cleaned_data["points"], actor=request.actor, now=timezone.now())
    ):
        return approvals(request, limit_form=form)
    messages.success(request, _("The limit is saved."))
    return redirect("backoffice:approvals")


def _held(held_id: int) -> HeldAdjustment:
    held = HeldAdjustment.objects.filter(pk=held_id).first()
    if held is None:
        raise NotFound
    return held


def _rows(waiting: list[HeldAdjustment], request: MemberRequest) -> list[dict[str, Any]]:
    """As many queries for fifty rows as for one."""
    names = names_of_actors({held.asked_by for held in waiting})
    accounts = accounts_of(held.customer for held in waiting)
    figures = figures_of(accounts.values(), now=timezone.now())
    return [
        {
            "customer": held.customer,
            "url": reverse("backoffice:customer", args=[held.customer.public_id]),
            "points": held.points,
            "balance": figures[accounts[held.customer_id].pk].balance,
            "reason": fact_in_words("reason", held.reason),
            "asked_by": actor_name(held.asked_by, names),
            "asked_at": held.asked_at,
            "is_own": held.asked_by == request.actor.reference,
            "approve_url": reverse("backoffice:approve_adjustment", args=[held.pk]),
            "refuse_url": reverse("backoffice:refuse_adjustment", args=[held.pk]),
        }
        for held in waiting
    ]
