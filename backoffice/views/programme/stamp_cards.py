"""The stamp cards of a draft: each is made and changed on a page of its own, or taken away."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.programme.steps import place_of, steps_of
from backoffice.wizard.preview import preview
from backoffice.wizard.stamp_card_form import StampCardForm
from programs.drafting import save_draft, workpiece
from programs.publishing import Draft
from programs.rules import StampCard
from tenants.errors import DomainError


def add(request: MemberRequest) -> HttpResponse:
    return _edit(request, number=None)


def change(request: MemberRequest, number: int) -> HttpResponse:
    return _edit(request, number=number)


def remove(request: MemberRequest, number: int) -> HttpResponse:
    """By its place; the name says which one was meant where somebody else has changed the list."""
    work = workpiece()
    draft = work.draft
    card = _card(draft, number)
    if request.POST.get("card") == card.name:
        left = [other for other in draft.stamp_cards if other is not card]
        try:
            save_draft(replace(draft, stamp_cards=left), actor=request.actor, now=timezone.now(), read=work)
        except DomainError as refusal:
            messages.warning(request, str(refusal))
    return redirect(_list())


def _edit(request: MemberRequest, *, number: int | None) -> HttpResponse:
    place, work = place_of("offers"), workpiece()
    card = _card(work.draft, number) if number is not None else None
    at = len(work.draft.stamp_cards) if number is None else number - 1
    form = StampCardForm(request.POST or None, draft=work.draft, card=card, at=at)
    if form.carried_out(lambda: save_draft(form.draft(), actor=request.actor, now=timezone.now(), read=work)):
        return redirect(_list())
    return show(
        request,
        "backoffice/programme/stamp_card.html",
        form=form,
        card=card,
        step=place,
        work=work,
        steps=steps_of(place),
        **preview(work.draft, amount=None, now=timezone.now()),
    )


def _card(draft: Draft, number: int) -> StampCard:
    """By its place, counted from 1. Raises Http404."""
    if not 1 <= number <= len(draft.stamp_cards):
        raise Http404
    return draft.stamp_cards[number - 1]


def _list() -> str:
    return reverse("backoffice:programme_step", args=["offers"])
