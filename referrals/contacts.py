"""By what a person is known again: the mailbox and the phone number, also after an erasure."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.crypto import salted_hmac

from customers.models import Customer
from customers.queries import known_customers
from referrals.models import ForgottenContact, ReferralOffer
from tenants.scope import current_tenant


def is_known_contact(customer: Customer) -> bool:
    """Whether somebody who came before has this mailbox, or somebody who was erased had this address or number."""
    if customer.email_key:
        earlier = known_customers().filter(email_key=customer.email_key, pk__lt=customer.pk)
        if earlier.exists():
            return True
    hashes = [hashed for contact in _contacts(customer) for hashed in _hashes(contact)]
    return bool(hashes) and ForgottenContact.objects.filter(contact_hash__in=hashes).exists()


def is_same_person(one: Customer, other: Customer) -> bool:
    """Whatever the spelling."""
    return one.pk == other.pk or any(contact in _contacts(other) for contact in _contacts(one))


def remember_forgotten(customer: Customer) -> None:
    """While an offer is out, the keyed hash of the contact stays until the offer ends, and nothing else."""
    hashes = [next(_hashes(contact)) for contact in _contacts(customer)]
    offers = list(ReferralOffer.objects.filter(state=ReferralOffer.State.LIVE).order_by("pk")) if hashes else []
    ForgottenContact.objects.bulk_create(
        (ForgottenContact(offer=offer, contact_hash=hashed) for offer in offers for hashed in hashes),
        ignore_conflicts=True,
    )


def _contacts(customer: Customer) -> list[str]:
    return [contact for contact in (customer.email_key, customer.phone) if contact]


def _hashes(contact: str) -> Iterator[str]:
    """By the installation's key, then by those that it had before."""
    text = f"{current_tenant().pk} {contact}"
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac("referrals contact", text, secret=key, algorithm="sha256").hexdigest()
