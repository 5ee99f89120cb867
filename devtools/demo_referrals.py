"""Who came to a demo shop by whom: offers, personal codes, clicks, and referrals in every state that a shop sees."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Exists, Max, OuterRef

from customers.joining import VISITOR, accept_terms, terms_to_accept
from customers.models import Card, Customer, Via
from customers.numbers import TOKEN_LENGTH, check_digit
from customers.services import enrol
from events.models import Event
from ledger.models import Entry
from programs.models import Purchase
from programs.services import record_purchase, void_purchase
from referrals.claiming import claim_invitation
from referrals.invitations import ALPHABET, CODE_LENGTH
from referrals.models import Channel, Invitation, InvitationClicks, Referral, ReferralOffer
from referrals.offers import OfferDraft, create_offer, publish_offer
from referrals.paying import pay_referral, refuse_referral, review_purchase
from referrals.settling import GRACE, lapse, note_first_purchase
from rewards.models import Reward
from team.models import Membership, Store
from team.queries import member_actor
from tenants.roles import SYSTEM, Actor
from tenants.secrets import CODE_ALPHABET

RUNS: Final = timedelta(days=150)
INVITING: Final = 12
# Monday and Sunday.
CLOSED: Final = (0, 6)
BY_CHANNEL: Final = {
    Channel.WHATSAPP: 6,
    Channel.LINK: 4,
    Channel.PAPER: 3,
    Channel.TILL: 3,
    Channel.EMAIL: 2,
    Channel.SMS: 1,
}
PARTNERS: Final = {"morgenrot": ("STADTBLATT", "Stadtblatt"), "nordlicht": ("BRAUTMESSE", "Brautmesse Flensburg")}


def invite_friends(slug: str, customers: Sequence[Customer], *, owner: Membership, seed: int, now: datetime) -> None:
    """To be called in the shop's scope, after everything else has been written."""
    chance, actor, opened = random.Random(seed + 7), member_actor(owner), now - RUNS
    last_event = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    before = _offer(OfferDraft(name="Zur Eröffnung", friend_points=200), actor=actor, now=opened - RUNS)
    offer = _offer(_friends_offer(slug), actor=actor, now=opened)
    code, partner = PARTNERS[slug]
    campaign = OfferDraft(name=f"Aktion {partner}", code=code, partner=partner, friend_points=300, waiting_days=7)
    by_partner = _offer(campaign, actor=actor, now=now - timedelta(days=60))
    invitations = _invitations(customers[:INVITING], chance, opened=opened, now=now)
    _clicks(offer, invitations, chance, today=now.date())
    _come(customers, (before, offer, by_partner), chance, slug=slug, now=now)
    _decide_some(actor, now=now)
    # The past has been told to nobody.
    Event.objects.filter(pk__gt=last_event, relayed_at=None).update(relayed_at=now)


def _friends_offer(slug: str) -> OfferDraft:
    if slug == "nordlicht":
        care = list(Reward.objects.filter(name="Pflege dazu"))
        return OfferDraft(
            name="Empfehlen Sie uns", referrer_rewards=care, friend_points=500, smallest_purchase=2_000, waiting_days=14
        )
    return OfferDraft(
        name="Freunde werben Freunde", referrer_points=500, friend_points=300, smallest_purchase=500, waiting_days=14
    )


def _offer(draft: OfferDraft, *, actor: Actor, now: datetime) -> ReferralOffer:
    return publish_offer(offer=create_offer(draft=draft, actor=actor, now=now), actor=actor, now=now)


def _invitations(
    customers: Sequence[Customer], chance: random.Random, *, opened: datetime, now: datetime
) -> list[Invitation]:
    """Codes are drawn by the demo's own dice, so that they stay the same."""
    made = []
    for customer in customers:
        created = max(customer.enrolled_at, opened) + timedelta(days=chance.uniform(0.2, 20))
        code = "".join(chance.choices(ALPHABET, k=CODE_LENGTH))
        shared = created + timedelta(minutes=3) if chance.random() < 0.8 else None
        made.append(Invitation(customer=customer, code=code, created_at=min(created, now), shared_at=shared))
    return Invitation.objects.bulk_create(made)


def _clicks(offer: ReferralOffer, invitations: Sequence[Invitation], chance: random.Random, *, today: date) -> None:
    channels = [Channel.WHATSAPP, Channel.LINK, Channel.PAPER, Channel.EMAIL]
    InvitationClicks.objects.bulk_create(
        InvitationClicks(
            offer=offer,
            invitation=invitation,
            channel=channel,
            day=today - timedelta(days=days),
            slot=0,
            count=chance.randrange(1, 6),
        )
        for invitation in invitations
        for days in sorted(chance.sample(range(60), 6))
        for channel in channels
        if chance.random() < 0.5
    )


def _come(
    customers: Sequence[Customer],
    offers: tuple[ReferralOffer, ...],
    chance: random.Random,
    *,
    slug: str,
    now: datetime,
) -> None:
    """Customers of the last months who say that they were invited; what they bought decides what becomes of it."""
    before, offer, by_partner = offers
    for friend in _newcomers(offer.starts_at or now, without=customers[:INVITING], few=14, idle=3):
        referrer = chance.choice(customers[:INVITING])
        chosen = by_partner if friend.enrolled_at > (by_partner.starts_at or now) and chance.random() < 0.2 else offer
        referral = Referral.objects.create(
            offer=chosen,
            referrer=None if chosen.is_campaign else referrer,
            root=None if chosen.is_campaign else referrer,
            friend=friend,
            channel=chance.choices(list(BY_CHANNEL), list(BY_CHANNEL.values()))[0],
            claimed_at=friend.enrolled_at,
        )
        noticed = note_first_purchase(friend_id=friend.pk, actor=SYSTEM, now=now)
        if noticed is not None and noticed.pays_at is not None:
            paid_at = max(noticed.pays_at + timedelta(hours=9), _last_entry([friend, referrer]))
            if paid_at <= now:
                pay_referral(referral=referral, actor=SYSTEM, now=paid_at)
    _fresh(customers[0], chance, slug=slug, now=now)
    for friend in _newcomers(before.starts_at or now, until=offer.starts_at, few=0, idle=1):
        late = Referral.objects.create(offer=before, friend=friend, channel="link", claimed_at=friend.enrolled_at)
        lapse(referral=late, actor=SYSTEM, now=(offer.starts_at or now) + GRACE)


def _fresh(referrer: Customer, chance: random.Random, *, slug: str, now: datetime) -> None:
    """Two of this week: one has bought and waits for the return period, the other has not yet come by."""
    code = Invitation.objects.get(customer=referrer).code
    terms = terms_to_accept(language="de")
    for days, name in ((5, "Nora"), (2, "Paul")):
        came = now - timedelta(days=days)
        friend = enrol(name=f"{name} Ott", email=f"{name}@{slug}.example", source="portal", actor=SYSTEM, now=came)
        digits = str(chance.randrange(10_000_000, 100_000_000))
        Customer.objects.filter(pk=friend.pk).update(number=digits + check_digit(digits))
        Card.objects.filter(customer=friend).update(token="".join(chance.choices(CODE_ALPHABET, k=TOKEN_LENGTH)))
        accept_terms(customer=friend, text=terms, via=Via.JOINING, actor=VISITOR, now=came)
        claim_invitation(friend=friend, code=code, channel=Channel.WHATSAPP, actor=SYSTEM, now=came)
        if name == "Nora":
            later, store = _open_day(came), Store.objects.order_by("pk").first()
            record_purchase(customer=friend, total=4_800, currency="EUR", store=store, actor=SYSTEM, now=later)
            note_first_purchase(friend_id=friend.pk, actor=SYSTEM, now=later)


def _open_day(after: datetime) -> datetime:
    """Before noon on the next day on which both shops are open."""
    days = (after.replace(hour=10, minute=20) + timedelta(days=number) for number in (1, 2, 3))
    return next(day for day in days if day.weekday() not in CLOSED)


def _newcomers(
    since: datetime, *, until: datetime | None = None, without: Sequence[Customer] = (), few: int, idle: int
) -> list[Customer]:
    """So many who have bought, spread over the time up to the last ones, and so many who have not."""
    known = Customer.objects.filter(enrolled_at__gte=since, status=Customer.Status.ACTIVE)
    known = known.exclude(pk__in=[customer.pk for customer in without])
    known = (known.filter(enrolled_at__lt=until) if until else known).order_by("enrolled_at", "pk")
    bought = Exists(Purchase.objects.filter(customer=OuterRef("pk"), voided_at=None, total__gt=0))
    busy = list(known.filter(bought))
    spread = busy[:: -max(len(busy) // few, 1)][:few] if few else []
    return [*reversed(spread), *known.filter(~bought)[:idle]]


def _last_entry(customers: Sequence[Customer]) -> datetime:
    """Points come after what was booked before."""
    booked = Entry.objects.filter(account__customer__in=customers).aggregate(last=Max("occurred_at"))["last"]
    return booked or customers[0].enrolled_at


def _decide_some(actor: Actor, *, now: datetime) -> None:
    """One that was held is refused, and of one that was thanked the goods came back."""
    held = list(Referral.objects.filter(state=Referral.State.HELD).order_by("pk"))
    for referral in held[1:2]:
        refuse_referral(referral=referral, actor=actor, now=now)
    paid = Referral.objects.filter(state=Referral.State.PAID).select_related("purchase").order_by("pk").last()
    if paid is not None and paid.purchase is not None:
        void_purchase(purchase=paid.purchase, actor=actor, now=now, reason="purchase_cancelled")
        review_purchase(referral=paid, actor=actor, now=now)
