"""Whose e-mail address it is: a customer claims it, and proves it by the link or code that arrives there."""

from datetime import datetime, timedelta

from django.db import transaction

from customers.codes import new_code_for, use_up
from customers.models import Consent, Customer, EmailClaim
from customers.queries import known_customers
from customers.services import change, locked
from events.services import publish
from tenants.roles import Actor
from tenants.scope import current_tenant
from tenants.secrets import digest, new_token
from tenants.throttle import Limit

FORGOTTEN_AFTER = timedelta(days=30)
_mails_per_address = Limit("claim-address", times=4, seconds=3600)
_changes_per_customer = Limit("change-address", times=5, seconds=3600)


def claim_email(*, customer: Customer, email: str, now: datetime) -> EmailClaim:
    """Mail a link to the address; it belongs to the customer once the link is followed. Raises Throttled.

    Replaces the open claim and its link. Takes the same path whether or not the address is another customer's.
    """
    from customers.tasks import send_email_confirmation

    tenant = current_tenant()
    _mails_per_address.hit(tenant.pk, email)
    token = new_token()
    claim = open_claim(customer) or EmailClaim(customer=customer)
    claim.email, claim.token_hash, claim.claimed_at, claim.message_id = email, digest(token), now, ""
    claim.save()
    send_email_confirmation.delay_on_commit(tenant.pk, claim.pk, token)
    return claim


def open_claim(customer: Customer) -> EmailClaim | None:
    return EmailClaim.objects.filter(customer=customer, proven_at=None).first()


def request_email_change(*, customer: Customer, email: str) -> None:
    """Mail a code to the new address. Raises Throttled."""
    from customers.tasks import send_email_change_code

    tenant = current_tenant()
    _changes_per_customer.hit(tenant.pk, customer.pk)
    _mails_per_address.hit(tenant.pk, email)
    send_email_change_code.delay_on_commit(tenant.pk, customer.pk, email, new_code_for(_change(customer, email)))


def change_email(*, customer: Customer, email: str, code: str, actor: Actor, now: datetime) -> Customer:
    """The new address, proven by the code mailed there; the old one is told. Raises WrongSignInCode, CustomerExists.

    The open claim is over with it, and so is what waited for its link.
    """
    from customers.tasks import send_email_changed

    use_up(_change(customer, email), code)
    with transaction.atomic():
        customer = locked(customer)
        before = customer.email
        customer = own_email(customer, email, actor=actor, now=now)
        EmailClaim.objects.filter(customer=customer, proven_at=None).delete()
    if before and before != email:
        send_email_changed.delay_on_commit(current_tenant().pk, customer.pk, before)
    return customer


def forget_unproven(*, now: datetime) -> None:
    """Addresses and consents that nobody has confirmed within a month are none, and not kept."""
    since = now - FORGOTTEN_AFTER
    EmailClaim.objects.filter(proven_at=None, claimed_at__lt=since).delete()
    Consent.objects.filter(confirmed_at=None, withdrawn_at=None, requested_at__lt=since).delete()


def taken_by_another(email: str, *, than: Customer) -> bool:
    return known_customers().filter(email=email).exclude(pk=than.pk).exists()


def own_email(customer: Customer, email: str, *, actor: Actor, now: datetime) -> Customer:
    """The address is the customer's and proven. Raises CustomerExists where it has become another's meanwhile."""
    if customer.email != email:
        customer = change(customer=customer, email=email, actor=actor, now=now)
    customer.email_confirmed_at = now
    customer.save(update_fields=["email_confirmed_at"])
    publish("customer.email_confirmed", actor=actor, customer=customer.pk)
    return customer


def _change(customer: Customer, email: str) -> str:
    """What a code is for: this customer's change to this address and nothing else."""
    return f"change {customer.pk} {email}"
