"""What becomes of referrals when something happens below them."""

from django.utils import timezone

from customers.models import Customer
from events.models import Event
from events.registry import handles
from referrals import messages
from referrals.contacts import is_known_contact, remember_forgotten
from referrals.locking import locked_referral
from referrals.merging import join_referrals
from referrals.models import Invitation, Referral
from referrals.paying import review_purchase
from referrals.settling import note_first_purchase, refuse
from referrals.verdict import Reason
from tenants.roles import Actor

State = Referral.State
UNSETTLED = (State.WAITING, State.DUE, State.HELD)


@handles("customer.first_purchase")
def note_a_first_purchase(event: Event) -> None:
    """At once in the usual case; a later purchase that is the first one large enough is found by the job."""
    note_first_purchase(friend_id=event.payload["customer"], actor=_actor(event), now=timezone.now())


@handles("purchase.voided", "purchase.returned")
def let_it_fall_with_the_purchase(event: Event) -> None:
    for referral in Referral.objects.filter(purchase=event.payload["purchase"]).order_by("pk"):
        review_purchase(referral=referral, actor=_actor(event), now=timezone.now())


@handles("customer.email_confirmed", "customer.changed")
def look_again_who_it_is(event: Event) -> None:
    """Only now it is known whose address it is: perhaps that of somebody who is a customer already."""
    referral = Referral.objects.filter(friend=event.payload["customer"], state__in=UNSETTLED).first()
    if referral is None:
        return
    current = locked_referral(referral)
    friend = Customer.objects.get(pk=event.payload["customer"])
    if current.state in UNSETTLED and friend.status == Customer.Status.ACTIVE and is_known_contact(friend):
        refuse(current, [Reason.EXISTING], actor=_actor(event), now=timezone.now())


@handles("referral.paid")
def tell_them(event: Event) -> None:
    messages.tell_of_thanks(Referral.objects.get(pk=event.payload["referral"]), now=timezone.now())


@handles("customer.merged", in_transaction=True)
def join_who_invited_whom(event: Event) -> None:
    join_referrals(
        customer_id=event.payload["merged"],
        into_id=event.payload["customer"],
        actor=_actor(event),
        now=event.occurred_at,
    )


@handles("customer.erased", in_transaction=True)
def forget_a_friend(event: Event) -> None:
    """Nothing is paid for who has left. The contact stays as a hash until the offer ends, so that nobody comes anew."""
    customer = Customer.objects.get(pk=event.payload["customer"])
    remember_forgotten(customer)
    Invitation.objects.filter(customer=customer).update(seen_network="", seen_at=None)
    for referral in Referral.objects.filter(friend=customer):
        current = locked_referral(referral)
        if current.state in UNSETTLED:
            refuse(current, [Reason.FRIEND_LEFT], actor=_actor(event), now=event.occurred_at)
        Referral.objects.filter(pk=current.pk).update(network="", device=None)


def _actor(event: Event) -> Actor:
    return Actor(reference=event.actor, device_id=event.device_id)
