"""Personal codes: made, found, passed on, and how often they are opened."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from customers.models import Customer
from referrals.errors import InvitationOver, UnknownInvitation
from referrals.models import Channel, Invitation, Referral, ReferralOffer
from tenants.scope import current_tenant
from tenants.secrets import CODE_ALPHABET

# 38 random bits in two groups of four; no vowels, so that no word comes about.
CODE_LENGTH: Final = 8
ALPHABET: Final = "".join(letter for letter in CODE_ALPHABET if letter not in "AEU")
# How long it is known from which network somebody came.
NETWORK_KEPT: Final = timedelta(days=7)
# Whoever turns pages is noted once.
SEEN_ANEW: Final = timedelta(minutes=5)
SLOTS: Final = 8
_COUNT_SQL: Final = """
    INSERT INTO referrals_invitationclicks AS clicks (offer_id, invitation_id, channel, day, slot, count)
    VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (tenant_id, day, offer_id, invitation_id, channel, slot) DO UPDATE SET count = clicks.count + 1
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The offer that a code leads to, and whose code it is: nobody's where it is a partner's."""

    offer: ReferralOffer
    invitation: Invitation | None = None
    referrer: Customer | None = None


def normal_code(code: str) -> str:
    """As it is kept: capitals and digits alone, whatever people add when they type it."""
    return "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())


def spelled(code: str) -> str:
    """As people read it aloud: a personal code in groups of four, a campaign's word as it is."""
    return f"{code[:4]}-{code[4:]}" if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else code


def invitation_of(customer: Customer, *, now: datetime, network: str = "") -> Invitation:
    """The customer's own, made the first time; and from where its owner comes, which tells friends from oneself."""
    invitation = Invitation.objects.filter(customer=customer).first() or _made(customer, now=now)
    hashed = network_hash(network) if network else ""
    is_noted = invitation.seen_network == hashed and invitation.seen_at and invitation.seen_at > now - SEEN_ANEW
    if hashed and not is_noted:
        invitation.seen_network, invitation.seen_at = hashed, now
        invitation.save(update_fields=["seen_network", "seen_at"])
    return invitation


def note_shared(*, invitation: Invitation, now: datetime) -> None:
    """Its owner has passed it on; only the first time is kept."""
    Invitation.objects.filter(pk=invitation.pk, shared_at=None).update(shared_at=now)


def note_seen(*, customer: Customer, network: str, now: datetime) -> None:
    """From where somebody with an invitation comes; nothing where there is none."""
    Invitation.objects.filter(customer=customer).update(seen_network=network_hash(network), seen_at=now)


def found_invitation(code: str, *, now: datetime) -> Found:
    """What a code leads to now. Raises UnknownInvitation, and InvitationOver where nothing is offered."""
    wanted = normal_code(code)
    campaigns = ReferralOffer.objects.exclude(code="").exclude(state=ReferralOffer.State.DRAFT)
    campaign = campaigns.filter(code=wanted).order_by("-starts_at").first() if wanted else None
    if campaign is not None:
        if not _is_running(campaign, now=now):
            raise InvitationOver(field="code")
        return Found(campaign)
    invitation = Invitation.objects.filter(code=wanted).select_related("customer__merged_into").first()
    # What was printed before two cards were joined leads to who remains.
    referrer = (invitation.customer.merged_into or invitation.customer) if invitation else None
    if referrer is None or referrer.status != Customer.Status.ACTIVE:
        raise UnknownInvitation(field="code")
    offer = offer_in_force(now=now)
    if offer is None:
        raise InvitationOver(field="code")
    return Found(offer, invitation, referrer)


def running_offers(*, now: datetime) -> QuerySet[ReferralOffer]:
    """What is published and has begun, not ended."""
    begun = ReferralOffer.objects.filter(state=ReferralOffer.State.LIVE, starts_at__lte=now)
    return begun.exclude(ends_at__lte=now)


def offer_in_force(*, now: datetime) -> ReferralOffer | None:
    """Under which friends invite friends: of those that run, the one that has begun last."""
    return running_offers(now=now).filter(code="").order_by("-starts_at", "-pk").first()


def count_click(*, offer: ReferralOffer, invitation: Invitation | None, channel: Channel, now: datetime) -> None:
    """One more visitor of a code's page: a figure for the day, nothing about who it was."""
    day = now.astimezone(current_tenant().zone).date()
    pk = invitation.pk if invitation else None
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_SQL, [offer.pk, pk, channel.value, day, secrets.randbelow(SLOTS)])


def network_hash(network: str) -> str:
    """Equal for the same shop and network; says nothing without the installation's key."""
    return salted_hmac("referrals network", f"{current_tenant().pk} {network}", algorithm="sha256").hexdigest()


def forget_networks(*, now: datetime) -> None:
    since = now - NETWORK_KEPT
    Invitation.objects.filter(seen_at__lt=since).update(seen_network="", seen_at=None)
    Referral.objects.filter(claimed_at__lt=since).exclude(network="").update(network="")


def _is_running(offer: ReferralOffer, *, now: datetime) -> bool:
    has_begun = offer.starts_at is not None and offer.starts_at <= now
    return offer.state == ReferralOffer.State.LIVE and has_begun and (offer.ends_at is None or now < offer.ends_at)


def _made(customer: Customer, *, now: datetime) -> Invitation:
    """A code that is taken is drawn again; of two requests at once, one makes it."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    if ReferralOffer.objects.filter(code=code).exists():
        return _made(customer, now=now)
    try:
        with transaction.atomic():
            return Invitation.objects.create(customer=customer, code=code, created_at=now)
    except IntegrityError as error:
        if "invitation_code_once" in str(error):
            return _made(customer, now=now)
        return Invitation.objects.get(customer=customer)
