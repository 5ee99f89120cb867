"""The portal as a surface: a customer whose phone signed in. A customer is not a user."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from customers.models import Customer, Via
from customers.queries import language_for, language_of
from customers.sign_in import admit
from tenants.requests import ShopRequest
from tenants.roles import Actor, capabilities_of
from tenants.routes import Surface

_CUSTOMER, _STAMP, _LANGUAGE = "customer", "customer_stamp", "language"
# A card in the pocket stays there; what matters asks for a fresh code.
_LASTS = timedelta(days=180)


class CustomerRequest(ShopRequest):
    """A request by a customer who signed in; `customer` is missing on public routes without one.

    `former` is there instead where the session's customer is blocked, erased or joined with another card.
    """

    customer: Customer
    former: Customer


def signed_in_customer(request: CustomerRequest) -> Actor | None:
    """Sets `request.customer` or `request.former`."""
    session = request.session
    customer = Customer.objects.filter(pk=session[_CUSTOMER]).first() if _CUSTOMER in session else None
    if customer is None:
        return None
    if customer.status != Customer.Status.ACTIVE:
        request.former = customer
        return None
    if session.get(_STAMP) != stamp_of(customer):
        return None
    request.customer = customer
    return actor_of(customer)


def actor_of(customer: Customer) -> Actor:
    return Actor(reference=f"customer:{customer.pk}", capabilities=capabilities_of("customer"), id=customer.pk)


def refuse(request: CustomerRequest, actor: Actor | None) -> HttpResponse:
    former: Customer | None = getattr(request, "former", None)
    if former is not None:
        translation.activate(language(request))
        page = render(request, "portal/former.html", {"status": former.status}, status=403)
        if former.status != Customer.Status.BLOCKED:
            request.session.flush()
        return page
    return redirect("portal:join" if request.path == "/" else "portal:sign_in")


def session_of(customer: Customer) -> dict[str, Any]:
    """What a session of this customer holds."""
    return {_CUSTOMER: customer.pk, _STAMP: stamp_of(customer)}


def stamp_of(customer: Customer) -> str:
    """A session lasts as long as the address that it began with: a new or newly proven one ends all others.

    Who enrols with somebody else's address is out as soon as its reader confirms it.
    """
    return salted_hmac("portal session", f"{customer.email} {customer.email_confirmed_at}").hexdigest()


def sign_in(request: CustomerRequest, customer: Customer, *, via: Via) -> Customer:
    customer = admit(customer=customer, via=via, actor=actor_of(customer), now=timezone.now())
    _open_session(request, customer)
    return customer


def stay_signed_in(request: CustomerRequest, customer: Customer) -> None:
    """After the customer's own change of the address, which ends every other session."""
    _open_session(request, customer)


def _open_session(request: CustomerRequest, customer: Customer) -> None:
    request.session.cycle_key()
    request.session.update(session_of(customer))
    request.session.set_expiry(_LASTS)


def sign_out(request: CustomerRequest) -> None:
    request.session.flush()


def speak(request: CustomerRequest, chosen: str) -> None:
    """A visitor chooses the language of the pages that need no sign-in."""
    request.session[_LANGUAGE] = chosen


def language(request: CustomerRequest) -> str:
    customer: Customer | None = getattr(request, "customer", None) or getattr(request, "former", None)
    return language_of(customer) if customer else language_for(request.session.get(_LANGUAGE, ""))


PORTAL = Surface(name="portal", authenticate=signed_in_customer, refuse=refuse, language=language)
