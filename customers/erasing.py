"""A customer deletes the own account: a fresh code proves that it is nobody who found the phone unlocked."""

from datetime import datetime

from customers.codes import new_code_for, use_up
from customers.models import Customer
from customers.services import erase
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.throttle import Limit

_codes_per_customer = Limit("erasure-code", times=5, seconds=3600)


def request_erasure_code(*, customer: Customer) -> None:
    """Mail a code to the customer's address. Raises Throttled."""
    from customers.tasks import send_erasure_code

    tenant = current_tenant()
    _codes_per_customer.hit(tenant.pk, customer.pk)
    send_erasure_code.delay_on_commit(tenant.pk, customer.pk, new_code_for(_subject(customer)))


def erase_own_account(*, customer: Customer, code: str, actor: Actor, now: datetime) -> None:
    """Raises WrongSignInCode. Without an e-mail address no code can be sent: the session is the proof."""
    if customer.email:
        use_up(_subject(customer), code)
    erase(customer=customer, actor=actor, now=now)


def _subject(customer: Customer) -> str:
    return f"erase {customer.pk}"
