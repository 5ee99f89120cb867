"""What is stored and what the customer decides about it: advertising, scoring, a copy of everything, the end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.consents import choices_of, give, withdraw
from customers.copies import CopyFormat, copy_of
from customers.erasing import erase_own_account, request_erasure_code
from customers.models import Consent, Via
from customers.scoring import object_to_scoring
from feedback.departures import Question, farewell, last_withdrawn, question_about
from ledger.queries import account_of, figures
from portal.access import CustomerRequest, sign_out
from portal.forms import CodeForm, ConfirmForm
from portal.pages import show
from portal.views.leaving import consents_url, goodbye_url, why
from portal.views.sign_in import cleared
from tenants.downloads import download
from tenants.errors import DomainError, NotFound


def consents(request: CustomerRequest) -> HttpResponse:
    choices = choices_of(request.customer, language=get_language() or "")
    return show(request, "portal/consents.html", choices=choices, **_why(request, request.GET.get("withdrawn", "")))


def consent(request: CustomerRequest, channel: str) -> HttpResponse:
    """Give or withdraw, at once."""
    if channel not in Consent.Channel.values:
        raise NotFound
    customer, actor, now = request.customer, request.actor, timezone.now()
    if request.POST.get("decision") == "give":
        try:
            given = give(
                customer=customer, channel=channel, language=get_language() or "", via=Via.PORTAL, actor=actor, now=now
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            waiting = given.confirmed_at is None
            messages.success(
                request, _("Please follow the link in the mail.") if waiting else _("Thank you. The consent is given.")
            )
    elif request.POST.get("decision") == "withdraw":
        withdraw(customer=customer, channel=channel, via=Via.PORTAL, actor=actor, now=now)
        messages.success(request, _("The consent is withdrawn."))
        return redirect(consents_url(channel))
    return redirect("portal:consents")


def privacy(request: CustomerRequest) -> HttpResponse:
    return show(request, "portal/privacy.html", customer=request.customer)


def scoring(request: CustomerRequest) -> HttpResponse:
    """The one switch for figures such as churn and value."""
    objects = request.POST.get("scoring") == "off"
    object_to_scoring(customer=request.customer, objects=objects, actor=request.actor, now=timezone.now())
    messages.success(request, _("Your choice is saved."))
    return redirect("portal:privacy")


def export_json(request: CustomerRequest) -> HttpResponse:
    return _copy(request, CopyFormat.JSON)


def export_csv(request: CustomerRequest) -> HttpResponse:
    return _copy(request, CopyFormat.TABLES)


def delete(request: CustomerRequest) -> HttpResponse:
    """What goes, what stays and why; then a fresh code."""
    customer = request.customer
    form = ConfirmForm(request.POST or None)
    if customer.email and form.carried_out(lambda: request_erasure_code(customer=customer)):
        return redirect("portal:delete_code")
    if not customer.email and form.carried_out(lambda: _erase(request, "")):
        return _gone(request)
    held = figures(account_of(customer), now=timezone.now())
    total = max(held.balance + held.pending, 0)
    return show(request, "portal/delete.html", form=form, customer=customer, total=total)


def delete_code(request: CustomerRequest) -> HttpResponse:
    customer = request.customer
    if not customer.email:
        return redirect("portal:delete")
    form = CodeForm(request.POST or None)
    if form.carried_out(lambda: _erase(request, form.cleaned_data["code"])):
        return _gone(request)
    return show(request, "portal/delete_code.html", form=form, customer=customer)


def _why(request: CustomerRequest, channel: str) -> dict[str, Any]:
    """Asked on the page to which a withdrawal leads, and not on later visits."""
    if channel not in Consent.Channel.values:
        return why(Question.NONE, "")
    asked = question_about(last_withdrawn(request.customer, channel))
    return why(asked, reverse("portal:why_withdrawn", args=[channel]))


def _erase(request: CustomerRequest, code: str) -> None:
    erase_own_account(customer=request.customer, code=code, actor=request.actor, now=timezone.now())


def _gone(request: CustomerRequest) -> HttpResponse:
    sign_out(request)
    return cleared(redirect(goodbye_url(farewell())))


def _copy(request: CustomerRequest, wanted: CopyFormat) -> HttpResponse:
    name = f"{request.tenant.slug}.{wanted}"
    return download(copy_of(request.customer, wanted), name=name, kind=wanted.kind)
