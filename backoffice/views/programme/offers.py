"""The offers of a draft: each is made and changed on a page of its own, switched off and on, or taken away."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.programme.steps import place_of, steps_of
from backoffice.wizard.points_form import OWN_CODES
from backoffice.wizard.preview import preview
from backoffice.wizard.rule_form import RuleForm
from programs.drafting import Workpiece, save_draft, workpiece
from programs.publishing import Draft
from programs.queries import has_opened
from programs.rules import Rule
from tenants.errors import DomainError


def add(request: MemberRequest) -> HttpResponse:
    return _edit(request, workpiece(), rule=None)


def change(request: MemberRequest, code: str) -> HttpResponse:
    work = workpiece()
    return _edit(request, work, rule=_offer(work.draft, code))


def switch(request: MemberRequest, code: str) -> HttpResponse:
    """Off, or on again."""
    work = workpiece()
    draft = work.draft
    offer = _offer(draft, code)
    rules = [rule for rule in draft.rules if rule.code != code]
    resting = [rule for rule in draft.resting if rule.code != code]
    if offer in draft.rules:
        resting.append(offer)
    else:
        rules.append(offer)
    return _save(request, work, replace(draft, rules=rules, resting=resting))


def remove(request: MemberRequest, code: str) -> HttpResponse:
    work = workpiece()
    draft = work.draft
    _offer(draft, code)
    rules = [rule for rule in draft.rules if rule.code != code]
    resting = [rule for rule in draft.resting if rule.code != code]
    return _save(request, work, replace(draft, rules=rules, resting=resting))


def _edit(request: MemberRequest, work: Workpiece, *, rule: Rule | None) -> HttpResponse:
    place = place_of("offers")
    form = RuleForm(request.POST or None, draft=work.draft, rule=rule, preset=request.GET.get("preset", ""))
    if form.carried_out(lambda: save_draft(form.draft(), actor=request.actor, now=timezone.now(), read=work)):
        return redirect(_list())
    return show(
        request,
        "backoffice/programme/offer.html",
        form=form,
        rule=rule,
        step=place,
        work=work,
        steps=steps_of(place),
        has_opened=has_opened(now=timezone.now()),
        **preview(work.draft, amount=None, now=timezone.now()),
    )


def _save(request: MemberRequest, work: Workpiece, draft: Draft) -> HttpResponse:
    try:
        save_draft(draft, actor=request.actor, now=timezone.now(), read=work)
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    return redirect(_list())


def _offer(draft: Draft, code: str) -> Rule:
    offers = [rule for rule in [*draft.rules, *draft.resting] if rule.code not in OWN_CODES]
    for rule in offers:
        if rule.code == code:
            return rule
    raise Http404


def _list() -> str:
    return reverse("backoffice:programme_step", args=["offers"])
