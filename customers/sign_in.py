"""Signing in to the portal: with an e-mailed code, or with a single-use link that the till shows as a QR code.

A code is hashed, valid for ten minutes and three tries, and does not tell who is a customer.
"""

import secrets
from datetime import timedelta
from enum import StrEnum

from django.core.cache import cache

from customers.errors import WrongSignInCode
from customers.models import Customer
from tenants.scope import current_tenant
from tenants.secrets import digest, matches, new_token
from tenants.throttle import Limit

VALID_FOR = timedelta(minutes=10)
TRIES = 3
_requests_per_address = Limit("sign-in-address", times=5, seconds=900)
_requests_per_network = Limit("sign-in-network", times=60, seconds=900)


def request_code(*, email: str, network: str) -> None:
    """Send a code if the address is a customer's. Takes the same path and time if it is not. Raises Throttled."""
    from customers.tasks import send_sign_in_code

    tenant = current_tenant()
    _requests_per_network.hit(tenant.pk, network)
    _requests_per_address.hit(tenant.pk, email)
    code = f"{secrets.randbelow(1_000_000):06d}"
    cache.set(_code_key(email), digest(code), timeout=VALID_FOR.total_seconds())
    cache.set(_tries_key(email), 0, timeout=VALID_FOR.total_seconds())
    send_sign_in_code.delay_on_commit(tenant.pk, email, code)


def customer_signing_in(*, email: str, code: str) -> Customer:
    """The customer whose code this is; the code is used up. Raises WrongSignInCode, also after three wrong tries."""
    wanted = cache.get(_code_key(email))
    if wanted is None or not _another_try(email) or not matches(code, wanted):
        raise WrongSignInCode(field="code")
    if not cache.delete(_code_key(email)):  # of two that know the code, one comes first
        raise WrongSignInCode(field="code")
    customer = Customer.objects.filter(email=email, status=Customer.Status.ACTIVE).exclude(email="").first()
    if customer is None:
        raise WrongSignInCode(field="code")
    return customer


class Link(StrEnum):
    """What has become of the link that was made for a customer last."""

    WAITING = "waiting"
    OPENED = "opened"
    EXPIRED = "expired"


def new_link(customer: Customer) -> str:
    """The token of a link that signs the customer's own phone in, once within ten minutes."""
    token = new_token()
    cache.set(_link_key(token), customer.pk, timeout=VALID_FOR.total_seconds())
    cache.set(_link_state_key(customer.pk), Link.WAITING, timeout=VALID_FOR.total_seconds())
    return token


def link_of(customer: Customer) -> Link:
    """For whoever shows the link and wants to know whether the phone has opened it."""
    return Link(cache.get(_link_state_key(customer.pk), Link.EXPIRED))


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


def _another_try(email: str) -> bool:
    try:
        return cache.incr(_tries_key(email)) <= TRIES
    except ValueError:  # expired meanwhile
        return False


def _code_key(email: str) -> str:
    return f"sign-in:{current_tenant().pk}:{digest(email)}:code"


def _tries_key(email: str) -> str:
    return f"sign-in:{current_tenant().pk}:{digest(email)}:tries"
