"""Who the customer is to the shop: name, phone, birthday, language, and an address that is proven before it counts."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from customers.addresses import change_email, claim_email, open_claim, request_email_change
from customers.consents import ended_by_change
from customers.errors import CustomerExists
from customers.models import Customer
from customers.queries import language_of
from customers.services import change
from feedback.queries import opinions_of
from portal.access import CustomerRequest, stay_signed_in
from portal.forms import CodeForm, EmailForm, ProfileForm
from portal.pages import show
from portal.pending import forget, remember, remembered
from referrals.queries import referrals_by, standing_of
from tenants.contact import normal_email
from tenants.errors import DomainError
from tenants.throttle import Limit

_NEW_EMAIL = "new-email"
# A phone number that is refused tells that somebody has it.
_changes_per_customer = Limit("profile-change", times=20, seconds=3600)


def profile(request: CustomerRequest) -> HttpResponse:
    customer = request.customer
    chosen = language_of(customer).partition("-")[0]
    form = ProfileForm(request.POST or None, customer=customer, language=chosen)

    now = timezone.now()

    def save() -> object:
        _changes_per_customer.hit(request.tenant.pk, customer.pk)
        try:
            return change(customer=customer, **form.values(), actor=request.actor, now=now)
        except CustomerExists as refusal:
            text = _("This number belongs to another card. The team at the till can join both.")
            raise CustomerExists(text, field=refusal.field) from refusal

    if form.carried_out(save):
        with translation.override(language_of(form.result)):
            messages.success(request, _("Your details are saved."))
            _tell_of_ended_consents(request, form.result, now)
        return redirect("portal:profile")
    return show(
        request,
        "portal/profile.html",
        form=form,
        customer=customer,
        claim=open_claim(customer),
        has_opinions=opinions_of(customer).exists(),
        invites=standing_of(customer, now=now) is not None or referrals_by(customer).exists(),
    )


def email(request: CustomerRequest) -> HttpResponse:
    """A new address; a code goes there first."""
    customer = request.customer
    form = EmailForm(request.POST or None)

    def ask_for_code() -> str:
        address = normal_email(form.cleaned_data["email"])
        request_email_change(customer=customer, email=address)
        return address

    if form.carried_out(ask_for_code):
        remember(request, _NEW_EMAIL, form.result)
        return redirect("portal:email_code")
    return show(request, "portal/email.html", form=form, customer=customer, claim=open_claim(customer))


def email_code(request: CustomerRequest) -> HttpResponse:
    address = remembered(request, _NEW_EMAIL)
    if not address:
        return redirect("portal:email")
    form = CodeForm(request.POST or None)
    now = timezone.now()

    def prove() -> object:
        return change_email(
            customer=request.customer,
            email=address,
            code=form.cleaned_data["code"],
            actor=request.actor,
            now=now,
        )

    if form.carried_out(prove):
        forget(request, _NEW_EMAIL)
        stay_signed_in(request, form.result)
        messages.success(request, _("Your new e-mail address counts from now on."))
        _tell_of_ended_consents(request, form.result, now)
        return redirect("portal:profile")
    return show(request, "portal/email_code.html", form=form, address=address)


def email_again(request: CustomerRequest) -> HttpResponse:
    """Mail the link once more to the address that still has to be confirmed."""
    customer = request.customer
    claim = open_claim(customer)
    if claim is not None:
        try:
            claim_email(customer=customer, email=claim.email, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The mail is on its way once more."))
    return redirect("portal:profile")


def _tell_of_ended_consents(request: CustomerRequest, customer: Customer, now: datetime) -> None:
    text = _(
        "The consent to advertising by %(channel)s has ended with the old address."
        " It can be given anew under “Consents”."
    )
    for consent in ended_by_change(customer, now=now):
        messages.warning(request, text % {"channel": consent.get_channel_display()})
