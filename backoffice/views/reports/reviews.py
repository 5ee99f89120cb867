"""Months and quarters in words: the list of them, each as a page to print, and what of it the team may see."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.errors import NotDrawn
from analytics.groups import Group
from analytics.review.figures import review_of
from analytics.review.posting import choose_review, rhythm, set_rhythm, wants_review
from analytics.review.sharing import end_sharing, share_review, shared_links, shared_success
from analytics.review.spans import MONTH, QUARTER, Span, finished_span, finished_spans
from analytics.review.table import rows, successes, tiles
from analytics.review.wording import Step, told
from backoffice.access import MemberRequest
from backoffice.forms import ReviewRhythmForm, ShareReviewForm
from backoffice.pages import show
from tenants.errors import DomainError, NotFound
from tenants.locales import short_date_text


def listing(request: MemberRequest, *, form: ReviewRhythmForm | None = None) -> HttpResponse:
    return show(
        request,
        "backoffice/reports/reviews.html",
        years=_years(),
        form=form or ReviewRhythmForm(initial={"rhythm": rhythm()}),
        is_wanted=wants_review(request.member),
        can_write=request.actor.may("reports.write"),
    )


def set_up(request: MemberRequest) -> HttpResponse:
    form = ReviewRhythmForm(request.POST)
    if not form.carried_out(lambda: set_rhythm(**form.cleaned_data, actor=request.actor, now=timezone.now())):
        return listing(request, form=form)
    messages.success(request, _("Saved."))
    return redirect("backoffice:reviews")


def choose(request: MemberRequest) -> HttpResponse:
    wanted = request.POST.get("to") == "on"
    choose_review(member=request.member, wanted=wanted, actor=request.actor, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("backoffice:reviews")


def page(request: MemberRequest, span: str, *, form: ShareReviewForm | None = None) -> HttpResponse:
    found = _span(span)
    review = review_of(found)
    words = told(review)
    can_share = request.actor.may("reports.write")
    good = {success.what: success for success in successes(review)} if can_share else {}
    context: dict[str, Any] = {
        "span": found,
        "review": review,
        "told": words,
        "steps": [{"text": text, "url": _STEP_URLS[code]()} for code, text in words.steps],
        "tiles": tiles(review),
        "rows": rows(review),
        "last_on": short_date_text(found.period.last),
        "share_form": form or ShareReviewForm(can_be_shared=list(good)),
        "links": [
            {
                "text": link.get_what_display(),
                "url": request.tenant.team_url + reverse("backoffice:shared_review", args=[link.public_id]),
                "end_url": reverse("backoffice:unshare_review", args=[link.public_id]),
            }
            for link in (shared_links(found) if can_share else [])
        ],
        "can_share": bool(good),
    }
    return show(request, "backoffice/reports/review.html", **context, **({"form": form} if form else {}))


def share(request: MemberRequest, span: str) -> HttpResponse:
    found = _span(span)
    form = ShareReviewForm(request.POST, can_be_shared=[success.what for success in successes(review_of(found))])
    if not form.carried_out(
        lambda: share_review(span=found, **form.cleaned_data, actor=request.actor, now=timezone.now())
    ):
        return page(request, span, form=form)
    messages.success(request, _("The link is ready. Copy it and pass it on to your team."))
    return redirect(f"{reverse('backoffice:review', args=[found.code])}#shared")


def unshare(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    try:
        span = end_sharing(public_id=public_id, actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("backoffice:reviews")
    messages.success(request, _("The link no longer works."))
    return redirect("backoffice:review", span=span.code)


def shared(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """For everybody in the team, also for those who may read no reports."""
    span, success = shared_success(public_id)
    return show(request, "backoffice/reports/shared.html", span=span, success=success)


def _span(code: str) -> Span:
    try:
        return finished_span(code)
    except NotDrawn as refusal:
        raise NotFound from refusal


def _years() -> list[dict[str, Any]]:
    """The newest first, each with its months and quarters."""
    months, quarters = finished_spans(months=MONTH), finished_spans(months=QUARTER)
    years = sorted({span.first.year for span in (*months, *quarters)}, reverse=True)
    return [
        {
            "year": year,
            "months": [span for span in months if span.first.year == year],
            "quarters": [span for span in quarters if span.first.year == year],
        }
        for year in years
    ]


_STEP_URLS = {
    Step.UNHAPPY: lambda: f"{reverse('backoffice:feedback')}?show=waiting",
    Step.MISSED: lambda: f"{reverse('backoffice:customers')}?group={Group.AT_RISK.value}",
    Step.COSTS: lambda: reverse("backoffice:rewards"),
    Step.ASK_FOR_CARD: lambda: reverse("checkout:find"),
    Step.FRIENDS: lambda: reverse("backoffice:referrals"),
    Step.SHARE: lambda: "#share",
}
