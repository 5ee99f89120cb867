"""Enrolling a customer on their behalf, changing what is known, and forgetting them."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.access import MemberRequest
from backoffice.once import sent_before
from backoffice.pages import show
from backoffice.views.customers.forms import EnrolForm, EraseForm, PersonForm
from customers.consents import ended_by_change
from customers.errors import UnknownCustomer
from customers.models import Customer
from customers.queries import customer_by, former_customer
from customers.services import change, erase
from customers.welcoming import DESK
from ledger import queries as ledger
from referrals.claiming import enrol_by_invitation
from referrals.forms import FriendsCodeForm
from referrals.wording import noted_in_words
from tenants.errors import Invalid


def enrol_customer(request: MemberRequest) -> HttpResponse:
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and sent_before(request):
        return redirect("backoffice:customers")
    now = timezone.now()
    if request.method == "POST" and form.carried_out(
        lambda: enrol_by_invitation(**form.cleaned_data, source=DESK, actor=request.actor, now=now)
    ):
        customer, referral = form.result
        messages.success(request, _("The customer is enrolled, with number, card and account."))
        if referral is not None:
            messages.success(request, noted_in_words(referral))
        return redirect("backoffice:welcome", customer.public_id)
    return _form(request, form, back_url=reverse("backoffice:customers"), **form.promise(now=now))


def check_invitation(request: MemberRequest) -> HttpResponse:
    """The line under a friend's code while it is typed: what both get, or why it does not count."""
    return render(request, "components/invited.html", FriendsCodeForm(request.POST).promise(now=timezone.now()))


def edit_customer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    person = customer_by(id=str(public_id))
    values = {name: getattr(person, name) for name in PersonForm.base_fields}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=values)
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        now = timezone.now()
        if not changed or form.carried_out(lambda: change(customer=person, **changed, actor=request.actor, now=now)):
            messages.success(request, _("The changes are saved."))
            for consent in ended_by_change(person, now=now):
                text = _("The consent to advertising by %(channel)s has ended with the old address.")
                messages.warning(request, text % {"channel": consent.get_channel_display()})
            return redirect("backoffice:customer", person.public_id)
    return _form(request, form, customer=person, back_url=reverse("backoffice:customer", args=[person.public_id]))


def erase_customer(request: MemberRequest, public_id: uuid.UUID) -> HttpResponse:
    """Says what goes, what stays and why, and wants the number typed. A second press finds it done."""
    if _is_erased(public_id):
        return _erased(request)
    person = customer_by(id=str(public_id))
    form = EraseForm(request.POST if request.method == "POST" else None)

    def act() -> None:
        if "".join(form.cleaned_data["typed_number"].split()) != person.number:
            raise Invalid(_("This is not the number of this customer."), field="typed_number")
        try:
            erase(customer=person, actor=request.actor, now=timezone.now())
        except UnknownCustomer:
            if not _is_erased(public_id):
                raise

    if request.method == "POST" and form.carried_out(act):
        return _erased(request)
    figures = ledger.figures(ledger.account_of(person), now=timezone.now())
    return show(request, "backoffice/customer_erase.html", customer=person, form=form, figures=figures)


def _is_erased(public_id: uuid.UUID) -> bool:
    former = former_customer(public_id)
    return former is not None and former.status == Customer.Status.ERASED


def _erased(request: MemberRequest) -> HttpResponse:
    messages.success(request, _("The customer is erased."))
    return redirect("backoffice:customers")


def _form(request: MemberRequest, form: PersonForm, **context: Any) -> HttpResponse:
    existing = customer_by(id=form.existing_id) if form.existing_id else None
    return show(request, "backoffice/customer_form.html", form=form, existing=existing, **context)
