"""A newcomer names the invitation by which they have come."""

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from customers.joining import VISITOR, Joiner, join
from customers.models import Customer
from customers.services import enrol
from events.services import publish
from legal.models import LegalText
from programs.models import Purchase
from referrals.contacts import is_known_contact, is_same_person
from referrals.errors import (
    ExistingCustomer,
    InvitationOver,
    InvitationsUsedUp,
    OwnInvitation,
    UnknownInvitation,
)
from referrals.facts import suspicions_at_enrolment, thanked
from referrals.invitations import Found, found_invitation, network_hash
from referrals.models import Channel, Referral, ReferralOffer
from referrals.verdict import Reason
from tenants.contention import busy_if_locked
from tenants.roles import Actor
from tenants.scope import refuse_closed

# How long after the enrolment somebody is new.
NEW_FOR: Final = timedelta(days=3)
State = Referral.State
# What takes none of an offer's places.
OUT = (State.REFUSED, State.TAKEN_BACK, State.LAPSED)


def claim_invitation(
    *,
    friend: Customer,
    code: str,
    channel: Channel,
    actor: Actor,
    now: datetime,
    network: str = "",
    device_id: int | None = None,
) -> Referral:
    """Note that a new customer has come by an invitation, once in a lifetime; it is thanked after the first purchase.

    Raises UnknownInvitation, InvitationOver, OwnInvitation, ExistingCustomer, InvitationsUsedUp and ShopClosed.
    """
    refuse_closed()
    with busy_if_locked(), transaction.atomic():
        found = found_invitation(code, now=now)
        _refuse_existing(friend, found, now=now)
        _refuse_full(found)
        referral = _referral(friend, found, channel=channel, network=network, device_id=device_id, now=now)
        referral.reasons = suspicions_at_enrolment(referral)
        _save(referral)
        _announce(referral, actor=actor)
    return referral


def enrol_by_invitation(
    *,
    code: str,
    channel: Channel,
    source: str,
    actor: Actor,
    now: datetime,
    device_id: int | None = None,
    **person: str,
) -> tuple[Customer, Referral | None]:
    """Enrol somebody for whom the team types, with a friend's code where there is one; one refusal keeps both.

    Raises what `enrol` and `claim_invitation` do.
    """
    with transaction.atomic():
        friend = enrol(actor=actor, now=now, source=source, **person)
        if not code:
            return friend, None
        return friend, claim_invitation(
            friend=friend, code=code, channel=channel, actor=actor, device_id=device_id, now=now
        )


def join_by_invitation(
    *, joiner: Joiner, code: str, channel: Channel, terms: LegalText, language: str, network: str, now: datetime
) -> Customer:
    """Enrol from the page behind a link. Whoever cannot be a friend enrols all the same, and the page says nothing.

    Nobody learns whether an address is known: an e-mail address is looked at once it is proven, a number that somebody
    has is left out by the enrolment, and such a friend is refused in silence. Raises Invalid, Throttled.
    """
    with transaction.atomic():
        customer = join(joiner=joiner, terms=terms, language=language, network=network, now=now)
        try:
            with transaction.atomic():
                referral = claim_invitation(
                    friend=customer, code=code, channel=channel, network=network, actor=VISITOR, now=now
                )
        except (UnknownInvitation, InvitationOver, InvitationsUsedUp, ExistingCustomer, OwnInvitation):
            return customer
        if joiner.phone and not customer.phone:
            refuse_in_silence(referral, Reason.EXISTING, now=now)
    return customer


def refuse_in_silence(referral: Referral, reason: Reason, *, now: datetime) -> None:
    referral.state, referral.reasons, referral.settled_at = State.REFUSED, [reason.value], now
    referral.save(update_fields=["state", "reasons", "settled_at"])
    facts = {"referral": referral.pk, "customer": referral.friend_id, "reasons": referral.reasons}
    publish("referral.refused", actor=VISITOR, occurred_at=now, **facts)


def _refuse_existing(friend: Customer, found: Found, *, now: datetime) -> None:
    if found.referrer is not None and is_same_person(found.referrer, friend):
        raise OwnInvitation(field="code")
    is_new = friend.status == Customer.Status.ACTIVE and friend.enrolled_at > now - NEW_FOR
    if not is_new or is_known_contact(friend):
        raise ExistingCustomer(field="customer")
    # Who has come by an invitation, or has invited somebody, is a customer already.
    if Referral.objects.filter(Q(friend=friend) | Q(referrer=friend)).exists():
        raise ExistingCustomer(field="customer")
    if Purchase.objects.filter(customer=friend, voided_at=None).exists():
        raise ExistingCustomer(field="customer")


def is_full(found: Found) -> bool:
    """Whether as many have come as the offer allows: a referrer's cap is counted in thanks."""
    offer, referrer = found.offer, found.referrer
    if not has_places(offer):
        return True
    if referrer is None or offer.per_referrer is None:
        return False
    return thanked(Q(referral__referrer=referrer), Referral(offer=offer)) >= offer.per_referrer


def has_places(offer: ReferralOffer) -> bool:
    """Whether the offer allows another friend of anybody."""
    places = Referral.objects.filter(offer=offer).exclude(state__in=OUT)
    return offer.in_total is None or places.count() < offer.in_total


def _refuse_full(found: Found) -> None:
    """A place is taken by whoever comes, so that the promise to them holds."""
    if found.offer.in_total is not None:
        ReferralOffer.objects.select_for_update(no_key=True).get(pk=found.offer.pk)
    if is_full(found):
        raise InvitationsUsedUp(field="code")


def _referral(
    friend: Customer, found: Found, *, channel: Channel, network: str, device_id: int | None, now: datetime
) -> Referral:
    return Referral(
        offer=found.offer,
        referrer=found.referrer,
        root_id=_root_of(found.referrer),
        friend=friend,
        channel=channel,
        network=network_hash(network) if network else "",
        device_id=device_id,
        claimed_at=now,
    )


def _root_of(referrer: Customer | None) -> int | None:
    if referrer is None:
        return None
    came_by = Referral.objects.filter(friend=referrer).exclude(root=None).first()
    return came_by.root_id if came_by else referrer.pk


def _save(referral: Referral) -> None:
    try:
        with transaction.atomic():
            referral.save(force_insert=True)
    except IntegrityError as error:
        if "referral_of_friend_once" in str(error):
            raise ExistingCustomer(field="customer") from error
        raise


def _announce(referral: Referral, *, actor: Actor) -> None:
    publish(
        "referral.claimed",
        actor=actor,
        occurred_at=referral.claimed_at,
        referral=referral.pk,
        customer=referral.friend_id,
        referrer=referral.referrer_id,
        offer=referral.offer_id,
        channel=referral.channel,
    )
