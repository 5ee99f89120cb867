"""Ways in and out: the mailed code, the link that the till shows, and signing out."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from customers.addresses import open_claim
from customers.joining import come_back
from customers.models import Customer, Via
from customers.queries import CUSTOMER_LANGUAGES, has_accepted_terms
from customers.services import change
from customers.sign_in import customer_of_link, customer_signing_in, is_open, request_code
from portal.access import CustomerRequest, actor_of, sign_in, sign_out, speak
from portal.forms import CodeForm, EmailForm
from portal.pages import show
from portal.pending import forget, remember, remembered
from tenants.contact import normal_email
from tenants.errors import DomainError
from tenants.requests import client_address

_SIGNING_IN = "signing-in"


def sign_in_page(request: CustomerRequest) -> HttpResponse:
    if hasattr(request, "customer"):
        return redirect("portal:home")
    form = EmailForm(request.POST or None)

    def ask_for_code() -> str:
        email = normal_email(form.cleaned_data["email"])
        request_code(email=email, network=client_address(request))
        return email

    if form.carried_out(ask_for_code):
        remember(request, _SIGNING_IN, form.result)
        return redirect("portal:code")
    return show(request, "portal/sign_in.html", form=form)


def code(request: CustomerRequest) -> HttpResponse:
    email = _address_signing_in(request)
    if not email:
        return redirect("portal:sign_in")
    form = CodeForm(request.POST or None)

    def prove() -> Customer:
        customer = customer_signing_in(email=email, code=form.cleaned_data["code"])
        newcomer: Customer | None = getattr(request, "customer", None)
        if newcomer is None or newcomer == customer:
            return customer
        return come_back(newcomer=newcomer, known=customer, actor=actor_of(customer), now=timezone.now())

    if form.carried_out(prove):
        forget(request, _SIGNING_IN)
        sign_in(request, form.result, via=Via.CODE)
        return redirect("portal:home")
    return show(request, "portal/code.html", form=form)


def _address_signing_in(request: CustomerRequest) -> str:
    """Who has just joined with an address that is known here got a code for it instead of a link."""
    newcomer: Customer | None = getattr(request, "customer", None)
    claim = open_claim(newcomer) if newcomer else None
    return claim.email if claim else remembered(request, _SIGNING_IN)


def welcome(request: CustomerRequest, token: str) -> HttpResponse:
    """The link behind the code that the till shows. Looking at it changes nothing: scanners open every link."""
    if request.method == "POST":
        try:
            customer = customer_of_link(token)
        except DomainError:
            return show(request, "portal/link_over.html", status=404)
        sign_in(request, customer, via=Via.TILL)
        return redirect("portal:home" if has_accepted_terms(customer) else "portal:agree")
    if not is_open(token):
        return show(request, "portal/link_over.html", status=404)
    return show(request, "portal/welcome.html")


def sign_out_page(request: CustomerRequest) -> HttpResponse:
    sign_out(request)
    return cleared(redirect("portal:sign_in"))


def cleared(response: HttpResponse) -> HttpResponse:
    """The browser forgets what it kept of this site: pages, and the card for the times without a network."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def language(request: CustomerRequest) -> HttpResponse:
    """German or English, for this visit and, where somebody is signed in, for good."""
    chosen = request.POST.get("language", "")
    if chosen in CUSTOMER_LANGUAGES:
        speak(request, chosen)
        if hasattr(request, "customer"):
            change(customer=request.customer, language=chosen, actor=request.actor, now=timezone.now())
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe and back.startswith("/") else reverse("portal:home"))
