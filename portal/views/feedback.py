"""The one question after a purchase: in the portal, and behind the link of a mail without signing in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import QuestionOver
from feedback.queries import open_question, opinions_of, response_of_token
from feedback.score import BEST
from feedback.services import answer_in_portal, answer_question
from feedback.services import decline as decline_question
from portal.access import CustomerRequest, actor_of
from portal.forms import FeedbackForm
from portal.pages import show

LATEST = 20


def feedback(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    if open_question(request.customer, now=now) is None:
        return redirect("portal:home")
    form = FeedbackForm(request.POST) if request.method == "POST" else FeedbackForm()
    if form.carried_out(
        lambda: answer_in_portal(customer=request.customer, **form.cleaned_data, actor=request.actor, now=now)
    ):
        messages.success(request, _("Thank you for the answer."))
        return redirect("portal:home")
    return show(request, "portal/feedback.html", form=form, can_decline=True)


def opinions(request: CustomerRequest) -> HttpResponse:
    """What the customer has said, and what the shop answered."""
    return show(request, "portal/opinions.html", opinions=opinions_of(request.customer)[:LATEST], best=BEST)


def decline(request: CustomerRequest) -> HttpResponse:
    """Not now. Whoever presses twice has said the same."""
    now = timezone.now()
    if open_question(request.customer, now=now):
        decline_question(customer=request.customer, actor=request.actor, now=now)
    return redirect("portal:home")


def feedback_link(request: CustomerRequest, token: str) -> HttpResponse:
    """The link in the mail. It can answer this one question and nothing else."""
    now = timezone.now()
    try:
        response = response_of_token(token, now=now)
    except QuestionOver:
        return show(request, "portal/link_over.html", status=404)
    form = FeedbackForm(request.POST) if request.method == "POST" else FeedbackForm()
    if response.answered_at is None and form.carried_out(
        lambda: answer_question(response=response, **form.cleaned_data, actor=actor_of(response.customer), now=now)
    ):
        return redirect(request.path)
    return show(request, "portal/feedback.html", form=form, is_answered=response.answered_at is not None)
