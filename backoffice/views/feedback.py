"""What customers say: the score, each answer, what waits for a word from the shop, and how they are asked."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.forms import FeedbackReplyForm, SurveyForm
from backoffice.pages import show
from backoffice.wording import actor_name
from feedback.departures import FEWEST, reasons_for_leaving
from feedback.messages import REPLY
from feedback.models import Departure, Response
from feedback.queries import answers, counts_of_scores, survey, waiting_count
from feedback.score import SCORES, net_promoter_score
from feedback.services import reply, set_survey
from feedback.services import settle as settle_response
from messaging.queries import hindrance
from team.queries import names_of_actors
from tenants.calendar import day_of
from tenants.errors import DomainError, NotFound
from tenants.pages import page_of, seq_in
from tenants.scope import current_tenant

ROWS = 50


def feedback(request: MemberRequest, *, form: SurveyForm | None = None) -> HttpResponse:
    now, settings = timezone.now(), survey()
    only_waiting = request.GET.get("show") == "waiting"
    before = seq_in(request.GET.get("before", ""))
    page = page_of(answers(only_waiting=only_waiting, before=before), size=ROWS)
    counts, path = counts_of_scores(now=now), reverse("backoffice:feedback")
    base = f"{path}?show=waiting" if only_waiting else path
    initial = {"by_email": settings.by_email, "in_portal": settings.in_portal, "days": settings.days}
    return show(
        request,
        "backoffice/feedback.html",
        form=form or SurveyForm(initial=initial),
        can_write=request.actor.may("feedback.write"),
        asks=settings.by_email or settings.in_portal,
        score=net_promoter_score(counts),
        total=sum(counts.values()),
        most=max(counts.values(), default=1),
        distribution=[(score, counts.get(score, 0)) for score in reversed(SCORES)],
        departures=_departures(day_of(now, zone=current_tenant().zone)),
        fewest=FEWEST,
        rows=page.rows,
        only_waiting=only_waiting,
        tabs=[
            {"text": _("All answers"), "url": path, "on": not only_waiting, "count": None},
            {
                "text": _("Needs an answer"),
                "url": f"{path}?show=waiting",
                "on": only_waiting,
                "count": waiting_count(),
            },
        ],
        first_url=base if before else None,
        next_url=f"{base}{'&' if only_waiting else '?'}before={page.last.pk}" if page.last else None,
    )


def _departures(today: date) -> list[dict[str, Any]]:
    """Why customers have left, by occasion; those on which nobody has said anything are left out."""
    labels = dict(Departure.Occasion.choices)
    return [
        {
            "occasion": labels[occasion],
            "spans": spans,
            "rows": [
                {
                    "label": label,
                    "counts": [span.counts.get(reason, 0) if span.counts is not None else None for span in spans],
                }
                for reason, label in Departure.Reason.choices
            ]
            if any(span.counts is not None for span in spans)
            else [],
        }
        for occasion, spans in reasons_for_leaving(today=today).items()
        if any(span.answers for span in spans)
    ]


def set_up(request: MemberRequest) -> HttpResponse:
    form = SurveyForm(request.POST)
    if not form.carried_out(
        lambda: set_survey(**form.cleaned_data, actor=request.actor, now=timezone.now()),
    ):
        return feedback(request, form=form)
    messages.success(request, _("The survey is saved."))
    return redirect("backoffice:feedback")


def response(request: MemberRequest, response_id: int) -> HttpResponse:
    found = _response(response_id)
    form = FeedbackReplyForm(request.POST) if request.method == "POST" else FeedbackReplyForm()
    if form.carried_out(
        lambda: reply(response=found, text=form.cleaned_data["reply"], actor=request.actor, now=timezone.now())
    ):
        messages.success(request, _("The answer is on its way."))
        return redirect("backoffice:feedback")
    return show(
        request, "backoffice/feedback_response.html", form=form, **_facts(found, request, is_sent=form.is_bound)
    )


def settle(request: MemberRequest, response_id: int) -> HttpResponse:
    try:
        settle_response(response=_response(response_id), actor=request.actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Settled."))
    return redirect("backoffice:feedback")


def _response(response_id: int) -> Response:
    found = answers().filter(pk=response_id).first()
    if found is None:
        raise NotFound
    return found


def _facts(found: Response, request: MemberRequest, *, is_sent: bool) -> dict[str, Any]:
    """What was sent in vain stays in sight."""
    may_write = request.actor.may("feedback.write") and found.settled_at is None
    return {
        "response": found,
        "settled_by": actor_name(found.settled_by, names_of_actors({found.settled_by})) if found.settled_by else "",
        "may_settle": may_write,
        "may_reply": may_write and (is_sent or not hindrance(REPLY, found.customer)),
    }
