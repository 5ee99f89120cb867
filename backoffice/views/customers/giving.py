"""Giving by hand: a tier with an end, and the thanks for a review."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.pages import show
from backoffice.views.customers.forms import GiveTierForm
from customers.queries import customer_by
from programs.giving import give_tier, given_tier, take_given_tier
from programs.occasions import grant_bonus
from programs.rules import Occasion


def give(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person, now = customer_by(id=str(public_id)), timezone.now()
    form = GiveTierForm(request.POST if request.method == "POST" else None, now=now)
    values = form.cleaned_data if form.is_valid() else {}
    if form.carried_out(lambda: give_tier(customer=person, **values, actor=request.actor, now=now)):
        messages.success(request, _("The tier is given."))
        return redirect("backoffice:customer", person.public_id)
    given = given_tier(person, now=now)
    return show(request, "backoffice/customer_tier.html", customer=person, form=form, given=given)


def end(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    take_given_tier(customer=person, actor=request.actor, now=timezone.now())
    messages.success(request, _("The given tier has ended."))
    return redirect("backoffice:customer", person.public_id)


def thank_for_review(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Once for each customer, however often the button is pressed."""
    person = customer_by(id=str(public_id))
    if grant_bonus(customer=person, occasion=Occasion.REVIEW, actor=request.actor, now=timezone.now()):
        messages.success(request, _("The review is noted and its points are credited."))
    else:
        messages.info(request, _("A review brings nothing now, or it has been credited before."))
    return redirect("backoffice:customer", person.public_id)
