"""Two customers who turn out to be one person: one remains with everything, the other ends."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers.blocking import Reason, block, why_blocked
from customers.errors import SameCustomer, UnknownCustomer
from customers.models import Card, Consent, Customer, CustomerTag, EmailClaim, Note, TermsAcceptance, Via
from customers.queries import known_customers
from customers.services import address_of, clear, fill, save
from events.services import publish
from tenants.contention import busy_if_locked
from tenants.roles import Actor

# What a customer has one of: for each of these one value wins.
VALUES = ("name", "email", "phone", "birthday", "language", "external_id")


@dataclass(frozen=True, slots=True)
class _Declaration:
    """A consent with the address that it was given for, and whose it was."""

    consent: Consent
    owner: Customer
    address: str


def merge(
    *, customer: Customer, into: Customer, actor: Actor, now: datetime, take: Collection[str] | None = None
) -> Customer:
    """Join `customer` into `into`, who is returned. Cards, notes, tags, consents and the number lead there from now on.

    `take` names the VALUES that come from `customer`; without it they fill what `into` lacks. Points and purchases move
    by the reactions of higher apps in the same transaction. Raises SameCustomer, UnknownCustomer, and AccountClosed.
    """
    if customer.pk == into.pk:
        raise SameCustomer(field="into")
    with busy_if_locked(), transaction.atomic():
        gone, stays = _both_locked(customer, into)
        was_blocked = gone.status == Customer.Status.BLOCKED
        taken = [name for name in VALUES if name in (lacking(gone, stays) if take is None else take)]
        consents_to_keep = _consents_that_stay(gone, stays, taken)
        _take_values(gone, stays, taken)
        _move_consents(gone, stays, consents_to_keep, now=now)
        _move_what_is_kept(gone, stays)
        facts = {"customer": stays.pk, "merged": gone.pk, "took": taken}
        publish("customer.merged", actor=actor, occurred_at=now, **facts)
        if was_blocked:  # a merge lifts no block
            stays = block(customer=stays, reason=_reason_of(gone), actor=actor, now=now)
    return stays


def lacking(gone: Customer, stays: Customer) -> list[str]:
    """The values that only the customer who goes has."""
    return [name for name in VALUES if getattr(gone, name) and not getattr(stays, name)]


def merged_into(customer: Customer) -> list[int]:
    """The keys of those who have been joined into this customer."""
    return list(Customer.objects.filter(merged_into=customer).values_list("pk", flat=True))


def consents_after(gone: Customer, stays: Customer, taken: Collection[str]) -> list[Consent]:
    """What would be in force, for whoever looks before it is done."""
    kept = _consents_that_stay(gone, stays, taken)
    return [consent for consent in kept if consent.confirmed_at is not None]


def _both_locked(customer: Customer, into: Customer) -> tuple[Customer, Customer]:
    """In key order, as they are now."""
    rows = known_customers().select_for_update(no_key=True).filter(pk__in=[customer.pk, into.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    if customer.pk not in found:
        raise UnknownCustomer
    if into.pk not in found:
        raise UnknownCustomer(field="into")
    return found[customer.pk], found[into.pk]


def _take_values(gone: Customer, stays: Customer, taken: Collection[str]) -> None:
    """The row that ends keeps its number, and the external id that was not taken: both lead to who remains.

    Nothing else personal stays on it, and it lets go first of what exists only once.
    """
    values = {name: getattr(gone, name) for name in taken}
    still_known_by = (stays if "external_id" in taken else gone).external_id
    confirmed_at = gone.email_confirmed_at if "email" in taken else stays.email_confirmed_at
    objected = [moment for moment in (gone.scoring_objected_at, stays.scoring_objected_at) if moment]
    clear(gone)
    gone.status = Customer.Status.MERGED
    gone.merged_into = stays
    gone.save()
    fill(stays, **values)
    stays.email_confirmed_at = confirmed_at
    stays.enrolled_at = min(stays.enrolled_at, gone.enrolled_at)
    stays.scoring_objected_at = min(objected, default=None)
    save(stays)
    Customer.objects.filter(pk=gone.pk).update(external_id=still_known_by)
    Customer.objects.filter(merged_into=gone).update(merged_into=stays)


def _move_what_is_kept(gone: Customer, stays: Customer) -> None:
    Card.objects.filter(customer=gone).update(customer=stays)
    # One open claim at a time, and it is the one of who remains that may still be followed.
    EmailClaim.objects.filter(customer=gone, proven_at=None).delete()
    EmailClaim.objects.filter(customer=gone).update(customer=stays)
    # The booking that a note explains stands on the other account.
    Note.objects.filter(customer=gone).update(customer=stays, entry_seq=None)
    has_already = CustomerTag.objects.filter(customer=stays).values("tag_id")
    CustomerTag.objects.filter(customer=gone, tag__in=has_already).delete()
    CustomerTag.objects.filter(customer=gone).update(customer=stays)
    for acceptance in TermsAcceptance.objects.filter(customer=gone):
        _move_acceptance(acceptance, stays)


def _move_acceptance(acceptance: TermsAcceptance, stays: Customer) -> None:
    """Of two acceptances of one version the earlier is the proof."""
    other = TermsAcceptance.objects.filter(customer=stays, text=acceptance.text_id).first()
    if other is not None and other.accepted_at <= acceptance.accepted_at:
        acceptance.delete()
        return
    if other is not None:
        other.delete()
    acceptance.customer = stays
    acceptance.save(update_fields=["customer"])


def _reason_of(blocked: Customer) -> str:
    event = why_blocked(blocked)
    return event.payload["reason"] if event else Reason.OTHER


def _consents_that_stay(gone: Customer, stays: Customer, taken: Collection[str]) -> list[Consent]:
    """One for each channel at the most: given for the address that remains, and not taken back on the other row since.

    So a merge never permits what was not permitted for this address before.
    """
    declared = [
        _Declaration(consent, owner, consent.address or address_of(consent.channel, owner))
        for owner in (stays, gone)
        for consent in Consent.objects.filter(customer=owner).order_by("pk")
    ]
    kept = []
    for channel in Consent.Channel.values:
        address = address_of(channel, gone if _value_of(channel) in taken else stays)
        here = [one for one in declared if one.consent.channel == channel]
        fitting = [one for one in here if _holds(one, here, address)]
        # Given before only asked for; then the one of who remains.
        fitting.sort(key=lambda one: (one.consent.confirmed_at is None, one.owner.pk != stays.pk))
        kept += [one.consent for one in fitting[:1]]
    return kept


def _holds(one: _Declaration, on_channel: Iterable[_Declaration], address: str) -> bool:
    said_at = one.consent.confirmed_at or one.consent.requested_at
    taken_back = any(
        other.owner.pk != one.owner.pk and other.consent.withdrawn_at and other.consent.withdrawn_at >= said_at
        for other in on_channel
    )
    return one.consent.withdrawn_at is None and one.address == address and not taken_back


def _move_consents(gone: Customer, stays: Customer, kept: list[Consent], *, now: datetime) -> None:
    in_force = Consent.objects.filter(customer__in=[gone, stays], withdrawn_at=None)
    in_force.exclude(pk__in=[consent.pk for consent in kept]).update(withdrawn_at=now, withdrawn_via=Via.MERGE)
    Consent.objects.filter(customer=gone).update(customer=stays)


def _value_of(channel: str) -> str:
    return {Consent.Channel.EMAIL.value: "email", Consent.Channel.SMS.value: "phone"}.get(channel, "")
