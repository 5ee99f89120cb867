"""The portal as a surface: a customer who signed in with an e-mailed code. A customer is not a user."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from customers.models import Customer
from tenants.roles import Actor, capabilities_of
from tenants.routes import Surface

_SESSION = "customer"


def signed_in_customer(request: HttpRequest) -> Actor | None:
    """Sets `request.customer`."""
    customer_id = request.session.get(_SESSION)
    active = Customer.objects.filter(status=Customer.Status.ACTIVE)
    customer = active.filter(pk=customer_id).first() if customer_id else None
    request.customer = customer  # type: ignore[attr-defined]
    if customer is None:
        return None
    return Actor(reference=f"customer:{customer.pk}", capabilities=capabilities_of("customer"), id=customer.pk)


def refuse(request: HttpRequest, actor: Actor | None) -> HttpResponse:
    return redirect("portal:sign_in")


def sign_in(request: HttpRequest, customer: Customer) -> None:
    request.session.cycle_key()
    request.session[_SESSION] = customer.pk


def sign_out(request: HttpRequest) -> None:
    request.session.flush()


def language(request: HttpRequest) -> str:
    """The shop decides between du and Sie; a customer who chose English reads English."""
    tenant = request.tenant  # type: ignore[attr-defined]
    chosen = request.customer.language if request.customer else ""  # type: ignore[attr-defined]
    return tenant.customer_language if not chosen or chosen == tenant.language else chosen


PORTAL = Surface(name="portal", authenticate=signed_in_customer, refuse=refuse, language=language)
