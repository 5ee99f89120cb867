"""Signing in to the portal: with an e-mailed code, or with a single-use link that the till shows as a QR code.

Neither tells who is a customer.
"""

from datetime import datetime
from enum import StrEnum

from django.core.cache import cache

from customers.codes import VALID_FOR, new_code_for, use_up
from customers.errors import WrongSignInCode
from customers.models import Customer, Via
from events.services import publish
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.secrets import digest, new_token
from tenants.throttle import Limit

_requests_per_address = Limit("sign-in-address", times=5, seconds=900)
_requests_per_network = Limit("sign-in-network", times=60, seconds=900)


def request_code(*, email: str, network: str) -> None:
    """Send a code if the address is a customer's. Takes the same path and time if it is not. Raises Throttled."""
    from customers.tasks import send_sign_in_code

    tenant = current_tenant()
    _requests_per_network.hit(tenant.pk, network)
    _requests_per_address.hit(tenant.pk, email)
    send_sign_in_code.delay_on_commit(tenant.pk, email, new_code_for(email))


def customer_signing_in(*, email: str, code: str) -> Customer:
    """The customer whose code this is; the code is used up. Raises WrongSignInCode, also after three wrong tries."""
    use_up(email, code)
    customer = Customer.objects.filter(email=email, status=Customer.Status.ACTIVE).exclude(email="").first()
    if customer is None:
        raise WrongSignInCode(field="code")
    return customer


class Link(StrEnum):
    """What has become of the link that was made for a customer last."""

    WAITING = "waiting"
    OPENED = "opened"
    EXPIRED = "expired"


def admit(*, customer: Customer, via: Via, actor: Actor, now: datetime) -> Customer:
    """The customer's phone is signed in from now on; a mailed code also proves the address."""
    if via == Via.CODE and customer.email_confirmed_at is None:
        customer.email_confirmed_at = now
        customer.save(update_fields=["email_confirmed_at"])
        publish("customer.email_confirmed", actor=actor, customer=customer.pk)
    publish("customer.signed_in", actor=actor, customer=customer.pk, via=via)
    return customer


def new_link(customer: Customer) -> str:
    """The token of a link that signs the customer's own phone in, once within ten minutes."""
    token = new_token()
    cache.set(_link_key(token), customer.pk, timeout=VALID_FOR.total_seconds())
    cache.set(_link_state_key(customer.pk), Link.WAITING, timeout=VALID_FOR.total_seconds())
    return token


def link_of(customer: Customer) -> Link:
    """For whoever shows the link and wants to know whether the phone has opened it."""
    return Link(cache.get(_link_state_key(customer.pk), Link.EXPIRED))


def is_open(token: str) -> bool:
    """Whether a link would still let somebody in; looking does not use it up."""
    return cache.get(_link_key(token)) is not None


def customer_of_link(token: str) -> Customer:
    """The customer a link was made for; the link is used up. Raises WrongSignInCode."""
    key = _link_key(token)
    customer_id = cache.get(key)
    if customer_id is None or not cache.delete(key):
        raise WrongSignInCode
    customer = Customer.objects.filter(pk=customer_id, status=Customer.Status.ACTIVE).first()
    if customer is None:
        raise WrongSignInCode
    cache.set(_link_state_key(customer.pk), Link.OPENED, timeout=VALID_FOR.total_seconds())
    return customer


def _link_key(token: str) -> str:
    return f"sign-in:{current_tenant().pk}:link:{digest(token)}"


def _link_state_key(customer_id: int) -> str:
    return f"sign-in:{current_tenant().pk}:link-of:{customer_id}"
