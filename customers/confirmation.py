"""What the mailed link does: it proves an address, and with it what the customer had said yes to."""

from datetime import datetime, timedelta

from django.db import transaction

from customers.addresses import own_email
from customers.consents import confirm
from customers.errors import LinkOver
from customers.models import Consent, Customer, EmailClaim, Via
from customers.services import locked
from tenants.roles import Actor
from tenants.secrets import digest

VALID_FOR = timedelta(days=7)


def claim_of_token(token: str, *, now: datetime) -> EmailClaim:
    """The claim behind a link, also where it is proven already. Raises LinkOver."""
    claim = EmailClaim.objects.select_related("customer").filter(token_hash=digest(token)).first()
    if claim is None or (claim.proven_at is None and claim.claimed_at + VALID_FOR <= now):
        raise LinkOver
    return claim


def prove_email(*, claim: EmailClaim, actor: Actor, now: datetime) -> Customer:
    """Whoever follows the link reads that mailbox: the address is the customer's, and what waited for it is given.

    Works once; again it changes nothing. Raises CustomerExists where the address has become another's meanwhile.
    """
    with transaction.atomic():
        customer = locked(claim.customer)
        if not EmailClaim.objects.filter(pk=claim.pk, proven_at=None).update(proven_at=now):
            return customer
        customer = own_email(customer, claim.email, actor=actor, now=now)
        waiting = Consent.objects.filter(customer=customer, channel=Consent.Channel.EMAIL, address=claim.email)
        confirm(waiting.filter(confirmed_at=None, withdrawn_at=None), via=Via.MAIL, actor=actor, now=now)
    return customer
