"""Permission to send advertising: asked for, given and withdrawn for each channel, with its proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import transaction

from customers.addresses import claim_email, open_claim
from customers.errors import NoAddress, UnknownConsent
from customers.models import Consent, Customer, Via
from customers.services import address_of, locked
from customers.wordings import Wording, wording_of
from events.services import publish
from tenants.roles import Actor
from tenants.scope import current_tenant

Channel = Consent.Channel


@dataclass(frozen=True, slots=True)
class Choice:
    """One channel as a customer sees it: what is in force, in which words, and what was before."""

    channel: Consent.Channel
    address: str
    wording: Wording
    in_force: Consent | None
    past: list[Consent]

    @property
    def is_given(self) -> bool:
        return self.in_force is not None and self.in_force.confirmed_at is not None

    @property
    def is_waiting(self) -> bool:
        """Said yes, but the link in the mail was not followed yet."""
        return self.in_force is not None and not self.is_given and bool(self.in_force.wording)


def choices_of(customer: Customer, *, language: str) -> list[Choice]:
    """Every channel on which the shop could reach the customer, or ever could."""
    rows = list(Consent.objects.filter(customer=customer).order_by("-pk"))
    found = []
    for channel in Channel:
        # What was only asked for, without any words, was never put to the customer.
        held = [row for row in rows if row.channel == channel and (row.wording or row.confirmed_at)]
        address = address_on(channel, customer)
        if address or held:
            choice = Choice(
                channel=channel,
                address=address,
                wording=wording_of(channel, language=language),
                in_force=next((row for row in held if row.withdrawn_at is None), None),
                past=[row for row in held if row.withdrawn_at is not None],
            )
            found.append(choice)
    return found


def address_on(channel: str, customer: Customer) -> str:
    """Where the shop would reach the customer; empty where it does not know."""
    if channel == Channel.EMAIL and not customer.email:
        claim = open_claim(customer)
        return claim.email if claim else ""
    return address_of(channel, customer)


def ended_by_change(customer: Customer, *, now: datetime) -> list[Consent]:
    """The permissions that went with their address when it was changed at this moment."""
    ended = Consent.objects.filter(customer=customer, withdrawn_at=now, withdrawn_via=Via.ADDRESS)
    return list(ended.filter(confirmed_at__isnull=False))


def give(*, customer: Customer, channel: str, language: str, via: Via, actor: Actor, now: datetime) -> Consent:
    """The customer permits advertising on a channel, in the words shown in `language`. Raises NoAddress, Throttled.

    An e-mail address that nobody has proven is asked first: until the mailed link is followed the consent waits.
    """
    with transaction.atomic():
        customer = locked(customer)
        consent = _declared(customer, channel, language=language, via=via, now=now)
        if consent.confirmed_at is None and (channel != Channel.EMAIL or customer.email_confirmed_at):
            confirm([consent], via=via, actor=actor, now=now)
        elif consent.confirmed_at is None:
            claim_email(customer=customer, email=consent.address, now=now)
    return consent


def declare(
    *, customer: Customer, channels: Iterable[str], language: str, via: Via, actor: Actor, now: datetime
) -> None:
    """The same for somebody whose address is being asked anyway; channels without an address are left out."""
    for channel in sorted(set(channels)):
        if address_on(channel, customer):
            consent = _declared(customer, channel, language=language, via=via, now=now)
            if channel != Channel.EMAIL:
                confirm([consent], via=via, actor=actor, now=now)


def confirm(consents: Iterable[Consent], *, via: Via, actor: Actor, now: datetime) -> None:
    for consent in consents:
        consent.confirmed_at, consent.confirmed_via = now, via
        consent.save(update_fields=["confirmed_at", "confirmed_via"])
        publish("consent.given", actor=actor, customer=consent.customer_id, channel=consent.channel, via=via)


def withdraw(*, customer: Customer, channel: str, via: Via, actor: Actor, now: datetime) -> bool:
    """No more advertising on this channel, at once; False where there was no permission. The row stays as history."""
    with transaction.atomic():
        customer = locked(customer)
        withdrawn = Consent.objects.filter(customer=customer, channel=channel, withdrawn_at=None).update(
            withdrawn_at=now, withdrawn_via=via
        )
        if withdrawn:
            publish("consent.withdrawn", actor=actor, customer=customer.pk, channel=channel, via=via)
    return bool(withdrawn)


def withdrawal_token(consent: Consent) -> str:
    """For the link in every advertising mail: it needs no sign-in, never expires and can do nothing else."""
    return signing.dumps(consent.pk, salt=_salt())


def consent_of_token(token: str) -> Consent:
    """Raises UnknownConsent."""
    try:
        consent = Consent.objects.select_related("customer").filter(pk=signing.loads(token, salt=_salt())).first()
    except signing.BadSignature as error:
        raise UnknownConsent from error
    if consent is None:
        raise UnknownConsent
    return consent


def _declared(customer: Customer, channel: str, *, language: str, via: Via, now: datetime) -> Consent:
    """The consent in force, with these words as what was agreed to unless it is confirmed already."""
    consent = Consent.objects.filter(customer=customer, channel=channel, withdrawn_at=None).first()
    consent = consent or Consent(customer=customer, channel=channel)
    if consent.confirmed_at is not None:
        return consent
    wording = wording_of(channel, language=language)
    consent.address = address_on(channel, customer)
    if not consent.address:
        raise NoAddress(field=channel)
    consent.wording, consent.wording_version, consent.wording_language = wording.text, wording.version, wording.language
    consent.requested_at, consent.requested_via = now, via
    consent.save()
    return consent


def _salt() -> str:
    """A token is worthless in another shop."""
    return f"consent:{current_tenant().pk}"
