"""The portal as a surface: a customer who signed in with an e-mailed code. A customer is not a user."""

from django.http import HttpResponse
from django.shortcuts import redirect

from customers.models import Customer
from tenants.requests import ShopRequest
from tenants.roles import Actor, capabilities_of
from tenants.routes import Surface

_SESSION = "customer"


class CustomerRequest(ShopRequest):
    """A request by a customer who signed in; `customer` is missing on public routes without one."""

    customer: Customer


def signed_in_customer(request: CustomerRequest) -> Actor | None:
    """Sets `request.customer`."""
    customer_id = request.session.get(_SESSION)
    active = Customer.objects.filter(status=Customer.Status.ACTIVE)
    customer = active.filter(pk=customer_id).first() if customer_id else None
    if customer is None:
        return None
    request.customer = customer
    return Actor(reference=f"customer:{customer.pk}", capabilities=capabilities_of("customer"), id=customer.pk)


def refuse(request: CustomerRequest, actor: Actor | None) -> HttpResponse:
    return redirect("portal:sign_in")


def sign_in(request: CustomerRequest, customer: Customer) -> None:
    request.session.cycle_key()
    request.session[_SESSION] = customer.pk


def sign_out(request: CustomerRequest) -> None:
    request.session.flush()


def language(request: CustomerRequest) -> str:
    """The shop decides between du and Sie; a customer who chose English reads English."""
    tenant = request.tenant
    customer: Customer | None = getattr(request, "customer", None)
    chosen = customer.language if customer else ""
    return tenant.customer_language if not chosen or chosen == tenant.language else chosen


PORTAL = Surface(name="portal", authenticate=signed_in_customer, refuse=refuse, language=language)
